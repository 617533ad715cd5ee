/** What an experiment is: a name, a configuration with defaults, tasks to run, and a report on what they found. */
import { z } from 'zod';
import { UsageError } from './errors.ts';
import { describeIssue, type Metric, type Row } from './results/schema.ts';

/** What a task found: lines of the results table and lines of metrics.jsonl. */
export interface Finding {
  readonly rows: readonly Row[];
  readonly metrics: readonly Metric[];
}

/** A piece of work that is shown as one step of the progress bar; runs can be interrupted between tasks. */
export interface Task<F extends Finding = Finding> {
  /** Tasks of one group follow each other and share a line of the progress display. */
  readonly group: string;
  readonly name: string;
  run(): F | Promise<F>;
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
  /** Checks a configuration and plans the run; a bad one is a UsageError that names the option. */
  plan(config: object, seed: number): Promise<Plan>;
}

/** What the author of an experiment writes. `C` is its configuration, `F` what its tasks find. */
export interface ExperimentDefinition<C extends object, F extends Finding> {
  readonly name: string;
  readonly description: string;
  /** Every option needs a default; the values must be JSON. */
  readonly config: z.ZodObject & z.ZodType<C>;
  plan(config: C, seed: number): readonly Task<F>[] | Promise<readonly Task<F>[]>;
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
  const { name, description, config: schema } = definition;
  return {
    name,
    description,
    get defaults() {
      return schema.parse({});
    },
    async plan(input, seed) {
      const parsed = schema.safeParse(input);
      if (!parsed.success) throw new UsageError(explain(name, schema, parsed.error));
      const config: C = parsed.data;
      const findings: F[] = [];
      const tasks = (await definition.plan(config, seed)).map((task) => ({
        ...task,
        run: async () => {
          const finding = await task.run();
          findings.push(finding);
          return finding;
        },
      }));
      return {
        config: z.record(z.string(), z.json()).parse(config),
        tasks,
        notes: () => definition.notes(config, findings),
        sections: () => definition.sections(config, findings),
      };
    },
  };
}

function explain(name: string, schema: z.ZodObject, error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(schema.shape).join(', ');
    return `${name} has no option ${issue.keys.join(', ')}; it has ${known}`;
  }
  return `${name}: ${describeIssue(error)}`;
}
