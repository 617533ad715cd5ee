import type { Profile } from '@descant/autodiff-games';

type Nested = readonly unknown[];

/** The expected payoff of one player, by summing out the actions player by player over nested payoffs. */
export function expectedPayoff(payoffs: unknown, profile: readonly (readonly number[])[]): number {
  const [strategy, ...rest] = profile;
  if (strategy === undefined) return payoffs as number;
  return strategy.reduce((sum, p, action) => sum + p * expectedPayoff((payoffs as Nested)[action], rest), 0);
}

/** The largest gain of any player by any pure strategy: the definition of an equilibrium, written out. */
export function largestGain(payoffs: Nested, profile: readonly (readonly number[])[]): number {
  const gains = profile.flatMap((strategy, player) =>
    strategy.map((_, action) => {
      const pure = strategy.map((_, a) => (a === action ? 1 : 0));
      const deviated = profile.map((own, i) => (i === player ? pure : own));
      return expectedPayoff(payoffs[player], deviated) - expectedPayoff(payoffs[player], profile);
    }),
  );
  return Math.max(...gains);
}

/** The largest difference of probabilities. */
export const distance = (a: Profile, b: readonly (readonly number[])[]): number =>
  Math.max(...a.flat().map((p, i) => Math.abs(p - b.flat()[i])));

/** How far two lists of equilibria are apart, whatever their order; infinite when their lengths differ. */
export const difference = (a: readonly Profile[], b: readonly (readonly (readonly number[])[])[]): number =>
  a.length !== b.length
    ? Number.POSITIVE_INFINITY
    : Math.max(0, ...a.map((own) => Math.min(...b.map((other) => distance(own, other)))));
