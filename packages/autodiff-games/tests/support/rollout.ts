/** The value of an iterated matrix game by following the distribution of joint actions step by step. */

type Nested = readonly unknown[];

/** All joint actions in row-major order. */
function jointActions(actions: readonly number[]): number[][] {
  return actions.reduce<number[][]>(
    (joint, n) => joint.flatMap((a) => Array.from({ length: n }, (_, k) => [...a, k])),
    [[]],
  );
}

/**
 * Discounted returns of all players after `steps` steps. `probability(player, state, action)` is a player's policy,
 * where `state` is undefined at the start and otherwise the last joint action in the order of the players.
 */
export function rolloutValues(
  payoffs: Nested,
  actions: readonly number[],
  discount: number,
  steps: number,
  probability: (player: number, state: readonly number[] | undefined, action: number) => number,
): number[] {
  const joint = jointActions(actions);
  const next = (state: readonly number[] | undefined) =>
    joint.map((a) => a.reduce((p, action, player) => p * probability(player, state, action), 1));
  const payoff = (player: number, a: readonly number[]) =>
    a.reduce<unknown>((nested, k) => (nested as Nested)[k], payoffs[player]) as number;
  const transition = joint.map((state) => next(state));
  let distribution = next(undefined);
  const returns = actions.map(() => 0);
  for (let t = 0; t < steps; t++) {
    joint.forEach((a, s) => {
      for (let i = 0; i < returns.length; i++) returns[i] += discount ** t * distribution[s] * payoff(i, a);
    });
    distribution = joint.map((_, s) =>
      distribution.reduce((sum, p, from) => sum + p * transition[from][s], 0),
    );
  }
  return returns;
}

/** Reads a player's logits (one a state for two actions, else one a state and action) as probabilities. */
export function policyOf(
  logits: readonly number[],
  actions: readonly number[],
  player: number,
  perspective: 'own' | 'joint',
): (state: readonly number[] | undefined, action: number) => number {
  const own = actions[player];
  const order = actions.map((_, i) => i);
  const seen = perspective === 'joint' ? order : [player, ...order.filter((i) => i !== player)];
  const row = (state: readonly number[] | undefined) =>
    state === undefined ? 0 : 1 + seen.reduce((index, i) => index * actions[i] + state[i], 0);
  return (state, action) => {
    if (own === 2) {
      const p = 1 / (1 + Math.exp(-logits[row(state)]));
      return action === 0 ? p : 1 - p;
    }
    const weights = logits.slice(row(state) * own, (row(state) + 1) * own).map(Math.exp);
    return weights[action] / weights.reduce((a, b) => a + b, 0);
  };
}
