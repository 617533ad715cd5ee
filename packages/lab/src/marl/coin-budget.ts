/** How POLA learns the coin game in minutes instead of days. */

/**
 * Settings that learn from fewer plays than the published ones: fewer, larger steps, and credit that fades. Of 512 plays
 * of a half-trained coin memory of 16 units, the look-ahead's part of the gradient has 0.34 of its noise with a dependence of 1, 0.52 with
 * 0.8 and 0.66 with 0.5 (30 repetitions).
 */
export const coinSettings = {
  innerSteps: 4,
  innerLearningRate: 0.2,
  innerPenalty: 5,
  outerSteps: 25,
  outerPenalty: 10,
  lambda: 0.95,
  dependence: 0.9,
  learningRate: 0.01,
  criticLearningRate: 0.01,
} as const;

/** Steps of a play while learning. */
const STEPS = 32;
const USUAL = { minutes: 10, plays: 128 };
const LIMITS = { fewest: 8, most: 1000 };

/** Microseconds of one core for a step of a play with its derivatives, by the units of the GRUs; measured. */
const microseconds = (units: number): number => 0.122 * units ** 1.2;

/**
 * Plays of a batch and number of updates for a budget: both grow with its square root, until plays are as many as in the
 * paper.
 *
 * @param budget - Minutes of one core for a seed, with and without inner steps.
 */
export function budgeted({ budget, units }: { budget: number; units: number }) {
  const wanted = Math.round(USUAL.plays * Math.sqrt(budget / USUAL.minutes));
  const plays = Math.min(LIMITS.most, Math.max(LIMITS.fewest, wanted));
  const batches = coinSettings.outerSteps * (coinSettings.innerSteps + 1 + 1);
  const seconds = batches * plays * STEPS * microseconds(units) * 1e-6;
  return { plays, steps: STEPS, updates: Math.max(1, Math.floor((60 * budget) / seconds)) };
}
