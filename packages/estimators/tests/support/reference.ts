import { readFileSync } from 'node:fs';

/** The derivatives that an estimator gives on one play of the reference game, for one player. */
export interface ReferenceEstimate {
  readonly grad?: readonly number[];
  readonly mixed?: readonly (readonly number[])[];
  readonly own?: readonly (readonly number[])[];
}

interface ReferencePlayer {
  readonly J: number;
  /** [T][state][a1][a2] and [T + 1][state], exact. */
  readonly Q: readonly (readonly (readonly (readonly number[])[])[])[];
  readonly V: readonly (readonly number[])[];
  readonly trajectories: readonly {
    readonly a1: readonly number[];
    readonly a2: readonly number[];
    readonly prob: number;
    readonly rtg: readonly number[];
    readonly td: readonly number[];
    readonly gae: readonly number[];
    readonly est: Readonly<Record<string, ReferenceEstimate>>;
  }[];
  readonly exact_grad_theta_i: readonly number[];
  readonly exact_mixed: readonly (readonly number[])[];
  readonly exact_own_hessian: readonly (readonly number[])[];
  readonly summary: Readonly<Record<string, { max_abs_bias: number; total_variance: number }>>;
}

interface Reference {
  readonly matrix_game: {
    readonly R1: readonly (readonly number[])[];
    readonly R2: readonly (readonly number[])[];
    readonly gamma: number;
    readonly T: number;
    readonly theta1: readonly number[];
    readonly theta2: readonly number[];
    /** A wrong critic, by player and state. */
    readonly Vhat: Readonly<Record<'1' | '2', readonly number[]>>;
    readonly players: Readonly<Record<'1' | '2', ReferencePlayer>>;
  };
  readonly es: {
    readonly A: readonly (readonly number[])[];
    readonly b: readonly number[];
    readonly c: number;
    readonly x: readonly number[];
    readonly sigma: number;
    readonly eps: readonly (readonly number[])[];
    readonly exact_smoothed_grad: readonly number[];
    readonly vanilla: readonly (readonly number[])[];
    readonly vanilla_baselined: readonly (readonly number[])[];
    readonly antithetic: readonly (readonly number[])[];
  };
  readonly gaussian_reparam: {
    readonly mu: number;
    readonly sigma: number;
    readonly exact_dmu: number;
    readonly exact_dsigma: number;
    readonly mean: Readonly<Record<string, number>>;
    readonly variance: Readonly<Record<string, number>>;
    readonly eps: readonly number[];
    readonly single_score_mu: readonly number[];
    readonly single_pathwise_mu: readonly number[];
    readonly single_pathwise_sigma: readonly number[];
  };
}

/** Reference values in float64; `origin` and `conventions` in the file say whence, and what they mean. */
export const reference: Reference = JSON.parse(
  readFileSync(new URL('../vectors/estimators.json', import.meta.url), 'utf8'),
);
