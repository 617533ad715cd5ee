/** Running an experiment: tasks one after another, the files of the run always whole and up to date. */
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Experiment, Plan, Task } from '../experiment.ts';
import { reportDocument } from '../report/document.ts';
import { writeFigures } from '../report/figure-files.ts';
import { createRunFolder, toJson, writeAtomically, writeFinding } from '../results/files.ts';
import type { Results, RunDescription } from '../results/schema.ts';
import { describeEnvironment, ownVersion } from './environment.ts';
import { planResumed } from './resume.ts';

/** Options of `startRun`. */
export interface StartOptions {
  /** Default 0, or that of the run that is resumed. */
  readonly seed?: number;
  /** Options of the experiment; those left out take their defaults. */
  readonly config?: object;
  /** The folder in which the run's folder is made; default `runs`. */
  readonly out?: string;
  /**
   * The folder of an earlier run to go on with, in place of `out`: its finished tasks are kept, its options hold, and
   * only those that the experiment accumulates may change.
   */
  readonly resume?: string;
  /** Whether the pictures are left as PNG files, too; default false. */
  readonly png?: boolean;
}

/** A run under way. */
export interface Run {
  /**
   * The run's folder: config.json, metrics.jsonl, results.json, a file in findings for each finished task and, when
   * all tasks are done, report.html and its pictures in figures; checkpoints has what long tasks keep.
   */
  readonly directory: string;
  readonly tasks: readonly Task[];
  /** The tasks that were not done when the run was started or resumed. */
  readonly pending: readonly Task[];
  /** What has been found so far; `partial` until all tasks are done. */
  readonly results: Results;
  /** What to print before the tasks start. */
  readonly announcement: string | undefined;
  notes(): string[];
  /**
   * Runs the tasks, yielding each when it is done. After each, results.json is written anew, so whatever ends the
   * process leaves valid results of the tasks done before. When the signal is aborted it stops between tasks, or in
   * the midst of a task that looks at the signal. `onProgress` hears how far the task at work is.
   */
  perform(signal?: AbortSignal, onProgress?: (share: number) => void): AsyncGenerator<Task, void, void>;
}

/**
 * Plans an experiment and makes the folder of the run, or takes up a run that is there.
 *
 * @param experiment - One of `experiments`, or your own made by `defineExperiment`.
 * @param options - Seed, configuration and where the run's folder goes.
 * @throws UsageError when the configuration does not fit the experiment or the run to resume.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { findExperiment, startRun } from 'descant';
 *
 * const out = mkdtempSync(join(tmpdir(), 'descant-'));
 * const run = await startRun(findExperiment('logistic-basins'), { config: { side: 3, steps: 10 }, out });
 * for await (const task of run.perform()) task.name;
 * run.results.rows.length; // => 18
 * ```
 */
export async function startRun(experiment: Experiment, options: StartOptions = {}): Promise<Run> {
  const { plan, description, directory, pending } = await begin(experiment, options);
  const left = [...pending];
  const results = (): Results => ({
    experiment: experiment.name,
    version: ownVersion(),
    seed: description.seed,
    config: plan.config,
    rows: plan.rows(),
    ...(left.length > 0 ? { partial: true } : {}),
  });
  const write = (file: string, text: string) => writeAtomically(join(directory, file), text);
  const writeFindings = () => {
    const lines = plan.metrics().map((metric) => `${JSON.stringify(metric)}\n`);
    write('metrics.jsonl', lines.join(''));
    write('results.json', toJson(results()));
  };
  const folder = join(directory, 'checkpoints');
  write('config.json', toJson(description));
  writeFindings();

  return {
    directory,
    tasks: plan.tasks,
    pending,
    get results() {
      return results();
    },
    get announcement() {
      return pending.length === 0 ? undefined : plan.announcement(pending);
    },
    notes: () => plan.notes(),
    async *perform(signal = new AbortController().signal, onProgress = () => {}) {
      for (const task of [...left]) {
        // Tasks do not wait for anything: this lets signals arrive and the progress be drawn.
        await nextTurn();
        if (signal.aborted) return;
        try {
          const finding = await task.run({ signal, progress: onProgress, folder });
          writeFinding(directory, task, finding);
        } catch (error) {
          if (signal.aborted && error === signal.reason) return;
          throw error;
        }
        left.shift();
        writeFindings();
        yield task;
      }
      const sections = plan.sections();
      await writeFigures(directory, sections, options.png ?? false);
      write(
        'report.html',
        reportDocument({
          description: experiment.description,
          results: results(),
          run: description,
          notes: plan.notes(),
          sections,
        }),
      );
    },
  };
}

/** A new run with its folder, or an old one with the tasks that it lacks. */
async function begin(
  experiment: Experiment,
  { seed, config = {}, out = 'runs', resume }: StartOptions,
): Promise<{ plan: Plan; description: RunDescription; directory: string; pending: readonly Task[] }> {
  if (resume !== undefined) {
    const { plan, before, pending } = await planResumed(experiment, resume, { seed, config });
    return { plan, description: { ...before, config: plan.config }, directory: resume, pending };
  }
  const plan = await experiment.plan(config, seed ?? 0);
  const startedAt = new Date();
  const description = {
    experiment: experiment.name,
    seed: seed ?? 0,
    config: plan.config,
    ...describeEnvironment(),
    startedAt: startedAt.toISOString(),
  };
  const directory = createRunFolder(out, experiment.name, startedAt);
  return { plan, description, directory, pending: plan.tasks };
}
