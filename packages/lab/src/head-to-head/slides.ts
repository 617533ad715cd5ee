/** The cells of the LOLA slides. */
import {
  type Game,
  hola,
  iteratedMatchingPennies,
  iteratedPrisonersDilemma,
  lola,
  naive,
  type Rule,
} from '@descant/autodiff-games';
import { type Cell, cellName, pairings } from './cell.ts';
import { higherOrderValues, slidesValues } from './paper-values.ts';

/**
 * How the slides' figures were made they do not say; this is the set-up in the authors' public code (alshedivat/lola):
 * eta = alpha = 1 on values that are not normalised, discount 0.96 for IPD and 0.9 for IMP, standard normal logits. A
 * rate of 1 there is 1 / (1 - discount) on normalised values.
 */
function setUp(label: keyof typeof slidesValues): { game: Game; rate: number } {
  return label === 'IPD'
    ? { game: iteratedPrisonersDilemma({ discount: 0.96 }), rate: 1 / (1 - 0.96) }
    : { game: iteratedMatchingPennies({ discount: 0.9 }), rate: 1 / (1 - 0.9) };
}

/** The table "Results", and naive against LOLA; with `deviations` the spread of the returns is measured, too. */
export function slidesCells(steps: number, deviations = false): Cell[] {
  return (['IPD', 'IMP'] as const).flatMap((label) => {
    const { game, rate } = setUp(label);
    const published = new Map(Object.entries(slidesValues[label]));
    return pairings([naive(), lola({ opponentRate: rate, kind: 'taylorFoerster' })]).flatMap(
      (rules): Cell[] => {
        const paper = published.get(cellName({ rules }));
        if (paper === undefined) return [];
        return [
          {
            group: `${label} as in the slides`,
            game,
            rules,
            learningRate: rate,
            steps,
            paperReturns: paper.returns,
            target: label === 'IPD' ? 'titForTat' : 'uniform',
            ...(paper.share === undefined ? {} : { paperTarget: paper.share }),
            ...(deviations && paper.deviation !== undefined ? { paperDeviation: paper.deviation } : {}),
          },
        ];
      },
    );
  });
}

/** How the orders of LOLA are made: as first published, or without Taylor expansion. */
export const expansions = ['taylorFoerster', 'exact'] as const;
export type Expansion = (typeof expansions)[number];

/** The table "Higher Order LOLA results". */
export function higherOrderCells(steps: number, kind: Expansion): Cell[] {
  const { game, rate } = setUp('IPD');
  const ofOrder = (order: number): Rule => {
    if (order === 0) return naive();
    return order === 1 ? lola({ opponentRate: rate, kind }) : hola({ order, opponentRate: rate, kind });
  };
  return higherOrderValues.map(({ orders: [first, second], returns }) => ({
    group: `IPD, higher orders (${kind})`,
    game,
    rules: [ofOrder(first), ofOrder(second)],
    learningRate: rate,
    steps,
    paperReturns: returns,
    target: 'titForTat',
  }));
}
