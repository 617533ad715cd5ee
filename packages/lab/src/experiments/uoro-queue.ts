/** RTRL with and without each of UORO's two approximations, on the queue task. */
import {
  at,
  foldIn,
  jit,
  key,
  mean,
  scan,
  slice,
  split,
  type Tensor,
  transpose,
  vmap,
} from '@descant/tensor-ops';
import { adam, applyUpdates } from '@descant/tensor-ops/optim';
import {
  batched,
  type Learner,
  type LinearReadout,
  lstm,
  type Model,
  modelFor,
  preUoro,
  queueTask,
  rtrl,
  spatialProjection,
  type Target,
  type TaskEpisode,
  uoro,
} from '@descant/uoro';
import { z } from 'zod';
import { defineExperiment } from '../experiment.ts';
import { bandPlot } from '../uoro/bands.ts';
import { repeat } from '../uoro/running.ts';
import { bySetting, lossRows, type Trained } from '../uoro/trained.ts';

/** Steps of a compiled call, whose mean loss is one point of a curve. */
const BLOCK = 50;

const config = z.strictObject({
  /** Of the LSTM; the thesis has 50. */
  units: z.int().min(1).max(200).default(10),
  /** Streams that are averaged. */
  batch: z.int().min(1).max(1000).default(100),
  /** Steps of the stream, each with an update; rounded up to blocks of 50. */
  steps: z.int().min(BLOCK).max(1_000_000).default(3000),
  delay: z.int().min(1).max(100).default(4),
  seeds: z.int().min(1).max(100).default(10),
});
type Config = z.infer<typeof config>;

// biome-ignore lint/suspicious/noExplicitAny: learners with different memories in one table
type AnyLearner = Learner<LinearReadout, any, Target>;

interface Setting {
  readonly name: string;
  /** Found by grid search in the thesis, for an LSTM of 50. */
  readonly learningRate: number;
  learner(model: Model<LinearReadout, Target>): AnyLearner;
}

const settings: readonly Setting[] = [
  { name: 'neither (RTRL)', learningRate: 0.008, learner: rtrl },
  {
    name: 'spatial',
    learningRate: 0.008,
    learner: (model) => spatialProjection(model, { noise: 'normal' }),
  },
  { name: 'temporal (PreUORO)', learningRate: 0.0008, learner: (model) => preUoro(model) },
  { name: 'both (UORO)', learningRate: 0.002, learner: (model) => uoro(model, { noise: 'normal' }) },
];

/** In the order of the curves of fig. 4.4, from the lowest on. */
const names = settings.map(({ name }) => name);
const pairs = names.slice(1).map((worse, i) => [names[i], worse] as const);

/** Learning online: an update after every step of a batch of streams, in compiled blocks. */
function makeOnline(
  model: Model<LinearReadout, Target>,
  { learner: make, learningRate }: Setting,
  batch: number,
) {
  // One stream after the other: the influences of a stream stay in the processor's cache.
  const learner = batched(make(model), batch, { sequential: true });
  const optimizer = adam({ learningRate, beta1: 0.5 });
  const begin = (k: Tensor) => {
    const parameters = model.init(k);
    return { state: learner.init(parameters), optimizer: optimizer.init(parameters) };
  };
  type Online = ReturnType<typeof begin>;
  const step = (now: Online, seen: { x: Tensor; y: Target; k: Tensor }): [Online, Tensor] => {
    const { state, gradient, loss } = learner.step(now.state, seen.x, seen.y, seen.k);
    const next = optimizer.update(gradient, now.optimizer, state.parameters);
    const parameters = applyUpdates(state.parameters, next.updates);
    return [{ state: { ...state, parameters }, optimizer: next.state }, mean(loss)];
  };
  const block = jit((now: Online, x: Tensor, y: Target, k: Tensor) => {
    const [then, losses] = scan(step, now, { x, y, k: split(k, BLOCK) });
    return { then, loss: mean(losses) };
  });
  return { begin, block };
}

/** Streams of a batch, time first. */
const timeFirst = ({ inputs, targets }: TaskEpisode) => ({
  inputs: transpose(inputs, [1, 0, 2]),
  value: transpose(targets.value),
  weight: transpose(targets.weight),
});

export const uoroQueue = defineExperiment<Config, Trained>({
  name: 'uoro-queue',
  description:
    'Learning a queue online with RTRL, with its spatial and its temporal approximation and with both, which is UORO ' +
    '(Cooijmans 2023, thesis, fig. 4.4).',
  config,
  quick: { units: 4, batch: 10, steps: 200, seeds: 2 },
  accumulates: ['seeds'],
  plan({ units, batch, steps, delay, seeds }, seed) {
    const length = Math.ceil(steps / BLOCK) * BLOCK;
    const model = modelFor(queueTask({ delay }), ({ inputs }) => lstm({ inputs, units }));
    const draw = jit(vmap((own: Tensor) => queueTask({ length, delay }).episode(own)));
    return settings.flatMap((setting) => {
      const { begin, block } = makeOnline(model, setting, batch);
      return Array.from({ length: seeds }, (_, run) => ({
        group: setting.name,
        name: `seed ${run + 1}`,
        async run(context): Promise<Trained> {
          const keys = split(foldIn(key(seed), run), 3);
          const { inputs, value, weight } = timeFirst(draw(split(at(keys, 0), batch)));
          let now = begin(at(keys, 1));
          const losses: number[] = [];
          await repeat(length / BLOCK, context, (i) => {
            const part = (t: Tensor) =>
              slice(t, [i * BLOCK, 0, 0].slice(0, t.rank), [BLOCK, ...t.shape.slice(1)]);
            const targets = { value: part(value), weight: part(weight) };
            const { then, loss } = block(now, part(inputs), targets, foldIn(at(keys, 2), i));
            now = then;
            losses.push(loss.item());
          });
          return {
            setting: setting.name,
            seed: run + 1,
            losses,
            rows: [],
            metrics: losses.map((loss, i) => ({
              setting: setting.name,
              seed: run + 1,
              step: (i + 1) * BLOCK,
              loss,
            })),
          };
        },
      }));
    });
  },
  summary: ({ steps }, findings) => lossRows(names, pairs, `last fifth of ${steps} steps`, findings),
  notes: ({ units, batch, delay }) => [
    'The thesis shows curves and gives no numbers: RTRL learns fastest, then spatial, then temporal (PreUORO), and UORO slowest, far behind.',
    `LSTM of ${units} units (thesis: 50), ${batch} streams, delay ${delay}, an update at every step by Adam with beta1 = 0.5 and the learning rates of sec. 4.8 ` +
      '(0.008, 0.008, 0.0008, 0.002, found there for 50 units). Guessing costs ln 2 = 0.693. Rescaling: GIR. Noise: normal; for temporal, signs.',
  ],
  sections: (_, findings) => [
    {
      title: 'Training curves',
      text: 'Mean of the runs, in blocks of 50 steps, with the 95 % confidence interval of the mean.',
      figures: [
        {
          caption: 'Loss of a step by steps (fig. 4.4)',
          svg: bandPlot(
            bySetting(names, findings).map(({ name, runs }) => ({
              name,
              steps: runs[0].losses.map((_, i) => (i + 1) * BLOCK),
              runs: runs.map(({ losses }) => losses),
            })),
            { x: 'step', y: 'loss (nats a step)' },
          ),
        },
      ],
    },
  ],
});
