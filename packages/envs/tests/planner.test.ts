/** The best that teams can do, by exact search, and playing it. */
import { checkers, type KernelEnvironment, switchGame } from '@descant/envs';
import { describe, expect, test } from 'vitest';
import { type Plan, plan } from './support/planner.ts';

/** Plays a plan and returns the team's total reward. */
function teamReturn(environment: KernelEnvironment, { actions }: Plan): number {
  environment.reset();
  let total = 0;
  for (const joint of actions) {
    const live = environment.agents;
    const chosen = live.map((agent) => [agent, joint[environment.possibleAgents.indexOf(agent)]]);
    const { rewards } = environment.step(Object.fromEntries(chosen));
    total += Object.values(rewards).reduce((sum, reward) => sum + reward, 0);
  }
  expect(environment.agents).toEqual([]);
  return total;
}

const checkersKey = (state: Float64Array) => (state[2] * 24 + state[0]) * 24 + state[1];

/** Searches take seconds, more where a machine has much else to do. */
const TIMEOUT = 120_000;

describe('Checkers', () => {
  test.each([
    ['head', 10, 86.26],
    ['2020', 5, 41.26],
  ] as const)(
    'by the rules of %s',
    (rules, apple, best) => {
      const environment = checkers({ rules });
      // A step without loss would eat an apple of 9: what is lost against that, in hundredths, counts as cost.
      const cost = (rewards: Float64Array) => {
        const eaten = Math.round(rewards[0] + 0.01) + Math.round(rewards[1] + 0.01);
        const apples =
          (Math.round(rewards[0] + 0.01) > 0 ? 1 : 0) + (Math.round(rewards[1] + 0.01) > 0 ? 1 : 0);
        return 100 * (apple * apples - eaten) + 2;
      };
      const found = plan(environment.kernel, checkersKey, cost);
      expect(9 * apple - found.cost / 100).toBeCloseTo(best, 9);
      expect(found.actions.length).toBe(37);
      expect(teamReturn(environment, found)).toBeCloseTo(best, 9);
    },
    TIMEOUT,
  );
});

/** Whether an agent of Switch would leave the grid or walk into a wall. */
function intoWall(state: Float64Array, agent: number, action: number): boolean {
  const [down, right] = [
    [1, 0],
    [0, -1],
    [-1, 0],
    [0, 1],
  ][action];
  const [row, column] = [Math.floor(state[agent] / 7) + down, (state[agent] % 7) + right];
  return row < 0 || row > 2 || column < 0 || column > 6 || (row !== 1 && column >= 2 && column <= 4);
}

describe('Switch', () => {
  test.each([
    ['head', 16.1],
    ['2020', 14.4],
  ] as const)(
    'by the rules of %s',
    (rules, best) => {
      const environment = switchGame({ rules });
      const cost = (rewards: Float64Array) =>
        rewards.reduce((sum, r) => sum + (r < 0 ? Math.round(-10 * r) : 0), 0);
      const key = (state: Float64Array) => state.reduce((sum, cell) => sum * 21 + cell, 0);
      const found = plan(environment.kernel, key, cost, intoWall);
      expect(20 - found.cost / 10).toBeCloseTo(best, 9);
      expect(found.actions.length).toBe(15);
      expect(teamReturn(environment, found)).toBeCloseTo(best, 9);
    },
    TIMEOUT,
  );
});
