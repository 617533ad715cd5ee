/** The reference traces, and their way of drawing actions. */
import { readFileSync } from 'node:fs';

/** One step of a trace on a grid: an action, an observation, a reward and a flag for each agent. */
interface GridStep {
  readonly a: readonly number[];
  readonly obs: readonly (readonly number[])[];
  readonly r: readonly number[];
  readonly done: readonly boolean[];
  readonly pos: readonly (readonly [number, number])[];
  readonly food?: { readonly lemon: number; readonly apple: number };
}

/** A trace on a grid. */
export interface GridTrace {
  readonly reset_obs: readonly (readonly number[])[];
  readonly steps: readonly GridStep[];
  readonly return_per_agent: readonly number[];
  readonly n_steps: number;
}

interface Vectors {
  readonly checkers: { readonly traces: Readonly<Record<string, GridTrace>> };
  readonly switch4: { readonly traces: Readonly<Record<string, GridTrace>> };
  readonly pendulum: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly mountaincar_continuous: {
    readonly 'float64_gym0.17.2': Readonly<
      Record<string, readonly (readonly [number, number, number, boolean])[]>
    >;
  };
  readonly circleworld_ftnpl: {
    readonly traces: {
      readonly 'mode1_A10_K1_C-10': {
        readonly reset_obs: readonly number[];
        readonly rows: readonly (readonly [number, number, number, number])[];
      };
    };
  };
}

/** Traces of ma-gym, Gym and the code of FTNPL, in float64. */
export const vectors: Vectors = JSON.parse(
  readFileSync(new URL('../vectors/environments.json', import.meta.url), 'utf8'),
);
