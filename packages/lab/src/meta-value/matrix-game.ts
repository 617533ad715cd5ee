/** One model of meta-values for a matrix game and an opponent: trained, and played with. */
import {
  initialBatch,
  lola,
  type MetaValuePreset,
  metaValue,
  metaValuePresets,
  metaValueTraining,
  naive,
  type Rule,
  run,
} from '@descant/autodiff-games';
import { type FloatType, jit, type Tensor } from '@descant/tensor-ops';
import { z } from 'zod';
import type { Finding, TaskContext } from '../experiment.ts';
import { cellKey } from '../head-to-head/cell.ts';
import type { Table } from '../head-to-head/games.ts';
import { train } from './train.ts';

/** Options of all experiments with meta-values on matrix games. */
export const matrixOptions = {
  /** Models for each opponent; more are added by --resume. */
  models: z.int().min(1).max(1000).default(3),
  /** Pairs of players that learn along each model. */
  pairs: z.int().min(2).max(100_000).default(2048),
  /** How long they learn. */
  steps: z.int().min(1).max(100_000).default(500),
  preset: z.enum(['thesisText', 'thesisAppendix', 'notebook']).default('thesisText'),
  /** Outer loops of training, a multiple of 10; 0 for as many as the source has. */
  outerLoops: z.int().min(0).multipleOf(10).default(500),
  /** Plays side by side in training; 0 for as many as the source has, 128. */
  batch: z.int().min(0).max(100_000).default(32),
  /** The learning rate of the network; 0 for that of the source. */
  networkRate: z.number().min(0).default(1e-3),
  /** The meta-discount at which players learn along the trained model. */
  discount: z.number().min(0).max(1).default(0.95),
  /** gamma of the game. */
  gameDiscount: z.number().min(0).lt(1).default(0.96),
};
const options = z.strictObject(matrixOptions);
export type MatrixOptions = z.infer<typeof options>;

export type Opponent = 'naive' | 'LOLA(exact)' | 'MeVa';
export const opponents: readonly Opponent[] = ['naive', 'LOLA(exact)', 'MeVa'];

/** Outer loops in one compiled call, after each of which training can be interrupted. */
export const loopsPerCall = 10;

function opponentRule(opponent: Opponent, rate: number): Rule | 'metaValue' {
  if (opponent === 'MeVa') return 'metaValue';
  return opponent === 'naive' ? naive() : lola({ kind: 'exact', opponentRate: rate });
}

/** The settings of a training. */
export function settingsOf(
  table: Table,
  opponent: Opponent,
  config: Pick<MatrixOptions, 'preset' | 'outerLoops' | 'batch' | 'networkRate'>,
): MetaValuePreset {
  const { preset, outerLoops, batch, networkRate } = config;
  // Matching pennies looks different from its two sides.
  const match = { opponent: opponentRule(opponent, table.rate), symmetricGame: table.label !== 'IMP' };
  const settings = metaValuePresets[preset]({ ...match, learningRate: table.rate });
  const loops = outerLoops === 0 ? settings.outerLoops : outerLoops;
  return {
    ...settings,
    batch: batch === 0 ? settings.batch : batch,
    adam: { ...settings.adam, ...(networkRate === 0 ? {} : { learningRate: networkRate }) },
    outerLoops: Math.ceil(loops / loopsPerCall) * loopsPerCall,
  };
}

/** Settings as JSON. */
export const settingsJson = (settings: MetaValuePreset): z.core.util.JSONType =>
  z.json().parse({
    ...settings,
    // Infinity is no JSON.
    huberThreshold: String(settings.huberThreshold),
    opponent: typeof settings.opponent === 'string' ? settings.opponent : settings.opponent.name,
  });

/** What one model showed. */
export interface ModelFinding extends Finding {
  readonly kind: 'model';
  readonly opponent: Opponent;
  readonly model: number;
  /** Mean returns over the pairs of MeVa and its opponent, after so many steps. */
  readonly curve: readonly { readonly step: number; readonly returns: readonly [number, number] }[];
  /** Pairs whose returns are not finite at the end. */
  readonly diverged: number;
  /** Processor time of the training. */
  readonly seconds: number;
}

/** What a training depends on. */
export type TrainingOptions = Pick<
  MatrixOptions,
  'preset' | 'outerLoops' | 'batch' | 'networkRate' | 'discount' | 'gameDiscount'
>;

/** A model that is trained. */
interface TrainedModel {
  readonly name: string;
  readonly settings: MetaValuePreset;
  /** Learning along the model. */
  readonly rule: Rule;
  /** Processor time of the training. */
  readonly seconds: number;
  readonly history: Awaited<ReturnType<typeof train>>['history'];
}

/** Trains a model; the same seed and options give the same model in all experiments. */
export async function trainModel(
  table: Table,
  opponent: Opponent,
  model: number,
  config: TrainingOptions,
  seed: number,
  context: TaskContext,
): Promise<TrainedModel> {
  const game = table.game({ discount: config.gameDiscount });
  const settings = settingsOf(table, opponent, config);
  const training = metaValueTraining(game, settings, { loops: loopsPerCall });
  const name = `${table.label}: MeVa vs ${opponent}, model ${model + 1}`;
  const { state, seconds, history } = await train(
    {
      start: training.init(cellKey(seed, name)),
      advance: (before) => {
        const { state: after, progress } = training.run(before);
        const seen = { loss: lastOf(progress.loss), shortTermError: lastOf(progress.shortTermError) };
        return { state: after, seen };
      },
      step: loopsPerCall,
      total: settings.outerLoops,
    },
    name.replaceAll(/[^A-Za-z0-9]+/g, '-'),
    settingsJson(settings),
    context,
  );
  const rule = metaValue({
    network: training.network,
    parameters: state.target,
    formulation: settings.formulation,
    discount: config.discount,
  });
  return { name, settings, rule, seconds, history };
}

/** Trains a model and lets pairs of players learn along it. */
export async function trainAndPlay(
  table: Table,
  opponent: Opponent,
  model: number,
  config: MatrixOptions,
  seed: number,
  context: TaskContext,
): Promise<ModelFinding> {
  const trained = await trainModel(table, opponent, model, config, seed, context);
  const { name, settings, rule } = trained;
  const game = table.game({ discount: config.gameDiscount });
  const second = settings.opponent === 'metaValue' ? rule : settings.opponent;
  const dtype: FloatType = 'float32';
  const draw = jit((own: Tensor) => initialBatch(game, own, config.pairs, dtype));
  const rules = [rule, second];
  const stride = config.steps % 50 === 0 ? config.steps / 50 : config.steps;
  const { values, steps } = run(game, draw(cellKey(seed, `${name}, pairs`)), {
    rules,
    learningRate: table.rate,
    steps: config.steps,
    stride,
  });
  const at = (pair: number, time: number, player: number) =>
    values.data[(pair * steps.length + time) * 2 + player];
  const all = Array.from({ length: config.pairs }, (_, pair) => pair);
  const finite = all.filter((pair) => [0, 1].every((p) => Number.isFinite(at(pair, steps.length - 1, p))));
  const average = (time: number, player: number) =>
    finite.reduce((total, pair) => total + at(pair, time, player), 0) / finite.length;
  const curve =
    finite.length === 0
      ? []
      : steps.map((step, time) => {
          const returns: [number, number] = [average(time, 0), average(time, 1)];
          return { step, returns };
        });
  return {
    kind: 'model',
    opponent,
    model,
    curve,
    diverged: config.pairs - finite.length,
    seconds: trained.seconds,
    rows: [],
    metrics: [
      { group: table.label, opponent, model: model + 1, trainingSeconds: trained.seconds },
      ...trained.history.map((seen) => ({ group: table.label, opponent, model: model + 1, ...seen })),
      ...curve.map(({ step, returns }) => ({
        group: table.label,
        opponent,
        model: model + 1,
        step,
        own: returns[0],
        other: returns[1],
      })),
    ],
  };
}

const lastOf = (x: Tensor): number => x.data[x.size - 1];
