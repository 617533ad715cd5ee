/**
 * What the bench and the programs it measures say to each other: one JSON object a line, a request on
 * standard input, its answer on standard output. `peers/protocol.py` is the same for Python.
 */

/** The parameters of one measurement, e.g. `{ precision: 'float32', batch: 128, steps: 200 }`. */
export type Case = Readonly<Record<string, string | number>>;

/** One of the ways in which a participant does the work. */
interface Variant {
  readonly name: string;
  /** Compiled before the first run; otherwise the time of the first run says nothing about compilation. */
  readonly compiled: boolean;
}

export type Request =
  | { readonly command: 'describe' }
  | {
      readonly command: 'prepare';
      readonly id: string;
      readonly variant: string;
      readonly case: Case;
      readonly inputs: Outputs;
      /** How long to run before measurements count. */
      readonly warmMilliseconds: number;
    }
  | { readonly command: 'measure'; readonly id: string; readonly milliseconds: number };

export interface Description {
  readonly versions: Readonly<Record<string, string>>;
  readonly variants: readonly Variant[];
}

/** What a workload computes: its arrays, flattened. */
export type Outputs = readonly (readonly number[])[];

export interface Preparation {
  /** After one step from the inputs. */
  readonly first: Outputs;
  /** After the steps of one run, which is what measurements time. */
  readonly last: Outputs;
  readonly steps: number;
  /** First run less a later run: tracing and code generation. */
  readonly compileMilliseconds: number;
}

export interface Measurement {
  readonly microsecondsPerStep: number;
  /** Runs that the median was taken over. */
  readonly runs: number;
  /** Processor time over elapsed time: about 1 for one busy thread. */
  readonly processorShare: number;
}

/** In place of an answer: what went wrong, or which package the participant needs and does not find. */
export type Refusal = { readonly error: string } | { readonly missing: string };

/** A workload, ready to run. */
export interface Prepared<State = unknown> {
  /** Steps in one run. */
  readonly steps: number;
  /** Runs all the steps from the inputs. */
  run(): State;
  /** One step from the inputs. */
  once(): State;
  outputs(state: State): Outputs;
}
