/** Policies of iterated two-action games: what they are compared with, and how they spread over the pairs. */
import { quantile, summarise } from '../statistics.ts';

/** The states in which a policy gives a probability of action A: own action first, the opponent's second. */
export const stateNames = ['start', 'AA', 'AB', 'BA', 'BB'] as const;

/**
 * Policies with a name. Tit for tat starts with A and then repeats what the opponent did; the only equilibrium of
 * matching pennies plays A half of the time in every state.
 */
export const policyTargets = {
  titForTat: { label: '%TFT', probabilities: [1, 1, 0, 1, 0] },
  uniform: { label: '%Nash', probabilities: [0.5, 0.5, 0.5, 0.5, 0.5] },
} as const;

/** How the probability of A in one state is distributed over the pairs. */
export interface StateSpread {
  readonly player: number;
  readonly state: (typeof stateNames)[number];
  readonly mean: number;
  /** First and ninth decile. */
  readonly low: number;
  readonly high: number;
}

/** Mean and deciles for each player and state of `policies[pair][player][state]`. */
export function policySpread(policies: readonly (readonly (readonly number[])[])[]): StateSpread[] {
  if (policies.length === 0) return [];
  return [0, 1].flatMap((player) =>
    stateNames.map((state, index) => {
      const values = policies.map((pair) => pair[player][index]);
      const mean = summarise(values).mean ?? Number.NaN;
      return { player: player + 1, state, mean, low: quantile(values, 0.1), high: quantile(values, 0.9) };
    }),
  );
}
