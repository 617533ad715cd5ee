/** How the temporal coefficients of UORO change during training. */
import { defineExperiment, type Finding } from '../experiment.ts';
import type { Row } from '../results/schema.ts';
import { bandPlot } from '../uoro/bands.ts';
import { type ObservedConfig, observedConfig, observedTrainings } from '../uoro/observed.ts';

interface AlphaFinding extends Finding {
  readonly setting: string;
  readonly updates: readonly number[];
  /** For each observation, log alpha_s of every step s, with minimum 0; means over the batch. */
  readonly logAlphas: readonly (readonly number[])[];
}

/** Steps that are shown. */
const SHOWN = [1, 8, 15, 22, 28];

const average = (values: readonly number[]): number => values.reduce((s, v) => s + v, 0) / values.length;

function rowsOf(setting: string, logAlphas: readonly (readonly number[])[]): Row[] {
  const row = (name: string, measured: number, n: number): Row => ({
    name: `${setting}: ${name}`,
    paper: null,
    measured,
    standardError: null,
    n,
    unit: 'nats',
  });
  const part = Math.max(1, Math.floor(logAlphas.length / 4));
  const range = (part: readonly (readonly number[])[]) =>
    average(part.map((logs) => Math.max(...logs) - Math.min(...logs)));
  const slope = (part: readonly (readonly number[])[]) =>
    average(part.map((logs) => logs[0] - logs[logs.length - 1]));
  return [
    row('range of log alpha, first quarter', range(logAlphas.slice(0, part)), part),
    row('range of log alpha, last quarter', range(logAlphas.slice(-part)), part),
    row('log alpha_1 - log alpha_T, last quarter', slope(logAlphas.slice(-part)), part),
  ];
}

export const uoroAlphas = defineExperiment<ObservedConfig, AlphaFinding>({
  name: 'uoro-alphas',
  description:
    'The temporal coefficients alpha of UORO while it learns row-wise sequential MNIST, for four scalings of its noise ' +
    '(Cooijmans 2023, thesis, fig. 4.3).',
  config: observedConfig,
  quick: { units: 4, batch: 10, updates: 20, every: 5 },
  plan: (config, seed) =>
    observedTrainings(config, seed, ({ setting, updates, observed }): AlphaFinding => {
      const logAlphas = observed.map(({ logAlpha }) => logAlpha);
      return {
        setting,
        updates,
        logAlphas,
        rows: rowsOf(setting, logAlphas),
        metrics: logAlphas.flatMap((logs, i) =>
          SHOWN.map((step) => ({ setting, update: updates[i], step, logAlpha: logs[step - 1] })),
        ),
      };
    }),
  notes: ({ units, batch }) => [
    "The thesis reports that GIR's coefficients are the more extreme ones, above all early in training and together with our Q0, and that with both " +
      'choices ours the order of the coefficients is reversed, so that alpha_s < alpha_t for s < t.',
    `LSTM of ${units} units (thesis: 50), batches of ${batch}, averaged over the batch.`,
  ],
  sections: (_, findings) => [
    {
      title: 'log alpha_s by updates',
      text: 'Centred so that the smallest of all steps is 0.',
      figures: findings.map(({ setting, updates, logAlphas }) => ({
        caption: `${setting} (fig. 4.3)`,
        svg: bandPlot(
          SHOWN.map((step) => ({
            name: `s = ${step}`,
            steps: updates,
            runs: [logAlphas.map((logs) => logs[step - 1])],
          })),
          { x: 'update', y: 'log alpha' },
        ),
      })),
    },
  ],
});
