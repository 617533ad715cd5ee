/** Running an experiment: tasks one after another, the files of the run always whole and up to date. */
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Experiment, Task } from '../experiment.ts';
import { reportDocument } from '../report/document.ts';
import { createRunFolder, toJson, writeAtomically } from '../results/files.ts';
import type { Metric, Results, Row, RunDescription } from '../results/schema.ts';
import { describeEnvironment, ownVersion } from './environment.ts';

/** Options of `startRun`. */
export interface StartOptions {
  /** Default 0. */
  readonly seed?: number;
  /** Options of the experiment; those left out take their defaults. */
  readonly config?: object;
  /** The folder in which the run's folder is made; default `runs`. */
  readonly out?: string;
}

/** A run under way. */
export interface Run {
  /** The run's folder: config.json, metrics.jsonl, results.json and, when all tasks are done, report.html. */
  readonly directory: string;
  readonly tasks: readonly Task[];
  /** What has been found so far; `partial` until all tasks are done. */
  readonly results: Results;
  notes(): string[];
  /**
   * Runs the tasks, yielding each when it is done. After each, results.json is written anew, so whatever ends the
   * process leaves valid results of the tasks done before. Stops between tasks when the signal is aborted.
   */
  perform(signal?: AbortSignal): AsyncGenerator<Task, void, void>;
}

/**
 * Plans an experiment and makes the folder of the run.
 *
 * @param experiment - One of `experiments`, or your own made by `defineExperiment`.
 * @param options - Seed, configuration and where the run's folder goes.
 * @throws UsageError when the configuration does not fit the experiment.
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
  const { seed = 0, config = {}, out = 'runs' } = options;
  const plan = await experiment.plan(config, seed);
  const startedAt = new Date();
  const directory = createRunFolder(out, experiment.name, startedAt);
  const description: RunDescription = {
    experiment: experiment.name,
    seed,
    config: plan.config,
    ...describeEnvironment(),
    startedAt: startedAt.toISOString(),
  };
  const rows: Row[] = [];
  const metrics: Metric[] = [];
  let done = 0;

  const results = (): Results => ({
    experiment: experiment.name,
    version: ownVersion(),
    seed,
    config: plan.config,
    rows: [...rows],
    ...(done < plan.tasks.length ? { partial: true } : {}),
  });
  const write = (file: string, text: string) => writeAtomically(join(directory, file), text);
  const writeFindings = () => {
    write('metrics.jsonl', metrics.map((metric) => `${JSON.stringify(metric)}\n`).join(''));
    write('results.json', toJson(results()));
  };
  write('config.json', toJson(description));
  writeFindings();

  return {
    directory,
    tasks: plan.tasks,
    get results() {
      return results();
    },
    notes: () => plan.notes(),
    async *perform(signal) {
      for (const task of plan.tasks.slice(done)) {
        // Tasks do not wait for anything: this lets signals arrive and the progress be drawn.
        await nextTurn();
        if (signal?.aborted) return;
        const finding = await task.run();
        rows.push(...finding.rows);
        metrics.push(...finding.metrics);
        done++;
        writeFindings();
        yield task;
      }
      write(
        'report.html',
        reportDocument({
          description: experiment.description,
          results: results(),
          run: description,
          notes: plan.notes(),
          sections: plan.sections(),
        }),
      );
    },
  };
}
