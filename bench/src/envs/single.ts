/** The single environments that are measured, and what they must reach. */

/** One case. */
export interface SingleCase {
  /** Its name in the registry of @descant/envs. */
  readonly environment: string;
  /** Steps of one timed run. */
  readonly steps: number;
  /** Steps per second that must be reached, and those of the reference where they are known. */
  readonly bar: number;
  readonly reference?: string;
}

export const SINGLE: readonly SingleCase[] = [
  { environment: 'checkers', steps: 50_000, bar: 1e6, reference: 'ma-gym 30 k' },
  { environment: 'switch4', steps: 50_000, bar: 1e6, reference: 'ma-gym 84 k' },
  { environment: 'pong', steps: 2000, bar: 20e3 },
  { environment: 'platformer', steps: 2000, bar: 10e3 },
];
