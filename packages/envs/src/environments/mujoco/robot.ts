/** Robots whose joints belong to several agents, from a model and the rules that Gymnasium has for it. */
import { ArgumentError } from '@descant/tensor-ops';
import { fromKernel, type KernelEnvironment } from '../../kernel/environment.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Random } from '../../random/random.ts';
import { box } from '../../spaces/box.ts';
import { show } from '../../spaces/space.ts';
import { agentNames, checkChoice, checkNames, checkSteps } from '../options.ts';
import { loadSimulator } from './load.ts';
import { robotScene } from './picture.ts';
import type { Simulator } from './simulator.ts';

/** Options that all robots have. */
export interface RobotOptions {
  /** Rules of Gym's `v2` (default) or Gymnasium's `v5`. */
  readonly version?: 'v2' | 'v5';
  /** Steps until the episode is truncated; default 1000. */
  readonly maxSteps?: number;
}

/** The rules of a robot. */
export interface RobotRules {
  readonly name: string;
  readonly mjcf: string;
  /** The actuators of each agent. */
  readonly actuators: readonly (readonly number[])[];
  /** Steps of the model for each step of the environment, and their length in seconds. */
  readonly frameSkip: number;
  readonly timeStep: number;
  /** Largest noise of the first positions, which is uniform. */
  readonly noise: number;
  /** Noise of the first velocities. */
  velocityNoise(random: Random): number;
  /** How many positions from the first are not observed. */
  readonly hidden: number;
  /** Observed velocities are clipped to this. */
  readonly velocityBound: number;
  /** What is observed of the forces of contacts: they, so many zeros, or nothing. */
  readonly forces: 'clipped' | number;
  /** Whether progress is that of the torso when forces were last computed, or else of the first position. */
  readonly torsoProgress: boolean;
  readonly controlCost: number;
  readonly contactCost: number;
  /** What each step gives; in an unhealthy state only if `paysUnhealthy`. */
  readonly healthyReward: number;
  readonly paysUnhealthy: boolean;
  /** Whether the episode goes on: the state is positions, then velocities. */
  isHealthy(state: Float64Array): boolean;
}

const clip = (x: number, bound: number): number => Math.max(-bound, Math.min(bound, x));

/** The options of a robot with their defaults, checked. */
export function robotOptions<P extends string>(
  fn: string,
  options: RobotOptions & { readonly partition?: P },
  partitions: readonly [P, ...P[]],
): Required<RobotOptions> & { readonly partition: P } {
  checkNames(fn, options, ['version', 'maxSteps', ...(partitions.length > 1 ? ['partition'] : [])]);
  const { version = 'v2', maxSteps = 1000, partition = partitions[0] } = options;
  checkChoice(fn, 'version', version, ['v2', 'v5']);
  checkSteps(fn, 'maxSteps', maxSteps);
  checkChoice(fn, 'partition', partition, partitions);
  return { version, maxSteps, partition };
}

/** Numbers of an option of `reset`, or what is drawn instead. */
function given(rules: RobotRules, name: string, value: unknown, drawn: Float64Array): Float64Array {
  if (value === undefined) return drawn;
  const values = Array.isArray(value) || value instanceof Float64Array ? value : [];
  if (values.length !== drawn.length || !values.every((x: unknown) => Number.isFinite(x))) {
    const expected = `be ${drawn.length} finite numbers`;
    throw new ArgumentError(`${rules.name}.reset`, `options.${name}`, expected, show(value));
  }
  return Float64Array.from(values);
}

/**
 * The environment of a robot. Its state: positions, velocities, the solver's warm start, the place that progress is
 * measured from, and the clipped forces of contacts where they are observed.
 */
export async function robotEnvironment(
  fn: string,
  rules: RobotRules,
  maxSteps: number,
): Promise<KernelEnvironment> {
  return fromKernel(robotKernel(rules, maxSteps, await loadSimulator(fn, rules.mjcf)));
}

function robotKernel(rules: RobotRules, maxSteps: number, simulator: Simulator): Kernel {
  const { positions, velocities, bodies, atRest } = simulator;
  const { actuators, hidden, forces } = rules;
  const count = actuators.length;
  const measured = forces === 'clipped';
  const warmAt = positions + velocities;
  const placeAt = warmAt + velocities;
  const forcesAt = placeAt + 1;
  const stateSize = forcesAt + (measured ? 6 * bodies : 0);
  // The world, which is body 0, is not observed when forces are.
  const forcesSeen = measured ? 6 * (bodies - 1) : forces;
  const size = warmAt - hidden + forcesSeen;
  const seconds = rules.frameSkip * rules.timeStep;
  const action = box({ shape: [actuators[0].length], dtype: 'float64', low: -1, high: 1 });

  /** Copies what an instance must remember out of MuJoCo's memory. */
  const save = (state: Float64Array, at: number): void => {
    const { views } = simulator;
    state.set(views.qpos, at);
    state.set(views.qvel, at + positions);
    state.set(views.warmStart, at + warmAt);
    state[at + placeAt] = rules.torsoProgress ? views.bodies[3] : views.qpos[0];
    for (let k = 0; k < stateSize - forcesAt; k++) state[at + forcesAt + k] = clip(views.forces[k], 1);
  };

  return {
    name: rules.name,
    agents: agentNames(count),
    observation: box({ shape: [size], dtype: 'float64' }),
    actions: actuators.map(() => action),
    maxSteps,
    stateSize,
    resetOptions: ['qpos', 'qvel'],
    reset(state, at, random, options) {
      const noisy = atRest.map((x) => x + random.uniform(-rules.noise, rules.noise));
      const qpos = given(rules, 'qpos', options.qpos, noisy);
      const moving = new Float64Array(velocities).map(() => rules.velocityNoise(random));
      simulator.start(qpos, given(rules, 'qvel', options.qvel, moving));
      save(state, at);
    },
    step(state, at, actions, actionsAt, _random, rewards, terminated, agentsAt) {
      if (terminated[agentsAt] !== 0) return;
      const { views } = simulator;
      views.qpos.set(state.subarray(at, at + positions));
      views.qvel.set(state.subarray(at + positions, at + warmAt));
      views.warmStart.set(state.subarray(at + warmAt, at + placeAt));
      let control = 0;
      for (const [i, own] of actuators.entries()) {
        for (const [k, actuator] of own.entries()) {
          const force = actions[actionsAt + i * own.length + k];
          views.ctrl[actuator] = force;
          control += force * force;
        }
      }
      if (!simulator.advance(rules.frameSkip, measured)) {
        const received = 'numbers that are infinite, huge or undefined';
        throw new ArgumentError(`${rules.name}.step`, 'the simulation', 'not diverge', received);
      }
      const before = state[at + placeAt];
      save(state, at);
      let contact = 0;
      for (let k = at + forcesAt; k < at + stateSize; k++) contact += state[k] * state[k];
      const healthy = rules.isHealthy(state.subarray(at, at + warmAt));
      const reward =
        (state[at + placeAt] - before) / seconds +
        (healthy || rules.paysUnhealthy ? rules.healthyReward : 0) -
        rules.controlCost * control -
        rules.contactCost * contact;
      rewards.fill(reward, agentsAt, agentsAt + count);
      if (!healthy) terminated.fill(1, agentsAt, agentsAt + count);
    },
    observe(state, at, _time, out, outAt) {
      for (let i = 0, to = outAt; i < count; i++, to += size) {
        const seen = warmAt - hidden;
        for (let k = 0; k < seen; k++) {
          const value = state[at + hidden + k];
          out[to + k] = hidden + k < positions ? value : clip(value, rules.velocityBound);
        }
        if (measured) {
          for (let k = 0; k < forcesSeen; k++) out[to + seen + k] = state[at + forcesAt + 6 + k];
        } else out.fill(0, to + seen, to + size);
      }
    },
    text(state, at) {
      const line = (from: number, to: number) =>
        Array.from(state.subarray(at + from, at + to), (x) => x.toFixed(3)).join(' ');
      return `positions ${line(0, positions)}\nvelocities ${line(positions, warmAt)}`;
    },
    draw: (state, at) => robotScene(simulator.limbs(state.subarray(at, at + positions)), state[at]),
  };
}
