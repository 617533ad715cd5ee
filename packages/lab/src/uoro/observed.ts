/** Trainings on digits with all four scalings of the noise, observed now and then. */
import { foldIn, key } from '@descant/tensor-ops';
import { lstm, modelFor, rowwiseDigits } from '@descant/uoro';
import { loadMnist } from '@descant/uoro/mnist';
import { z } from 'zod';
import type { Finding, TaskDefinition } from '../experiment.ts';
import { repeat } from './running.ts';
import { scalingSettings } from './settings.ts';
import { type Observed, trainers } from './trainer.ts';

export const observedConfig = z.strictObject({
  /** Of the LSTM; the thesis has 50. */
  units: z.int().min(1).max(200).default(16),
  batch: z.int().min(2).max(1000).default(50),
  updates: z.int().min(10).max(100_000).default(200),
  /** Observations are made at every so many updates. */
  every: z.int().min(1).max(1000).default(4),
});
export type ObservedConfig = z.infer<typeof observedConfig>;

/** What was observed in a training with one setting, and at which updates, from 1 on. */
export interface Observations {
  readonly setting: string;
  readonly updates: readonly number[];
  readonly observed: readonly Observed[];
}

/** A training for each setting, of which `report` makes a finding. */
export async function observedTrainings<F extends Finding>(
  { units, batch, updates, every }: ObservedConfig,
  seed: number,
  report: (observations: Observations) => F,
): Promise<TaskDefinition<F>[]> {
  const task = rowwiseDigits(await loadMnist());
  const model = modelFor(task, ({ inputs }) => lstm({ inputs, units }));
  return scalingSettings.map((setting) => ({
    group: 'four scalings',
    name: setting.name,
    async run(context): Promise<F> {
      const trainer = trainers(model, task, setting, batch)(foldIn(key(seed), updates));
      const observed: Observed[] = [];
      const at: number[] = [];
      await repeat(updates, context, (i) => {
        const own = foldIn(key(seed), i);
        if (i % every !== 0) trainer.step(own);
        else {
          observed.push(trainer.observe(own));
          at.push(i + 1);
        }
      });
      return report({ setting: setting.name, updates: at, observed });
    },
  }));
}
