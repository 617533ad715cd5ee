/** What each of the techniques of meta-value learning is good for: training without it. */
import { type MetaValuePreset, metaValuePlay, metaValueTraining } from '@descant/autodiff-games';
import { curvesPlot, type Point } from '@descant/autodiff-games/plots';
import { mean, type Tensor } from '@descant/tensor-ops';
import { z } from 'zod';
import { defineExperiment, type Finding, type Section, type TaskContext } from '../experiment.ts';
import { cellKey } from '../head-to-head/cell.ts';
import { tableOf } from '../head-to-head/games.ts';
import { announceTraining } from '../meta-value/announce.ts';
import { loopsPerCall, matrixOptions, settingsJson, settingsOf } from '../meta-value/matrix-game.ts';
import { train } from '../meta-value/train.ts';
import { svgOf } from '../report/plot.ts';
import type { Row } from '../results/schema.ts';
import { summarise } from '../statistics.ts';

const { models, preset, batch, networkRate, discount, gameDiscount } = matrixOptions;
const config = z.strictObject({
  models,
  preset,
  batch,
  networkRate,
  discount,
  gameDiscount,
  /** Outer loops of training, a multiple of 10. */
  outerLoops: z.int().min(loopsPerCall).multipleOf(loopsPerCall).default(300),
  /** Pairs of players on whom a network is judged. */
  pairs: z.int().min(2).max(10_000).default(128),
});
type Config = z.infer<typeof config>;

/** The rows of fig. 6.3: names and what they change. */
const variants: readonly { readonly name: string; readonly change: Partial<MetaValuePreset> }[] = [
  { name: 'default', change: {} },
  { name: 'V formulation', change: { formulation: 'V' } },
  { name: 'no exploration', change: { flipProbability: 0 } },
  { name: 'no target network', change: { bootstrap: 'current' } },
  { name: 'no lambda-returns', change: { lambda: 0 } },
  {
    name: 'no distributional learning',
    change: { quantiles: 1, huberThreshold: Number.POSITIVE_INFINITY },
  },
];

/** How far a player learns to judge a network: over as many steps as the thesis' long-term error. */
const judgedSteps = 100;

/** What one network showed; null where it was not finite. */
interface Judgement {
  readonly done: number;
  readonly shortTermError: number | null;
  readonly longTermError: number | null;
  readonly ownReturn: number | null;
}
type Quantity = Exclude<keyof Judgement, 'done'>;

interface AblationFinding extends Finding {
  readonly variant: string;
  readonly model: number;
  readonly curve: readonly Judgement[];
}

const ipd = tableOf('IPD');

const variantSettings = (change: Partial<MetaValuePreset>, settings: Config): MetaValuePreset => ({
  ...settingsOf(ipd, 'MeVa', settings),
  ...change,
});

const rootMeanSquare = (x: Tensor): number =>
  Math.sqrt(Array.from(x.data).reduce((total, v) => total + v * v, 0) / x.size);

async function judge(
  { name, change }: (typeof variants)[number],
  model: number,
  options: Config,
  seed: number,
  context: TaskContext,
): Promise<AblationFinding> {
  const game = ipd.game({ discount: options.gameDiscount });
  const settings = variantSettings(change, options);
  const training = metaValueTraining(game, settings, { loops: loopsPerCall });
  const { pairs } = options;
  const validation = metaValuePlay(game, settings, { pairs, steps: judgedSteps });
  const players = metaValuePlay(game, settings, { pairs, steps: judgedSteps, discount: options.discount });
  const key = cellKey(seed, `ablation: ${name}, model ${model + 1}`);
  const trained = await train(
    {
      start: training.init(key),
      advance: (before) => {
        const { state, progress } = training.run(before);
        const { error } = validation(state.parameters, key);
        const { values } = players(state.target, key);
        const seen = {
          shortTermError: progress.shortTermError.data[loopsPerCall - 1],
          longTermError: rootMeanSquare(error),
          // Of both players, who are alike, at the last step.
          ownReturn: mean(values, [1, 2]).data[judgedSteps],
        };
        return { state, seen };
      },
      step: loopsPerCall,
      total: settings.outerLoops,
    },
    `${name.replaceAll(' ', '-')}-model-${model + 1}`,
    settingsJson(settings),
    context,
  );
  const curve = trained.history.map(({ done, shortTermError, longTermError, ownReturn }) => ({
    done: done ?? 0,
    shortTermError,
    longTermError,
    ownReturn,
  }));
  const metrics = curve.map((point) => ({ variant: name, model: model + 1, ...point }));
  return { variant: name, model, curve, rows: [], metrics };
}

/** The judgements at the end of training, averaged over models. */
function summary(findings: readonly AblationFinding[]): Row[] {
  return variants.flatMap(({ name }) => {
    const ends = findings
      .filter(({ variant }) => variant === name)
      .map(({ curve }) => curve[curve.length - 1]);
    if (ends.length === 0) return [];
    const row = (label: string, quantity: Quantity): Row => {
      const finite = ends.flatMap((end) => end[quantity] ?? []);
      const { mean: measured, standardError, n } = summarise(finite);
      return { name: `${name}, ${label}`, paper: null, measured, standardError, n, unit: 'return' };
    };
    return [
      row('short-term error', 'shortTermError'),
      row('long-term error', 'longTermError'),
      row(`return after ${judgedSteps} steps`, 'ownReturn'),
    ];
  });
}

/** The mean of the models' curves, where all of them are finite. */
function meanCurve(own: readonly AblationFinding[], quantity: Quantity): Point[] {
  return own[0].curve.flatMap(({ done }, i) => {
    const values = own.flatMap(({ curve }) => curve[i][quantity] ?? []);
    if (values.length < own.length) return [];
    return [[done, values.reduce((total, v) => total + v, 0) / values.length] as const];
  });
}

/** One picture for each variant. */
function section(
  findings: readonly AblationFinding[],
  title: string,
  quantities: readonly Quantity[],
): Section {
  return {
    title,
    text: 'Against the number of outer loops; means over the models.',
    figures: variants.flatMap(({ name }) => {
      const own = findings.filter(({ variant }) => variant === name);
      if (own.length === 0) return [];
      const curves = quantities.map((quantity) => ({ name: quantity, points: meanCurve(own, quantity) }));
      return {
        caption: `${name}, models: ${own.length}.`,
        svg: svgOf(curvesPlot(curves, { title: name, x: { label: 'outer loop' }, y: { label: 'return' } })),
      };
    }),
  };
}

export const mevaAblation = defineExperiment<Config, AblationFinding>({
  name: 'meva-ablation',
  description:
    'Meta-value learning on the Iterated Prisoner’s Dilemma without each of its techniques (Cooijmans 2023, thesis, fig. 6.3).',
  config,
  quick: { models: 1, outerLoops: loopsPerCall, pairs: 16, batch: 16 },
  accumulates: ['models'],
  announcement: (settings, pending) =>
    announceTraining(ipd.game({}), variantSettings({}, settings), pending.length),
  plan: (settings, seed) =>
    variants.flatMap((variant) =>
      Array.from({ length: settings.models }, (_, model) => ({
        group: variant.name,
        name: `model ${model + 1}`,
        run: (context: TaskContext) => judge(variant, model, settings, seed, context),
      })),
    ),
  summary: (_, findings) => summary(findings),
  notes: ({ outerLoops, preset: source, networkRate: rate, discount: gamma }) => [
    `The thesis shows a picture and no numbers: 3 models a row, 300 outer loops. Here preset ${source} with AdamW’s rate ${rate}, ` +
      `${outerLoops} outer loops. The short-term error is that of the trained network over a stride, at the start of an outer ` +
      `loop; the long-term error is over ${judgedSteps} steps, at drawn discounts. Returns are of fresh pairs who learn for ` +
      `${judgedSteps} steps along the target network at meta-discount ${gamma}; in the thesis the pairs go on learning while ` +
      'the network is trained, and are reset every 10 outer loops.',
    'n is the number of models, and standard errors are between them.',
  ],
  sections: (_, findings) => [
    section(findings, 'Errors', ['shortTermError', 'longTermError']),
    section(findings, 'Returns', ['ownReturn']),
  ],
});
