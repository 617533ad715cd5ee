/** The variance of UORO during training: theory beside measurement. */
import { defineExperiment, type Finding } from '../experiment.ts';
import type { Row } from '../results/schema.ts';
import { summarise } from '../statistics.ts';
import { bandPlot } from '../uoro/bands.ts';
import {
  type Observations,
  type ObservedConfig,
  observedConfig,
  observedTrainings,
} from '../uoro/observed.ts';

interface VarianceFinding extends Finding, Observations {}

/** Measured over predicted V at each observation, and its mean with a standard error. */
function ratios({ setting, observed }: Observations): Row[] {
  const row = (name: string, values: readonly number[], paper: number | null, unit: string): Row => {
    const { mean, standardError, n } = summarise(values);
    return { name: `${setting}: ${name}`, paper, measured: mean, standardError, n, unit };
  };
  const theoryHolds = setting.endsWith('alpha ours');
  return [
    row(
      'measured V / predicted V',
      observed.map((o) => o.actual / o.expected),
      theoryHolds ? 1 : null,
      '1',
    ),
    row(
      'measured V / intrinsic',
      observed.map((o) => o.actual / o.intrinsic),
      null,
      '1',
    ),
  ];
}

const quantities = ['intrinsic', 'expected', 'actual'] as const;

export const uoroVariance = defineExperiment<ObservedConfig, VarianceFinding>({
  name: 'uoro-variance',
  description:
    'The variance of UORO while it learns row-wise sequential MNIST: intrinsic, predicted and measured, for four ' +
    'scalings of its noise (Cooijmans 2023, thesis, fig. 4.2).',
  config: observedConfig,
  quick: { units: 4, batch: 10, updates: 20, every: 5 },
  plan: (config, seed) =>
    observedTrainings(
      config,
      seed,
      (found): VarianceFinding => ({
        ...found,
        rows: ratios(found),
        metrics: found.observed.map(({ logAlpha: _, ...numbers }, i) => ({
          setting: found.setting,
          update: found.updates[i],
          ...numbers,
        })),
      }),
    ),
  notes: ({ units, batch, every }) => [
    'In the thesis prediction and measurement agree for alpha ours and the prediction is too large for GIR, whose ' +
      'coefficients depend on the noise.',
    `LSTM of ${units} units (thesis: 50), batches of ${batch}, observed at every update number 1 + ${every} k. ` +
      "Measured V: the mean squared error of the batch's estimates, less R, the part of the variance that does not depend on Q (printed in the " +
      'thesis as the squared norm of the gradient, which is wrong: see uoroVariance). Predicted V for GIR: with the alpha that its coefficients came to.',
    'Standard errors are over observations of one run, of different parameters: they say how well the mean ratio is known, not that the ratios are of one law.',
  ],
  sections: (_, findings) => [
    {
      title: 'Intrinsic, predicted and measured variance',
      text: 'Means over the batch, at every observation of one run.',
      figures: findings.map(({ setting, updates, observed }) => ({
        caption: `${setting} (fig. 4.2)`,
        svg: bandPlot(
          quantities.map((quantity) => ({
            name: quantity === 'expected' ? 'predicted' : quantity === 'actual' ? 'measured' : quantity,
            steps: updates,
            // One run: no band. Measured values can be negative by chance where R was larger: they have no logarithm.
            runs: [observed.map((o) => Math.max(o[quantity], Number.MIN_VALUE))],
          })),
          { x: 'update', y: 'variance', logarithmic: true },
        ),
      })),
    },
  ],
});
