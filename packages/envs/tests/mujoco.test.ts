/** Multi-agent MuJoCo: models and traces of the original ones, rules, errors. */
import { readFileSync } from 'node:fs';
import {
  checkEnv,
  type KernelEnvironment,
  type ParallelEnvironment,
  type Random,
  random,
} from '@descant/envs';
import { ant, halfCheetah, hopper } from '@descant/envs/mujoco';
import { fc } from '@fast-check/vitest';
import loadMujoco from '@mujoco/mujoco';
import { describe, expect, test, vi } from 'vitest';
import { ANT_MJCF } from '../src/environments/mujoco/ant.ts';
import { HALF_CHEETAH_MJCF } from '../src/environments/mujoco/half-cheetah.ts';
import { HOPPER_MJCF } from '../src/environments/mujoco/hopper.ts';
import { loadSimulator } from '../src/environments/mujoco/load.ts';
import { messageOf } from './support/errors.ts';

interface Trace {
  readonly amp: number;
  readonly frame_skip: number;
  readonly first_terminated?: number;
  readonly body_mass: readonly number[];
  readonly body_inertia: readonly number[];
  readonly jnt_range_rad: readonly number[];
  readonly qpos0: readonly number[];
  readonly gear: readonly number[];
  readonly dof_damping: readonly number[];
  readonly dof_armature: readonly number[];
  readonly trace: readonly {
    readonly qpos: readonly number[];
    readonly qvel: readonly number[];
    readonly reward: number;
    readonly terminated: boolean;
    readonly contact_cost_if_rne?: number;
  }[];
}

interface Vectors {
  readonly hopper: Trace;
  readonly ant: Trace;
  readonly half_cheetah: Trace;
  readonly partitions: Readonly<Record<string, { readonly actuators: readonly (readonly number[])[] }>>;
}

const vectors: Vectors = JSON.parse(readFileSync(new URL('./vectors/mujoco.json', import.meta.url), 'utf8'));
const TOLERANCE = 1e-9;

/** Every form that the options give, and what it must agree with. */
const robots = {
  'hopper 3x1 v2': { make: () => hopper(), trace: vectors.hopper, mapping: 'Hopper 3x1', size: 11 },
  'hopper 3x1 v5': {
    make: () => hopper({ version: 'v5' }),
    trace: vectors.hopper,
    mapping: 'Hopper 3x1',
    size: 11,
  },
  'ant 4x2 v2': { make: () => ant(), trace: vectors.ant, mapping: 'Ant 4x2', size: 111 },
  'ant 2x4 v5': {
    make: () => ant({ partition: '2x4', version: 'v5' }),
    trace: vectors.ant,
    mapping: 'Ant 2x4',
    size: 105,
  },
  'half cheetah 2x3 v2': { make: () => halfCheetah(), trace: vectors.half_cheetah, mapping: null, size: 17 },
} as const;
type Robot = (typeof robots)[keyof typeof robots];

const partitionOf = ({ mapping }: Robot) =>
  mapping === null
    ? [
        [0, 1, 2],
        [3, 4, 5],
      ]
    : vectors.partitions[mapping].actuators;

/** Plays a trace: the largest distance of positions and velocities and the rewards, step by step. */
function follow(environment: KernelEnvironment, robot: Robot, change = (force: number) => force) {
  const { trace, amp, qpos0, qvel } = { ...robot.trace, qvel: robot.trace.trace[0].qvel.map(() => 0) };
  environment.reset({ options: { qpos: [...qpos0], qvel } });
  const played = [];
  for (const [t, expected] of trace.entries()) {
    if (environment.agents.length === 0) break;
    const force = (k: number) => amp * Math.sin(0.37 * (t + 1) * (k + 1) + 0.5 * k);
    const action = (k: number) => change(Math.max(-1, Math.min(1, force(k))));
    const actions = partitionOf(robot).map((own, i) => [`agent_${i}`, own.map(action)] as const);
    const step = environment.step(Object.fromEntries(actions));
    const { state } = environment.getState() as { state: Float64Array };
    const wanted = [...expected.qpos, ...expected.qvel];
    const distance = Math.max(...wanted.map((x, k) => Math.abs(x - state[k])));
    played.push({ distance, rewards: Object.values(step.rewards), ended: environment.agents.length === 0 });
  }
  return played;
}

const worst = (values: readonly number[]) => Math.max(...values);

describe.each(Object.entries(robots))('%s', (name, robot) => {
  const last = robot.trace.first_terminated ?? -1;
  const length = last < 0 ? robot.trace.trace.length : last + 1;

  test('moves as the original model does, until the episode ends', async () => {
    const played = follow(await robot.make(), robot);
    expect(played.length).toBe(length);
    expect(worst(played.slice(0, 20).map((step) => step.distance))).toBeLessThan(TOLERANCE);
    expect(worst(played.map((step) => step.distance))).toBeLessThan(1e-4);
    expect(played.findIndex((step) => step.ended)).toBe(last);
  });

  test('gives all agents the same reward, the trace’s', async () => {
    const v5 = name.endsWith('v5');
    const played = follow(await robot.make(), robot);
    for (const [t, { rewards, ended }] of played.entries()) {
      const { reward, contact_cost_if_rne: contact = 0 } = robot.trace.trace[t];
      // v5 counts contacts, and gives nothing for being healthy to one who is not.
      const expected = v5 ? reward - contact - (ended ? 1 : 0) : reward;
      for (const received of rewards) expect(Math.abs(received - expected)).toBeLessThan(1e-8);
    }
  });

  test('other forces give another trace', async () => {
    const played = follow(await robot.make(), robot, (force) => force * 0.999);
    expect(worst(played.map((step) => step.distance))).toBeGreaterThan(1e-5);
  });

  test('passes checkEnv', async () => {
    expect(checkEnv((await robot.make()) as ParallelEnvironment, { seed: 3, steps: 60 })).toEqual([]);
  });

  test('shows all agents positions, velocities and forces', async () => {
    const environment = await robot.make();
    const { observations } = environment.reset({ seed: 1 });
    const { state } = environment.getState() as { state: Float64Array };
    const { qpos0, trace } = robot.trace;
    const seen = trace[0].qpos.length + trace[0].qvel.length;
    const hidden = name.startsWith('ant') ? 2 : 1;
    expect(state.slice(0, qpos0.length).some((x, k) => x !== qpos0[k])).toBe(true);
    for (const agent of environment.possibleAgents) {
      expect(observations[agent].length).toBe(robot.size);
      expect([...observations[agent].slice(0, seen - hidden)]).toEqual([...state.slice(hidden, seen)]);
      expect(observations[agent].slice(seen - hidden).every((x) => x === 0)).toBe(true);
    }
  });

  test('begins within the noise of the rules', async () => {
    const environment = await robot.make();
    const normal = !name.startsWith('hopper');
    const bound = normal ? 0.1 : 0.005;
    const { qpos0, trace } = robot.trace;
    const speeds: number[] = [];
    environment.reset({ seed: 11 });
    for (let episode = 0; episode < 200; episode++) {
      const { state } = environment.getState() as { state: Float64Array };
      for (const [k, x] of qpos0.entries()) expect(Math.abs(state[k] - x)).toBeLessThanOrEqual(bound);
      speeds.push(...state.slice(qpos0.length, qpos0.length + trace[0].qvel.length));
      environment.reset();
    }
    // At least 1200 numbers of seed 11: five standard errors of a mean square, whose variance is at most 2 sigma^4.
    const variance = normal ? bound ** 2 : bound ** 2 / 3;
    const meanSquare = speeds.reduce((sum, x) => sum + x * x, 0) / speeds.length;
    expect(Math.abs(meanSquare - variance)).toBeLessThan(5 * variance * Math.sqrt(2 / speeds.length));
  });

  test('makes pictures that move', async () => {
    const environment = await robot.make();
    environment.reset({ seed: 2 });
    const before = environment.render('svg');
    const zeros = partitionOf(robot).map((own, i) => [`agent_${i}`, own.map(() => 1)] as const);
    environment.step(Object.fromEntries(zeros));
    expect(environment.render('svg')).not.toBe(before);
    expect(environment.render('rgb').width).toBe(320);
    expect(environment.render('text')).toMatch(/^positions (-?\d+\.\d{3} ?)+\nvelocities (-?\d+\.\d{3} ?)+$/);
  });
});

describe('models', () => {
  test.each([
    ['hopper', HOPPER_MJCF, vectors.hopper],
    ['ant', ANT_MJCF, vectors.ant],
    ['half cheetah', HALF_CHEETAH_MJCF, vectors.half_cheetah],
  ] as const)('%s has the masses, ranges and gears of the original', async (_name, mjcf, expected) => {
    const mujoco = await loadMujoco();
    const model = mujoco.MjModel.from_xml_string(mjcf);
    const constants = {
      body_mass: model.body_mass,
      body_inertia: model.body_inertia,
      jnt_range_rad: model.jnt_range,
      qpos0: model.qpos0,
      gear: Array.from(model.actuator_gear as Float64Array).filter((_, k) => k % 6 === 0),
      dof_damping: model.dof_damping,
      dof_armature: model.dof_armature,
    };
    for (const [key, values] of Object.entries(constants)) {
      const wanted = expected[key as keyof typeof constants];
      expect(values.length).toBe(wanted.length);
      expect(worst(Array.from(values as number[], (x, k) => Math.abs(x - wanted[k])))).toBeLessThan(1e-9);
    }
    model.delete();
  });
});

const randomActions = (environment: KernelEnvironment, stream: Random) =>
  Object.fromEntries(
    environment.agents.map((agent) => [agent, environment.actionSpace(agent).sample(stream)]),
  );

describe('what is seen', () => {
  test('velocities of the hopper are clipped to 10, others are not', async () => {
    const [one, other] = [await hopper(), await halfCheetah()];
    const fast = [20, -20, 3, 0, 9, 11];
    const seen = one.reset({ options: { qvel: fast } }).observations.agent_0;
    expect([...seen.slice(5)]).toEqual([10, -10, 3, 0, 9, 10]);
    const options = { qvel: [...fast, 30, 0, 0] };
    expect([...other.reset({ options }).observations.agent_1.slice(8)]).toEqual(options.qvel);
  });

  test('forces on the bodies of the ant, clipped, in v5 and not in v2', async () => {
    const tails = [];
    for (const version of ['v5', 'v2'] as const) {
      const environment = await ant({ version });
      const qpos = [0, 0, 0.55, 1, 0, 0, 0, 0, 1, 0, -1, 0, -1, 0, 1];
      environment.reset({ options: { qpos, qvel: new Float64Array(14) } });
      const still = Object.fromEntries(environment.agents.map((agent) => [agent, [0, 0]]));
      // Long enough to stand on the floor.
      for (let t = 0; t < 60; t++) environment.step(still);
      const { rewards, observations } = environment.step(still);
      tails.push({ reward: rewards.agent_0, forces: Array.from(observations.agent_3.slice(27)) });
    }
    const [measured, zeros] = tails;
    const squares = measured.forces.reduce((sum, x) => sum + x * x, 0);
    expect(squares).toBeGreaterThan(1);
    expect(measured.forces.every((x) => Math.abs(x) <= 1)).toBe(true);
    expect(zeros.forces.every((x) => x === 0)).toBe(true);
    // The cost counts the world as well, which is not seen: at most six more.
    const cost = (zeros.reward - measured.reward) / 5e-4;
    expect(cost).toBeGreaterThan(squares - 1e-6);
    expect(cost).toBeLessThan(squares + 6 + 1e-6);
  });
});

describe('properties', () => {
  test('a reward is progress, health and the cost of control', async () => {
    const environment = await hopper({ version: 'v5' });
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const stream = random(seed);
        environment.reset({ seed });
        for (let t = 0; t < 30 && environment.agents.length > 0; t++) {
          const before = (environment.getState() as { state: Float64Array }).state;
          const actions = randomActions(environment, stream);
          const { rewards, terminations } = environment.step(actions);
          const after = (environment.getState() as { state: Float64Array }).state;
          const squares = Object.values(actions).reduce<number>((sum, a) => sum + (a as number[])[0] ** 2, 0);
          const healthy = after[1] > 0.7 && Math.abs(after[2]) < 0.2;
          const expected = (after[0] - before[0]) / 0.008 + (healthy ? 1 : 0) - 0.001 * squares;
          expect(Math.abs(rewards.agent_0 - expected)).toBeLessThan(1e-9);
          expect(terminations.agent_1).toBe(!healthy);
        }
      }),
      { numRuns: 20 },
    );
  });

  test('a seed determines the episode, whatever else is simulated in between', async () => {
    const [one, other] = [await ant({ version: 'v5' }), await ant({ version: 'v5' })];
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (seed, noise) => {
        const play = (disturbance?: KernelEnvironment) => {
          const stream = random(seed);
          const disturbing = random(noise);
          disturbance?.reset({ seed: noise });
          const seen = [one.reset({ seed }).observations.agent_0.slice()];
          for (let t = 0; t < 8 && one.agents.length > 0; t++) {
            if (disturbance && disturbance.agents.length > 0) {
              disturbance.step(randomActions(disturbance, disturbing));
            }
            seen.push(one.step(randomActions(one, stream)).observations.agent_0.slice());
          }
          return seen;
        };
        expect(play(other)).toEqual(play());
      }),
      { numRuns: 20 },
    );
  });

  test('the ant’s episode ends when its body is too high', async () => {
    const environment = await ant();
    const zeros = Object.fromEntries(environment.possibleAgents.map((agent) => [agent, [0, 0]]));
    const qvel = new Float64Array(14);
    const from = (z: number) => {
      environment.reset({ options: { qpos: [0, 0, z, 1, 0, 0, 0, 0, 1, 0, -1, 0, -1, 0, 1], qvel } });
      return environment.step(zeros).terminations.agent_3;
    };
    expect([from(0.6), from(1.3)]).toEqual([false, true]);
  });

  test('the windows on MuJoCo’s memory survive its growth', async () => {
    const environment = await hopper();
    const play = () => follow(environment, robots['hopper 3x1 v2']).map(({ rewards }) => rewards[0]);
    const before = play();
    const simulator = await loadSimulator('test', HOPPER_MJCF);
    const view = simulator.views.qpos;
    // Models of their own, until memory grows and empties the windows.
    for (let k = 0; view.length > 0 && k < 200; k++) {
      const big = ANT_MJCF.replace('100K', '10M').replace('model="ant"', `model="ant ${k}"`);
      await loadSimulator('test', big);
    }
    expect(view.length).toBe(0);
    expect(play()).toEqual(before);
  });
});

describe('mistakes', () => {
  const rejection = (promise: Promise<unknown>) =>
    promise.then(
      () => 'no error',
      (error: Error) => error.message,
    );

  test('options', async () => {
    expect(await rejection(hopper({ version: 'v4' as never }))).toBe(
      'hopper: version must be one of v2, v5; got "v4"',
    );
    expect(await rejection(ant({ partition: '8x1' as never }))).toBe(
      'ant: partition must be one of 4x2, 2x4; got "8x1"',
    );
    expect(await rejection(halfCheetah({ maxSteps: 0 }))).toBe(
      'halfCheetah: maxSteps must be a whole number of at least 1, or Infinity; got 0',
    );
    expect(await rejection(hopper({ partition: '3x1' } as never))).toBe(
      'hopper: options must be among version, maxSteps; got partition',
    );
  });

  test('positions and velocities', async () => {
    const environment = await hopper();
    const reset = (options: Record<string, unknown>) => messageOf(() => environment.reset({ options }));
    expect(reset({ qpos: [1, 2] })).toBe(
      'hopper-3x1-v2.reset: options.qpos must be 6 finite numbers; got [1,2]',
    );
    expect(reset({ qvel: [0, 0, 0, 0, 0, Number.NaN] })).toBe(
      'hopper-3x1-v2.reset: options.qvel must be 6 finite numbers; got [0,0,0,0,0,NaN]',
    );
    expect(reset({ height: 1 })).toBe(
      'hopper-3x1-v2.reset: options must be among state, qpos, qvel; got height',
    );
  });

  test('actions, and steps after the end', async () => {
    const environment = await halfCheetah({ maxSteps: 1 });
    const step = (agent_1: unknown) =>
      messageOf(() => environment.step({ agent_0: [0, 0, 0], agent_1: agent_1 as number[] }));
    environment.reset();
    const expected =
      'half-cheetah-2x3-v2.step: the action of agent_1 must be in Box([3], float64, low -1, high 1); got ';
    expect(step([0, 0])).toBe(`${expected}[0,0]`);
    expect(step([0, 0, 1.5])).toBe(`${expected}[0,0,1.5]`);
    expect(step([0, 0, Number.NaN])).toBe(`${expected}[0,0,NaN]`);
    expect(step([0, 0, 1])).toBe('no error');
    expect(step([0, 0, 1])).toBe(
      'half-cheetah-2x3-v2.step: the episode must be running (call reset); got one that is over',
    );
  });

  test('a simulation that diverges is not begun again silently', async () => {
    const environment = await halfCheetah();
    const still = { agent_0: [0, 0, 0], agent_1: [0, 0, 0] };
    const message =
      'half-cheetah-2x3-v2.step: the simulation must not diverge; got numbers that are infinite, huge or undefined';
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    for (const speed of [1e9, 1e11, 1e200]) {
      environment.reset({ options: { qpos: new Float64Array(9), qvel: new Float64Array(9).fill(speed) } });
      expect(messageOf(() => environment.step(still))).toBe(message);
    }
    log.mockRestore();
    environment.reset({ seed: 1 });
    expect(messageOf(() => environment.step(still))).toBe('no error');
  });

  test('without MuJoCo', async () => {
    vi.resetModules();
    vi.doMock('@mujoco/mujoco', () => {
      throw new Error('Cannot find package');
    });
    const fresh = await import('../src/environments/mujoco/index.ts');
    expect(await rejection(fresh.ant())).toMatch(
      /^ant: the package @mujoco\/mujoco must be installed \(npm install @mujoco\/mujoco@3\.14\.0\); got /,
    );
    vi.doUnmock('@mujoco/mujoco');
  });
});
