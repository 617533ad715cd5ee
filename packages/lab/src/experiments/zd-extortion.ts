/** Extortion in the Iterated Prisoner's Dilemma: what a policy allows its opponent, and what the opponent learns. */
import { lola } from '@descant/autodiff-games';
import { curvesPlot, type Point, polytopePlot } from '@descant/autodiff-games/plots';
import { z } from 'zod';
import { defineExperiment, type Finding, type TaskContext } from '../experiment.ts';
import {
  baseline,
  discount,
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
import { cornerReturns, tableOf } from '../head-to-head/games.ts';
import { thesisReturn } from '../head-to-head/paper-values.ts';
import { announceTraining } from '../meta-value/announce.ts';
import { matrixOptions, settingsOf, trainModel } from '../meta-value/matrix-game.ts';
import { svgOf } from '../report/plot.ts';

const { preset, outerLoops, batch, networkRate, discount: metaDiscount } = matrixOptions;
const config = z.strictObject({
  pairs: z.int().min(2).max(100_000).default(1024),
  steps: z.int().min(2).max(1_000_000).multipleOf(2).default(1000),
  /** Random opponents that each extortioner meets. */
  opponents: z.int().min(2).max(1_000_000).default(4096),
  /** Models of meta-value learning, the first of those that meva-ipd trains against naive learners. */
  models: z.int().min(0).max(1000).default(4),
  preset,
  outerLoops,
  batch,
  networkRate,
  /** The meta-discount of the models. */
  metaDiscount,
});
type Config = z.infer<typeof config>;

/** chi; the largest takes about as much as the thesis' meta-value agent does from a naive learner. */
const slopes = [1.5, 2, 3, 5, 71] as const;

const shapers = (): Shaper[] => [
  ...slopes.map(extortioner),
  // Table 6.2 of the thesis.
  { name: 'LOLA(exact)', rule: lola({ kind: 'exact', opponentRate: rate }), paper: [-1.49, -1.56] },
];

const ipd = tableOf('IPD');

/** Trains a model against naive learners, and lets others learn against it. */
async function shapeByModel(
  model: number,
  settings: Config,
  seed: number,
  context: TaskContext,
): Promise<ShapingFinding> {
  const options = { ...settings, discount: settings.metaDiscount, gameDiscount: discount };
  const { rule } = await trainModel(ipd, 'naive', model, options, seed, context);
  const paper = thesisReturn('IPD', 'MeVa', 'naive');
  // One pair is pictured for each model, as in the thesis.
  return shape({ name: `MeVa, model ${model + 1}`, rule, paper, pictures: 1 }, settings, seed);
}

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
  quick: { pairs: 64, steps: 500, models: 1, outerLoops: 10, batch: 16 },
  accumulates: ['models'],
  announcement: (settings, pending) =>
    announceTraining(
      game,
      settingsOf(ipd, 'naive', settings),
      pending.filter((task) => task.name.startsWith('MeVa')).length,
    ),
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
    ...Array.from({ length: settings.models }, (_, model) => ({
      group: 'naive learners',
      name: `MeVa, model ${model + 1}`,
      run: (context: TaskContext) => shapeByModel(model, settings, seed, context),
    })),
  ],
  notes: ({ pairs, steps, opponents, metaDiscount: gamma }) => [
    `An extortioner of slope chi forces V_own + 2 = chi (V_other + 2) on every opponent (discount 0.96): ${opponents} ` +
      'random ones with logits N(0, 9) lie on that line, and the best that an opponent can do is its upper end. Naive ' +
      `learners: ${pairs} pairs, ${steps} steps, learning rate ${rate} on normalised values, logits N(0, 1).`,
    'MeVa: agents along models that are trained against naive learners as in `meva-ipd` (with the same seed and options ' +
      `they are the same models), at meta-discount ${gamma}; one model and one pair for each row of fig. 6.4. The returns in the ` +
      'thesis’ table 6.2, -0.57 / -1.98, are those of extortion of slope 70: the fixed extortioners show where that leads: ' +
      'the steeper the slope, the less a learner gains from giving in, and the longer it takes to.',
    '"Error of the nearest linear relation": how far the policy at the end is from forcing any relation, 0 for ' +
      'zero-determinant policies (see zeroDeterminantRelation).',
  ],
  sections: (_, findings) => {
    const shaping = findings.filter(isShaping);
    const drawn = shaping.filter(({ shaper }) =>
      ['slope 2', 'slope 71', 'LOLA', 'MeVa'].some((part) => shaper.includes(part)),
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
