/** Going on with a run that was interrupted, or adding tasks to one that is complete. */
import { isDeepStrictEqual } from 'node:util';
import { UsageError } from '../errors.ts';
import type { Experiment, Plan, Task } from '../experiment.ts';
import { readDescription, readFinding } from '../results/files.ts';
import type { RunDescription } from '../results/schema.ts';
import { describeEnvironment } from './environment.ts';

/**
 * Plans the continuation of a run: what was not asked for is as it was, and finished tasks are kept.
 *
 * @throws UsageError when the run is another experiment's, took place elsewhere, or had options that may not change.
 */
export async function planResumed(
  experiment: Experiment,
  directory: string,
  asked: { readonly seed: number | undefined; readonly config: object },
): Promise<{ plan: Plan; before: RunDescription; pending: Task[] }> {
  const before = readDescription(directory);
  const refuse = (why: string) => new UsageError(`${directory} cannot be resumed: ${why}`);
  if (before.experiment !== experiment.name) {
    throw refuse(`it is a run of ${before.experiment}, not of ${experiment.name}`);
  }
  if (asked.seed !== undefined && asked.seed !== before.seed) {
    throw refuse(`its seed is ${before.seed}, not ${asked.seed}`);
  }
  const now = describeEnvironment();
  for (const what of ['versions', 'executor', 'node', 'platform'] as const) {
    if (isDeepStrictEqual(before[what], now[what])) continue;
    throw refuse(
      `${what} was ${text(before[what])} and is ${text(now[what])}; results would not be of one kind`,
    );
  }
  const plan = await experiment.plan({ ...before.config, ...asked.config }, before.seed);
  const fixed = Object.keys(plan.config).filter((option) => !experiment.accumulates.includes(option));
  const changed = fixed.find((option) => !isDeepStrictEqual(before.config[option], plan.config[option]));
  if (changed !== undefined) {
    const [was, is] = [before.config[changed], plan.config[changed]].map(text);
    const free = experiment.accumulates.join(', ') || 'nothing';
    throw refuse(
      `${changed} was ${was} and would be ${is}; ${free} may change in a run of ${experiment.name}`,
    );
  }
  const pending = plan.tasks.filter((task) => {
    const finding = readFinding(directory, task);
    if (finding !== undefined) plan.restore(task, finding);
    return finding === undefined;
  });
  return { plan, before, pending };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
