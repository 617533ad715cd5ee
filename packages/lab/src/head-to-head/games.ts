/** The games of the thesis' tables, with the rates it uses on them. */
import {
  type Game,
  type IteratedOptions,
  iteratedChicken,
  iteratedMatchingPennies,
  iteratedPrisonersDilemma,
  lola,
  naive,
  type Rule,
} from '@descant/autodiff-games';
import { full } from '@descant/tensor-ops';
import type { Cell } from './cell.ts';
import type { ReturnPair } from './figures.ts';

/** A game and how it is played. */
export interface Table {
  readonly label: string;
  readonly title: string;
  readonly game: (options: IteratedOptions) => Game;
  /** eta and alpha on normalised values. */
  readonly rate: number;
  readonly target?: NonNullable<Cell['target']>;
}

/** Tables 6.2 to 6.6 of the thesis: rates are 25 = 1 / (1 - 0.96) on normalised values, and 1 on Chicken. */
export const tables: readonly Table[] = [
  {
    label: 'IPD',
    title: "Iterated Prisoner's Dilemma",
    game: iteratedPrisonersDilemma,
    rate: 25,
    target: 'titForTat',
  },
  {
    label: 'IMP',
    title: 'Iterated Matching Pennies',
    game: iteratedMatchingPennies,
    rate: 25,
    target: 'uniform',
  },
  { label: 'Chicken', title: 'Iterated Chicken', game: iteratedChicken, rate: 1 },
];

/** The table of a game. */
export function tableOf(label: Table['label']): Table {
  const table = tables.find((candidate) => candidate.label === label);
  if (table === undefined) throw new Error(`no table ${label}`);
  return table;
}

/** Naive learning and the three rules called LOLA. */
export const standardRules = (opponentRate: number): Rule[] => [
  naive(),
  lola({ opponentRate, kind: 'taylorFoerster' }),
  lola({ opponentRate, kind: 'taylorFull' }),
  lola({ opponentRate, kind: 'exact' }),
];

/**
 * The corners of the possible normalised returns: what players get who always do the same. Every other return is an
 * average of payoffs, so it lies in the convex hull of these.
 */
export function cornerReturns(game: Game): ReturnPair[] {
  const always = [full([5], 1e3, 'float64'), full([5], -1e3, 'float64')];
  return always.flatMap((first) =>
    always.map((second): ReturnPair => {
      const [mine, yours] = game.values([first, second]);
      return [mine.item(), yours.item()];
    }),
  );
}
