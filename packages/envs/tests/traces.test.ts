/** Traces of the environments' original code. */
import {
  checkers,
  circleWorld,
  type KernelEnvironment,
  mountainCarContinuous,
  pendulum,
  switchGame,
} from '@descant/envs';
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

describe('Switch is ma-gym’s', () => {
  test.each(Object.entries(vectors.switch4.traces))('%s', (_name, trace) => {
    expect(trace.steps.length).toBe(trace.n_steps);
    expect(gridDistance(switchGame(), trace)).toBeLessThan(TOLERANCE);
  });

  test('other rules are noticed', () => {
    // An agent arrives in this trace; by the rules of 2020 it would stay and pay.
    expect(gridDistance(switchGame({ rules: '2020' }), vectors.switch4.traces.lcg11)).toBe(
      Number.POSITIVE_INFINITY,
    );
  });
});

describe('the pendulum is Gym’s', () => {
  /** The largest distance from a trace of angle, speed and reward. */
  function distance(environment: KernelEnvironment, rows: readonly (readonly number[])[]): number {
    environment.reset({ options: { state: [1, -0.5] } });
    const distances = rows.map(([angle, speed, reward], t) => {
      const torque = 2.5 * Math.sin(0.21 * t) + 0.3 * Math.cos(1.7 * t);
      const step = environment.step({ agent_0: [torque] });
      const [cos, sin, seen] = step.observations.agent_0;
      const worst = [cos - Math.cos(angle), sin - Math.sin(angle), seen - speed];
      return Math.max(Math.abs(step.rewards.agent_0 - reward), ...worst.map(Math.abs));
    });
    return Math.max(...distances);
  }

  const v0 = vectors.pendulum['v0_gym0.17.2_from_[1.0,-0.5]'];
  const v1 = vectors.pendulum['v1_gym0.26_from_[1.0,-0.5]'];

  test('v0 and v1', () => {
    expect(distance(pendulum({ version: 'v0' }), v0)).toBeLessThan(TOLERANCE);
    expect(distance(pendulum({ version: 'v1' }), v1)).toBeLessThan(TOLERANCE);
  });

  test('each version differs from the other', () => {
    expect(distance(pendulum({ version: 'v1' }), v0)).toBeGreaterThan(0.1);
    expect(distance(pendulum({ version: 'v0' }), v1)).toBeGreaterThan(0.1);
  });
});

describe('MountainCarContinuous is Gym’s', () => {
  test('a force in the direction of the velocity reaches the goal', () => {
    const rows = vectors.mountaincar_continuous['float64_gym0.17.2']['bangbang_sign_velocity_from_[-0.5,0]'];
    const environment = mountainCarContinuous();
    let velocity = environment.reset({ options: { state: [-0.5, 0] } }).observations.agent_0[1];
    for (const [position, speed, reward, done] of rows) {
      const step = environment.step({ agent_0: [velocity >= 0 ? 1 : -1] });
      const seen = step.observations.agent_0;
      expect(Math.abs(seen[0] - position)).toBeLessThan(TOLERANCE);
      expect(Math.abs(seen[1] - speed)).toBeLessThan(TOLERANCE);
      expect(Math.abs(step.rewards.agent_0 - reward)).toBeLessThan(TOLERANCE);
      expect(step.terminations.agent_0).toBe(done);
      velocity = seen[1];
    }
    expect(environment.agents).toEqual([]);
  });

  test('an action beyond 1 costs in full and pushes like 1', () => {
    const [one, three] = [1, 3].map((action) => {
      const environment = mountainCarContinuous();
      environment.reset({ options: { state: [-0.5, 0.01] } });
      return environment.step({ agent_0: [action] });
    });
    expect(three.observations.agent_0).toEqual(one.observations.agent_0);
    expect(three.rewards.agent_0).toBeCloseTo(9 * one.rewards.agent_0, 12);
  });
});

describe('CircleWorld is that of FTNPL', () => {
  test('mode 1 with a varying radius', () => {
    const { reset_obs, rows } = vectors.circleworld_ftnpl.traces['mode1_A10_K1_C-10'];
    const environment = circleWorld();
    const { observations } = environment.reset({ options: { mode: 1 } });
    reset_obs.forEach((value, k) => {
      expect(Math.abs(observations.agent_0[k] - value)).toBeLessThan(TOLERANCE);
    });
    rows.forEach(([x, y, reward, done], t) => {
      const step = environment.step({ agent_0: [0.05 * Math.sin(0.3 * t)] });
      expect(Math.abs(step.observations.agent_0[8] - x)).toBeLessThan(TOLERANCE);
      expect(Math.abs(step.observations.agent_0[9] - y)).toBeLessThan(TOLERANCE);
      expect(Math.abs(step.rewards.agent_0 - reward)).toBeLessThan(TOLERANCE);
      expect(step.terminations.agent_0).toBe(done === 1);
    });
    expect(rows.length).toBe(91);
  });
});
