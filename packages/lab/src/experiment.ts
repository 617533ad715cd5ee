/** What an experiment is: a name, a configuration with defaults, tasks to run, and a report on what they found. */
import { z } from 'zod';
import { UsageError } from './errors.ts';
import { describeIssue, type Metric, type Row } from './results/schema.ts';

/** What a task found: lines of the results table and lines of metrics.jsonl. */
export interface Finding {
  readonly rows: readonly Row[];
  readonly metrics: readonly Metric[];
}

/** What a task is given while it runs. */
export interface TaskContext {
  /**
   * Aborted when the run is interrupted. A long task looks at it now and then, after letting events arrive
   * (`setImmediate`), and throws its reason; a short one need not: runs stop between tasks anyway.
   */
  readonly signal: AbortSignal;
  /** Shows how far the task is, as a share in [0, 1]. */
  progress(share: number): void;
  /** A folder of the run's for what a long task keeps while it is under way; it need not exist. None without a run. */
  readonly folder: string | undefined;
}

/**
 * A piece of work that is shown as one step of the progress bar and kept when it is done: an interrupted run goes on
 * after the last finished task. No two tasks of an experiment have both group and name in common.
 */
export interface TaskDefinition<F extends Finding = Finding> {
  /** Tasks of one group follow each other and share a line of the progress display. */
  readonly group: string;
  readonly name: string;
  /** What it finds must be JSON, because it is kept in a file. */
  run(context: TaskContext): F | Promise<F>;
}

/** A task as a run sees it. */
export interface Task {
  readonly group: string;
  readonly name: string;
  /** Does the work; without a context nothing interrupts it. */
  run(context?: TaskContext): Promise<Finding>;
}

/** A part of the report: text and SVG pictures. */
export interface Section {
  readonly title: string;
  readonly text: string;
  readonly figures: readonly { readonly caption: string; readonly svg: string }[];
}

/** A configured experiment, ready to run. */
export interface Plan {
  /** The whole configuration, defaults included, as plain JSON. */
  readonly config: Readonly<Record<string, z.core.util.JSONType>>;
  readonly tasks: readonly Task[];
  /** Takes what a task found in an earlier run, in its place. */
  restore(task: Task, finding: Finding): void;
  /** The rows of what has been found so far, in the order of the tasks, then those that rest on several tasks. */
  rows(): Row[];
  metrics(): Metric[];
  /** What to print before these tasks start, such as how long they will take. */
  announcement(pending: readonly Task[]): string | undefined;
  /** Remarks to print below the table: set-up, deviations, counts of diverged runs. */
  notes(): string[];
  /** The report on the tasks that have run. */
  sections(): Section[];
}

/** An experiment as commands see it. */
export interface Experiment {
  readonly name: string;
  readonly description: string;
  /** The options and their default values. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** The options of a quick run that differ from the defaults. */
  readonly quick: Readonly<Record<string, unknown>>;
  /** The options of a run as large as the paper's that differ from the defaults; undefined where nothing does. */
  readonly full: Readonly<Record<string, unknown>> | undefined;
  /** Options that may grow when a run is resumed, because they only add tasks. */
  readonly accumulates: readonly string[];
  /** Checks a configuration and plans the run; a bad one is a UsageError that names the option. */
  plan(config: object, seed: number): Promise<Plan>;
}

/** What the author of an experiment writes. `C` is its configuration, `F` what its tasks find. */
export interface ExperimentDefinition<C extends object, F extends Finding> {
  readonly name: string;
  readonly description: string;
  /** Every option needs a default; the values must be JSON. */
  readonly config: z.ZodObject & z.ZodType<C>;
  /** What `--quick` changes, so that a run takes some seconds. */
  readonly quick: Partial<C>;
  /** What `--full` changes, so that a run is as large as the paper's; left out where the default is. */
  readonly full?: Partial<C>;
  /** Options that only add tasks and leave the others as they are: a resumed run may change them. Default: none. */
  readonly accumulates?: readonly (keyof C & string)[];
  plan(config: C, seed: number): readonly TaskDefinition<F>[] | Promise<readonly TaskDefinition<F>[]>;
  /** What to print before so many tasks start, such as how long they will take; for experiments that take long. */
  announcement?(config: C, pending: readonly { readonly group: string; readonly name: string }[]): string;
  /** Rows that rest on several tasks, of the findings so far; they follow the tasks' own. */
  summary?(config: C, findings: readonly F[]): Row[];
  notes(config: C, findings: readonly F[]): string[];
  sections(config: C, findings: readonly F[]): Section[];
}

/**
 * Makes an experiment from its definition: checks configurations and remembers what the tasks find.
 *
 * @throws UsageError from `plan` when an option is unknown or out of range.
 *
 * @example
 * ```ts
 * import { defineExperiment } from 'descant';
 * import { z } from 'zod';
 *
 * const dice = defineExperiment({
 *   name: 'dice',
 *   description: 'The mean of the faces of a die',
 *   config: z.strictObject({ faces: z.int().min(1).default(6) }),
 *   quick: {},
 *   plan: ({ faces }) => [
 *     {
 *       group: 'dice',
 *       name: 'mean',
 *       run: () => ({
 *         rows: [
 *           { name: 'mean', paper: 3.5, measured: (faces + 1) / 2, standardError: null, n: faces, unit: 'pips' },
 *         ],
 *         metrics: [],
 *       }),
 *     },
 *   ],
 *   notes: () => [],
 *   sections: () => [],
 * });
 * const { tasks } = await dice.plan({ faces: 8 }, 0);
 * const { rows } = await tasks[0].run();
 * rows[0].measured; // => 4.5
 * ```
 */
export function defineExperiment<C extends object, F extends Finding>(
  definition: ExperimentDefinition<C, F>,
): Experiment {
  const { name, description, config: schema, quick, full, accumulates = [] } = definition;
  return {
    name,
    description,
    quick,
    full,
    accumulates,
    get defaults() {
      return schema.parse({});
    },
    async plan(input, seed) {
      const parsed = schema.safeParse(input);
      if (!parsed.success) throw new UsageError(explain(name, schema, parsed.error));
      const config: C = parsed.data;
      const found = new Map<string, F>();
      const defined = await definition.plan(config, seed);
      const keyOf = (task: { group: string; name: string }) => JSON.stringify([task.group, task.name]);
      const keys = defined.map(keyOf);
      const twice = keys.find((key, i) => keys.indexOf(key) !== i);
      if (twice !== undefined) throw new Error(`${name}: two tasks have the group and name ${twice}`);
      const findings = () => keys.flatMap((key) => found.get(key) ?? []);
      const tasks = defined.map((task) => ({
        group: task.group,
        name: task.name,
        run: async (context = uninterrupted) => {
          const finding = asJson(await task.run(context), `${name}, ${task.group}: ${task.name}`);
          found.set(keyOf(task), finding);
          return finding;
        },
      }));
      return {
        config: z.record(z.string(), z.json()).parse(config),
        tasks,
        // A finding of the same experiment, configuration and task: it was JSON before and has not changed.
        restore: (task, finding) => found.set(keyOf(task), finding as F),
        rows: () => [
          ...findings().flatMap(({ rows }) => rows),
          ...(definition.summary?.(config, findings()) ?? []),
        ],
        metrics: () => findings().flatMap(({ metrics }) => metrics),
        announcement: (pending) => definition.announcement?.(config, pending),
        notes: () => definition.notes(config, findings()),
        sections: () => definition.sections(config, findings()),
      };
    },
  };
}

const uninterrupted: TaskContext = {
  signal: new AbortController().signal,
  progress: () => {},
  folder: undefined,
};

/** A finding as it is read back from its file, so that a resumed run reports what an uninterrupted one would. */
function asJson<F>(finding: F, what: string): F {
  const wrong = notJson(finding, 'it');
  if (wrong !== undefined) throw new Error(`${what}: a finding must be JSON; ${wrong}`);
  return JSON.parse(JSON.stringify(finding));
}

/** The first part of a value that JSON would lose or change. */
function notJson(value: unknown, path: string): string | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `${path} is ${value}`;
  const isPlain = Array.isArray(value) || (typeof value === 'object' && value.constructor === Object);
  if (!isPlain) return `${path} is ${Object.prototype.toString.call(value).slice(8, -1)}`;
  for (const [name, part] of Object.entries(value)) {
    const wrong = notJson(part, `${path}.${name}`);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function explain(name: string, schema: z.ZodObject, error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(schema.shape).join(', ');
    return `${name} has no option ${issue.keys.join(', ')}; it has ${known}`;
  }
  return `${name}: ${describeIssue(error)}`;
}
