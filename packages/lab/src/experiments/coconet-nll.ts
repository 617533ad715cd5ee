/** Framewise likelihoods of the network of @descant/coconet and of baselines on the chorales. */
import {
  type Conditionals,
  type Corpus,
  estimateFramewiseNll,
  type FrameOrder,
  framewiseNll,
  rnnNadeNll,
  trainRnnNade,
} from '@descant/coconet';
import { loadChorales } from '@descant/coconet/node';
import { key } from '@descant/tensor-ops';
import { z } from 'zod';
import { defineExperiment, type Finding, type TaskContext } from '../experiment.ts';
import { BASELINES, type BaselineName, RANGE } from '../music/baselines.ts';
import { conditionalsFrom } from '../music/model.ts';
import type { Row } from '../results/schema.ts';

const config = z.strictObject({
  /** Corpus at sixteenths; empty: that of DESCANT_CHORALES, or a download. */
  data: z.string().default(''),
  /** Frames drawn for each row that is not of all frames; 3000 leave the network standard errors below .03. */
  frames: z.int().min(2).max(18_900).default(3000),
  /** M. */
  orderings: z.int().min(1).max(100).default(5),
  /** Training steps of the RNN-NADE; 0: none. */
  rnnSteps: z.int().min(0).max(1_000_000).default(1500),
  /** What a voice sees of those before it in its frame. */
  conditioning: z.enum(['sampled', 'argmax', 'teacherForced']).default('sampled'),
});
type Config = z.infer<typeof config>;

/** The thesis' table 3.1 at sixteenths, of M = 5 orderings of a network of 64 layers and 128 channels. */
const PAPER: Readonly<Record<FrameOrder, number>> = { chronological: 2.22, random: 0.57 };

interface Case {
  readonly group: string;
  readonly model: 'Coconet' | BaselineName;
  readonly order: FrameOrder;
  /** Every frame, under one ordering. */
  readonly exhaustive?: true;
}

/**
 * Baselines that know the step before only are asked in chronological order; they take voices one by one, and every
 * ordering gives the same. Copying needs both.
 */
const CASES: readonly Case[] = [
  { group: 'Coconet', model: 'Coconet', order: 'chronological' },
  { group: 'Coconet', model: 'Coconet', order: 'random' },
  ...(['uniform', 'unigram', 'repeat', 'markov'] as const).map(
    (model): Case => ({ group: 'baselines', model, order: 'chronological', exhaustive: true }),
  ),
  { group: 'baselines', model: 'copy-nearest', order: 'chronological' },
  { group: 'baselines', model: 'copy-nearest', order: 'random' },
];

const makeModel = ({ model }: Case, corpus: Corpus): Conditionals | Promise<Conditionals> =>
  model === 'Coconet' ? conditionalsFrom(undefined) : BASELINES[model](corpus.train);

/** The thesis' reimplementation, table 3.1. */
const PAPER_RNN_NADE = 2.05;

/** Trains an RNN-NADE and evaluates it on every frame. */
async function measureRnnNade(
  corpus: Corpus,
  steps: number,
  seed: number,
  context: TaskContext,
): Promise<Finding> {
  const options = { steps, seed, signal: context.signal, onProgress: context.progress };
  const { mean, standardError, n } = rnnNadeNll(
    await trainRnnNade(corpus.train, RANGE, options),
    corpus.test,
  );
  const row = {
    name: 'RNN-NADE, chronological',
    paper: PAPER_RNN_NADE,
    measured: mean,
    standardError,
    n,
    unit: 'nats/frame',
  };
  return { rows: [row], metrics: [{ name: row.name, nats: mean }] };
}

async function measure(
  entry: Case,
  corpus: Corpus,
  settings: Config,
  seed: number,
  context: TaskContext,
): Promise<Finding> {
  const { frames, conditioning } = settings;
  const { model, order, exhaustive } = entry;
  const orderings = exhaustive ? 1 : settings.orderings;
  const conditionals = await makeModel(entry, corpus);
  const total = orderings * (exhaustive ? corpus.test.flat().length : frames);
  const options = {
    key: key(seed),
    order,
    orderings,
    conditioning,
    batchSize: exhaustive ? 256 : 16,
    signal: context.signal,
    onProgress: (done: number) => context.progress(done / total),
  };
  const { single, ensemble, n } = exhaustive
    ? await framewiseNll(conditionals, corpus.test, options)
    : await estimateFramewiseNll(conditionals, corpus.test, {
        ...options,
        frames,
        stratifyBy: BASELINES.markov(corpus.train),
      });
  const row = (M: number, { mean, standardError }: typeof single, paper: number | null): Row => ({
    name: `${model}, ${order}, M = ${M}`,
    paper,
    measured: mean,
    standardError,
    n,
    unit: 'nats/frame',
  });
  const published = model === 'Coconet' && orderings === 5 ? PAPER[order] : null;
  const rows = [row(1, single, null), ...(orderings > 1 ? [row(orderings, ensemble, published)] : [])];
  return { rows, metrics: rows.map(({ name, measured }) => ({ name, nats: measured })) };
}

export const coconetNll = defineExperiment<Config, Finding>({
  name: 'coconet-nll',
  description:
    'Framewise negative log-likelihood on the test chorales at sixteenths, of the network that comes with ' +
    '@descant/coconet and of baselines (Cooijmans 2023, thesis, table 3.1).',
  config,
  quick: { frames: 8, orderings: 2, rnnSteps: 20 },
  plan(settings, seed) {
    // Read once, and not before a task runs: planning needs no data.
    let corpus: Promise<Corpus> | undefined;
    const load = () => {
      corpus ??= loadChorales(settings.data === '' ? {} : { path: settings.data });
      return corpus;
    };
    const estimated = CASES.map((entry) => ({
      group: entry.group,
      name: `${entry.model}, ${entry.order}`,
      run: async (context: TaskContext) => measure(entry, await load(), settings, seed, context),
    }));
    const { rnnSteps } = settings;
    if (rnnSteps === 0) return estimated;
    const trained = {
      group: 'baselines',
      name: 'RNN-NADE, chronological',
      run: async (context: TaskContext) => measureRnnNade(await load(), rnnSteps, seed, context),
    };
    return [...estimated, trained];
  },
  notes: ({ frames, orderings, conditioning, rnnSteps }) => [
    `Unbiased estimates: ${frames} frames of the 18900 of the test split, drawn without replacement from strata by the ` +
      `loss of a Markov chain, each under ${orderings} independent sets of known frames, log-mean-exp over them for ` +
      `each frame (M = ${orderings}), and their mean (M = 1). Within a frame, voices see of those before them: ` +
      `${conditioning}. Baselines whose n is 18900 are evaluated on every frame.`,
    `RNN-NADE: a GRU of 128 units trained for ${rnnSteps} steps on transposed crops, every frame of the test split.`,
    'The paper’s values are those of a network of 64 layers and 128 channels, 32 times as many parameters as the one ' +
      'here. Random orderings with M = 5 are no likelihood of a whole score: copying the nearest known step, which ' +
      'knows nothing of harmony, gains as much from M = 1 to M = 5. Read M = 1 first.',
  ],
  sections: () => [],
});
