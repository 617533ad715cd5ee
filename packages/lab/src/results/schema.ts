/** The form of results files: one schema for every experiment. */
import { z } from 'zod';

/**
 * One line of a results table. `paper` is the published value, null where there is none; `measured` is null when
 * nothing finite was measured; `standardError` is null where the quantity is not a mean over a sample.
 */
export const rowSchema = z.strictObject({
  name: z.string().min(1),
  paper: z.number().nullable(),
  measured: z.number().nullable(),
  standardError: z.number().nonnegative().nullable(),
  /** Sample size: how many independent pairs, runs or cells the value rests on. */
  n: z.int().nonnegative(),
  unit: z.string().min(1),
});

/** results.json. A run that was interrupted has the rows of its finished tasks and `partial: true`. */
export const resultsSchema = z.strictObject({
  experiment: z.string().min(1),
  version: z.string().min(1),
  seed: z.int().nonnegative(),
  config: z.record(z.string(), z.json()),
  rows: z.array(rowSchema),
  partial: z.literal(true).exactOptional(),
});

/** config.json: what is needed to run again, and where the run took place. */
export const descriptionSchema = z.strictObject({
  experiment: z.string().min(1),
  versions: z.record(z.string(), z.string()),
  seed: z.int().nonnegative(),
  config: z.record(z.string(), z.json()),
  executor: z.string(),
  node: z.string(),
  platform: z.string(),
  startedAt: z.iso.datetime(),
});

/** findings/*.json: what one task found, with whatever else the experiment's report needs of it. */
export const findingSchema = z.looseObject({
  rows: z.array(rowSchema),
  metrics: z.array(z.record(z.string(), z.union([z.string(), z.number(), z.null()]))),
});

export type Row = z.infer<typeof rowSchema>;
export type Results = z.infer<typeof resultsSchema>;
export type RunDescription = z.infer<typeof descriptionSchema>;

/** One line of metrics.jsonl: what a task measured at one step of its run. */
export type Metric = Readonly<Record<string, string | number | null>>;

/**
 * Reads the text of a results.json.
 *
 * @param text - JSON.
 * @param source - The file's name, for the message.
 * @throws Error naming the source and the first field that does not fit.
 *
 * @example
 * ```ts
 * import { parseResults } from 'descant';
 *
 * const text = '{"experiment":"e","version":"1.0.0","seed":0,"config":{},"rows":[]}';
 * parseResults(text, 'results.json').experiment; // => 'e'
 * ```
 */
export function parseResults(text: string, source: string): Results {
  return parseJson(resultsSchema, text, source);
}

/** Parses JSON text by a schema; the error names the file and the field. */
export function parseJson<T>(schema: z.ZodType<T>, text: string, source: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`${source}: is not JSON: ${error instanceof Error ? error.message : error}`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Error(`${source}: ${describeIssue(parsed.error)}`);
}

/** The first thing that a schema has against a value, as `path: message`. */
export function describeIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  const path = issue.path.join('.');
  return path === '' ? issue.message : `${path}: ${issue.message}`;
}
