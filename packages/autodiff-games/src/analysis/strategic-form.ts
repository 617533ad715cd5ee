/** What the analyses of matrix games share: reading payoffs, joint actions and expected payoffs. */
import { ArgumentError } from '@descant/tensor-ops';
import { type PlayerPayoffs, playerPayoffs } from '../games/payoffs.ts';

/** One mixed strategy for each player: the probabilities of its actions. */
export type Profile = number[][];

/** Reads the payoffs of a game of two players. */
export function bimatrix(fn: string, payoffs: readonly unknown[]): PlayerPayoffs {
  const form = playerPayoffs(fn, payoffs);
  if (form.actions.length !== 2) {
    throw new ArgumentError(fn, 'payoffs', 'be of 2 players', `${form.actions.length}`);
  }
  return form;
}

/** All joint actions, row-major over the actions of player 1, 2, ..., as the payoffs are. */
export const jointActions = (actions: readonly number[]): number[][] =>
  actions.reduce<number[][]>(
    (joint, count) => joint.flatMap((a) => Array.from({ length: count }, (_, k) => [...a, k])),
    [[]],
  );

/** How far apart in the row-major order two joint actions are that differ by one in this player's action. */
export const strideOf = (actions: readonly number[], player: number): number =>
  actions.slice(player + 1).reduce((product, count) => product * count, 1);

/** The expected payoff of each action of a player when the others play their mixed strategies. */
export function actionValues(
  { actions, payoffs }: PlayerPayoffs,
  profile: readonly (readonly number[])[],
  player: number,
): number[] {
  const values = new Array<number>(actions[player]).fill(0);
  jointActions(actions).forEach((joint, index) => {
    const weight = joint.reduce((p, action, j) => (j === player ? p : p * profile[j][action]), 1);
    values[joint[player]] += weight * payoffs[player][index];
  });
  return values;
}

/** Each player's payoffs scaled to [0, 1], which changes no equilibrium; those of a constant player become 0. */
export const scaledPayoffs = ({ actions, payoffs }: PlayerPayoffs): PlayerPayoffs => ({
  actions,
  payoffs: payoffs.map((own) => {
    const least = Math.min(...own);
    const range = Math.max(...own) - least || 1;
    return own.map((payoff) => (payoff - least) / range);
  }),
});

/** Checks that there is a distribution for each player over its actions. */
export function checkProfile(
  fn: string,
  actions: readonly number[],
  profile: readonly (readonly number[])[],
): void {
  if (!Array.isArray(profile) || profile.length !== actions.length) {
    const received = Array.isArray(profile) ? `${profile.length}` : typeof profile;
    throw new ArgumentError(fn, 'profile', `be an array of ${actions.length}, one a player`, received);
  }
  profile.forEach((strategy, i) => {
    checkDistribution(fn, `profile[${i}]`, strategy, actions[i]);
  });
}

/** Checks that numbers are probabilities and sum to one, within 1e-6. */
export function checkDistribution(
  fn: string,
  argument: string,
  probabilities: readonly number[],
  length: number,
): void {
  const valid =
    Array.isArray(probabilities) &&
    probabilities.length === length &&
    probabilities.every((p) => p >= -1e-6) &&
    Math.abs(probabilities.reduce((a, b) => a + b, 0) - 1) <= 1e-6;
  if (!valid) {
    throw new ArgumentError(
      fn,
      argument,
      `be ${length} probabilities that sum to 1`,
      JSON.stringify(probabilities),
    );
  }
}
