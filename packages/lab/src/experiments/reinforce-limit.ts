/** REINFORCE on perturbed states becomes UORO as the perturbations vanish. */
import {
  add,
  at,
  div,
  jit,
  key,
  mean,
  normal,
  ones,
  randint,
  scan,
  split,
  square,
  sub,
  sum,
  type Tensor,
  vmap,
  zeros,
} from '@descant/tensor-ops';
import {
  classifier,
  type Learner,
  type LinearReadout,
  type ModelParameters,
  reinforce,
  type Target,
  tanhRnn,
  uoro,
} from '@descant/uoro';
import { z } from 'zod';
import { defineExperiment, type Finding } from '../experiment.ts';
import type { Row } from '../results/schema.ts';
import { summarise } from '../statistics.ts';
import { bandPlot } from '../uoro/bands.ts';

const config = z.strictObject({
  units: z.int().min(1).max(100).default(8),
  inputs: z.int().min(1).max(100).default(3),
  steps: z.int().min(1).max(1000).default(10),
  /** Sequences of noise. */
  samples: z.int().min(2).max(1_000_000).default(20_000),
});
type Config = z.infer<typeof config>;

const sigmas = [1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001];

interface LimitFinding extends Finding {
  readonly sigma: number;
  /** Mean over noises of |estimate - UORO|, divided by the root of the mean of |UORO|^2. */
  readonly distance: number;
  /** Total variances of REINFORCE with and without the baseline, and of UORO. */
  readonly variance: { readonly withBaseline: number; readonly plain: number; readonly uoro: number };
}

// biome-ignore lint/suspicious/noExplicitAny: learners with different memories
type AnyLearner = Learner<LinearReadout, any, Target>;

/** The summed gradients in the weights for every noise [n, T, S]. */
function estimates(
  learner: AnyLearner,
  parameters: ModelParameters<LinearReadout>,
  inputs: Tensor,
  targets: Target,
): (noises: Tensor) => Tensor {
  const one = (noise: Tensor): Tensor => {
    const { time, cellState, memory } = learner.init(parameters);
    const [weights] = parameters.weights;
    const [{ total }] = scan(
      ({ total, ...rest }, now: { x: Tensor; y: Target; u: Tensor }) => {
        const { state, gradient } = learner.stepWithNoise({ parameters, ...rest }, now.x, now.y, now.u);
        const next = { time: state.time, cellState: state.cellState, memory: state.memory };
        return [{ ...next, total: add(total, gradient.weights[0]) }, null] as [
          typeof next & { total: Tensor },
          null,
        ];
      },
      { time, cellState, memory, total: zeros(weights.shape, weights.dtype) },
      { x: inputs, y: targets, u: noise },
    );
    return total;
  };
  return jit(vmap(one));
}

const meanOf = (t: Tensor): number => mean(t).item();

/** The trace of the covariance of matrices [n, ...]. */
const totalVariance = (samples: Tensor): number => {
  const n = samples.shape[0];
  const centre = div(sum(samples, 0), n);
  return meanOf(sum(square(sub(samples, centre)), [1, 2]));
};

function measure(
  sigma: number,
  { units, inputs: width, steps, samples }: Config,
  seed: number,
): LimitFinding {
  const model = classifier(tanhRnn({ inputs: width, units }), 2);
  const keys = split(key(seed), 4);
  const parameters = model.init(at(keys, 0), 'float64');
  const inputs = normal(at(keys, 1), [steps, width], 'float64');
  const targets = { value: randint(at(keys, 2), [steps], 0, 2), weight: ones([steps], 'float64') };
  const noises = jit((k: Tensor) => normal(k, [samples, steps, units], 'float64'))(at(keys, 3));
  const run = (learner: AnyLearner) => estimates(learner, parameters, inputs, targets)(noises);
  const limit = run(uoro(model, { cut: 'state', rescaling: 'none' }));
  const withBaseline = run(reinforce(model, { sigma }));
  const plain = run(reinforce(model, { sigma, baseline: 0 }));

  const norms = jit((t: Tensor) => sum(square(t), [1, 2]));
  const scale = Math.sqrt(meanOf(norms(limit)));
  const distances = Array.from(norms(sub(withBaseline, limit)).data, (d) => Math.sqrt(Number(d)) / scale);
  const distance = summarise(distances);
  const variance = {
    withBaseline: totalVariance(withBaseline),
    plain: totalVariance(plain),
    uoro: totalVariance(limit),
  };
  const row = (
    name: string,
    measured: number | null,
    standardError: number | null,
    paper: number | null,
  ): Row => ({
    name: `sigma = ${sigma}: ${name}`,
    paper,
    measured,
    standardError,
    n: samples,
    unit: '1',
  });
  return {
    sigma,
    distance: distance.mean ?? 0,
    variance,
    rows: [
      row('distance to UORO for the same noise, relative', distance.mean, distance.standardError, null),
      row('variance with baseline / variance of UORO', variance.withBaseline / variance.uoro, null, null),
      row('sigma^2 variance without baseline', sigma ** 2 * variance.plain, null, null),
    ],
    metrics: [{ sigma, distance: distance.mean, ...variance }],
  };
}

export const reinforceLimit = defineExperiment<Config, LimitFinding>({
  name: 'reinforce-limit',
  description:
    'REINFORCE on a network with perturbed states becomes UORO plus a term of mean zero and variance O(1 / sigma^2) as the ' +
    'perturbations vanish (Cooijmans 2023, thesis, sec. 4.9).',
  config,
  quick: { samples: 500 },
  plan: (options, seed) =>
    sigmas.map((sigma) => ({
      group: 'perturbations',
      name: `sigma = ${sigma}`,
      run: () => measure(sigma, options, seed),
    })),
  notes: ({ units, steps, samples }) => [
    'The thesis proves three limits and measures none. As sigma goes to 0: the distance is of the order of sigma; the variance with the loss of the ' +
      'noise-free network as baseline goes to that of UORO (ratio 1); without a baseline it grows like 1 / sigma^2 (the last rows become constant).',
    `tanh RNN of ${units} units, ${steps} steps, ${samples} sequences of normal noise, the same for every sigma, float64.`,
  ],
  sections: (_, findings) => {
    const curve = (name: string, of: (finding: LimitFinding) => number) => ({
      name,
      steps: findings.map(({ sigma }) => Math.log10(sigma)),
      runs: [findings.map(of)],
    });
    return [
      {
        title: 'The limit',
        text: 'Both axes are logarithmic; the variances are total variances of the summed estimate.',
        figures: [
          {
            caption: 'Distance of REINFORCE with baseline to UORO for the same noise',
            svg: bandPlot([curve('distance', ({ distance }) => distance)], {
              x: 'log10 sigma',
              y: 'relative distance',
              logarithmic: true,
            }),
          },
          {
            caption: 'Total variance',
            svg: bandPlot(
              [
                curve('without baseline', ({ variance }) => variance.plain),
                curve('with baseline', ({ variance }) => variance.withBaseline),
                curve('UORO', ({ variance }) => variance.uoro),
              ],
              { x: 'log10 sigma', y: 'variance', logarithmic: true },
            ),
          },
        ],
      },
    ];
  },
});
