/** Traces of the environments' original code. */
import { checkers, type KernelEnvironment } from '@descant/envs';
import { describe, expect, test } from 'vitest';
import { type GridTrace, vectors } from './support/vectors.ts';

const TOLERANCE = 1e-9;

/** The largest distance between what an environment does and a trace; a missing agent counts as Infinity. */
function gridDistance(environment: KernelEnvironment, trace: GridTrace): number {
  let worst = 0;
  const compare = (a: ArrayLike<number>, b: ArrayLike<number>) => {
    if (a.length !== b.length) worst = Number.POSITIVE_INFINITY;
    else for (let k = 0; k < b.length; k++) worst = Math.max(worst, Math.abs(a[k] - b[k]));
  };
  const agents = environment.possibleAgents;
  const { observations } = environment.reset();
  agents.forEach((agent, i) => {
    compare(observations[agent], trace.reset_obs[i]);
  });
  const returns = agents.map(() => 0);
  for (const { a, obs, r, done } of trace.steps) {
    const live = [...environment.agents];
    const step = environment.step(Object.fromEntries(live.map((agent) => [agent, a[agents.indexOf(agent)]])));
    agents.forEach((agent, i) => {
      returns[i] += step.rewards[agent] ?? 0;
      compare([step.rewards[agent] ?? 0], [r[i]]);
      if (live.includes(agent)) compare(step.observations[agent], obs[i]);
      const isDone = !environment.agents.includes(agent);
      if (isDone !== done[i]) worst = Number.POSITIVE_INFINITY;
    });
  }
  compare(returns, trace.return_per_agent);
  return environment.agents.length === 0 ? worst : Number.POSITIVE_INFINITY;
}

describe('Checkers is ma-gym’s', () => {
  test.each(Object.entries(vectors.checkers.traces))('%s', (_name, trace) => {
    expect(trace.steps.length).toBe(trace.n_steps);
    expect(gridDistance(checkers(), trace)).toBeLessThan(TOLERANCE);
  });

  test('other rules are noticed', () => {
    const trace = vectors.checkers.traces.repo_test_rollout;
    expect(gridDistance(checkers({ stepCost: -0.011 }), trace)).toBeGreaterThan(9e-4);
    expect(gridDistance(checkers({ rules: '2020' }), trace)).toBe(Number.POSITIVE_INFINITY);
  });
});
