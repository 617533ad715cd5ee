/** Extortion in the Iterated Prisoner's Dilemma: what a policy allows its opponent, and what the opponent learns. */
import { lola } from '@descant/autodiff-games';
import { curvesPlot, type Point, polytopePlot } from '@descant/autodiff-games/plots';
import { z } from 'zod';
import { defineExperiment, type Finding } from '../experiment.ts';
import {
  baseline,
  extortioner,
  forced,
  game,
  pictured,
  rate,
  type Shaper,
  type ShapingFinding,
  type Snapshot,
  shape,
} from '../extortion/shaping.ts';
import { cornerReturns } from '../head-to-head/games.ts';
import { svgOf } from '../report/plot.ts';

const config = z.strictObject({
  pairs: z.int().min(2).max(100_000).default(1024),
  steps: z.int().min(2).max(1_000_000).multipleOf(2).default(1000),
  /** Random opponents that each extortioner meets. */
  opponents: z.int().min(2).max(1_000_000).default(4096),
});
type Config = z.infer<typeof config>;

/** chi; the largest takes about as much as the thesis' meta-value agent does from a naive learner. */
const slopes = [1.5, 2, 3, 5, 71] as const;

const shapers = (): Shaper[] => [
  ...slopes.map(extortioner),
  // Table 6.2 of the thesis.
  { name: 'LOLA(exact)', rule: lola({ kind: 'exact', opponentRate: rate }), paper: [-1.49, -1.56] },
];

const possible = cornerReturns(game).map(([own, other]): Point => [other, own]);

const panel = ({ pair, step, actual, samples, allowed }: Snapshot) => ({
  caption: '',
  svg: svgOf(
    polytopePlot({
      title: `pair ${pair + 1}, step ${step}`,
      width: 230,
      height: 230,
      x: { label: 'learner' },
      y: { label: 'shaper' },
      possible,
      allowed,
      samples,
      actual,
    }),
  ),
});

const isShaping = (finding: Finding): finding is ShapingFinding => 'snapshots' in finding;

function curves({ shaper, curves: points }: ShapingFinding) {
  const title = `naive learner against ${shaper}`;
  return {
    caption: title,
    svg: svgOf(
      curvesPlot(
        (['shaper', 'learner'] as const).map((name) => ({
          name,
          points: points.map((point): Point => [point.step, point[name]]),
        })),
        {
          title,
          width: 360,
          height: 260,
          x: { label: 'step' },
          y: { label: 'mean return', domain: [-2.6, -0.4] },
        },
      ),
    ),
  };
}

export const zdExtortion = defineExperiment<Config, Finding | ShapingFinding>({
  name: 'zd-extortion',
  description:
    'Zero-determinant extortion of naive learners in the Iterated Prisoner’s Dilemma (Press and Dyson 2012; Cooijmans ' +
    '2023, thesis, app. 6.F and fig. 6.4).',
  config,
  quick: { pairs: 64, steps: 500 },
  plan: (settings, seed) => [
    ...slopes.map((slope) => ({
      group: 'forced relations',
      name: `slope ${slope}`,
      run: () => forced(slope, seed, settings.opponents),
    })),
    ...shapers().map((shaper) => ({
      group: 'naive learners',
      name: shaper.name,
      run: () => shape(shaper, settings, seed),
    })),
  ],
  notes: ({ pairs, steps, opponents }) => [
    `An extortioner of slope chi forces V_own + 2 = chi (V_other + 2) on every opponent (discount 0.96): ${opponents} ` +
      'random ones with logits N(0, 9) lie on that line, and the best that an opponent can do is its upper end. Naive ' +
      `learners: ${pairs} pairs, ${steps} steps, learning rate ${rate} on normalised values, logits N(0, 1).`,
    'The thesis’ meta-value agents (fig. 6.4; table 6.2: -0.57 / -1.98 against a naive learner) play policies near to ' +
      'extortion of slope 70; `meva-ipd` trains such agents. Here the fixed extortioners show where that leads: the ' +
      'steeper the slope, the less a learner gains from giving in, and the longer it takes to.',
    '"Error of the nearest linear relation": how far the policy at the end is from forcing any relation, 0 for ' +
      'zero-determinant policies (see zeroDeterminantRelation).',
  ],
  sections: (_, findings) => {
    const shaping = findings.filter(isShaping);
    const drawn = shaping.filter(({ shaper }) =>
      ['2', '71', 'LOLA'].some((word) => shaper.match(`\\b${word}\\b`)),
    );
    return [
      {
        title: 'Returns while a naive learner learns',
        text: `Means over the pairs. Mutual defection pays ${baseline}, mutual cooperation -1.`,
        figures: shaping.map(curves),
      },
      ...drawn.map(({ shaper, snapshots }) => ({
        title: `What ${shaper} allows`,
        text:
          'Grey: all possible returns. Blue: those that the shaper’s policy allows, outlined exactly, with dots for random ' +
          'opponents. Orange: the returns as they are. The learner’s return is on the x axis, so that a front steeper ' +
          'than the diagonal extorts. One row for each pair.',
        figures: snapshots.filter(({ step }) => pictured.some((s) => s === step)).map(panel),
      })),
    ];
  },
});
