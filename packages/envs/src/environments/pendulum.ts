/** The pendulum that is to be swung up. */
import { fromKernel, type KernelEnvironment } from '../kernel/environment.ts';
import { stroke } from '../render/scene.ts';
import { box } from '../spaces/box.ts';
import { agentNames, checkChoice, checkNames, checkSteps } from './options.ts';

/** Options of `pendulum`. */
export interface PendulumOptions {
  /** `v1` (default, Gym since 0.21 and Gymnasium) or `v0` (Gym before). */
  readonly version?: 'v0' | 'v1';
  /** Steps until the episode is truncated; default 200. */
  readonly maxSteps?: number;
}

const GRAVITY = 10;
const MASS = 1;
const LENGTH = 1;
const TIME_STEP = 0.05;
const MAX_SPEED = 8;
const MAX_TORQUE = 2;

/** An angle in [-pi, pi), 0 being upright. */
const normalise = (angle: number): number => {
  const turn = 2 * Math.PI;
  return ((((angle + Math.PI) % turn) + turn) % turn) - Math.PI;
};

const clip = (x: number, bound: number): number => Math.max(-bound, Math.min(bound, x));

/**
 * Pendulum: a torque within +-2 is to swing a pendulum up and hold it there.
 *
 * The reward of a step is -(angle^2 + 0.1 speed^2 + 0.001 torque^2) of the state before it, the angle in [-pi, pi)
 * with 0 upright and the torque clipped. Then, with g = 10, m = l = 1 and dt = 0.05,
 * `speed' = clip(speed + (3 g / (2 l) sin(angle) + 3 / (m l^2) torque) dt, 8)` and `angle' = angle + speed' dt`.
 * In v0 the angle moves with the speed before it is clipped. Observation: cos, sin of the angle, speed. Start: angle
 * uniform on [-pi, pi), speed on [-1, 1). State: angle, speed.
 *
 * Source: Gym 0.17.2 (`Pendulum-v0`) and 0.26 (`Pendulum-v1`), in float64 throughout.
 *
 * @throws ArgumentError when an option is unknown or invalid.
 *
 * @example
 * ```ts
 * import { pendulum } from '@descant/envs';
 * const environment = pendulum();
 * environment.reset({ options: { state: [1, -0.5] } });
 * environment.step({ agent_0: [0] }).rewards.agent_0; // => -1.025
 * ```
 */
export function pendulum(options: PendulumOptions = {}): KernelEnvironment {
  checkNames('pendulum', options, ['version', 'maxSteps']);
  const { version = 'v1', maxSteps = 200 } = options;
  checkChoice('pendulum', 'version', version, ['v0', 'v1']);
  checkSteps('pendulum', 'maxSteps', maxSteps);
  const clipsFirst = version === 'v1';
  return fromKernel({
    name: `pendulum-${version}`,
    agents: agentNames(1),
    observation: box({ shape: [3], dtype: 'float64', low: [-1, -1, -MAX_SPEED], high: [1, 1, MAX_SPEED] }),
    actions: [box({ shape: [1], dtype: 'float64', low: -MAX_TORQUE, high: MAX_TORQUE })],
    clipsActions: true,
    maxSteps,
    stateSize: 2,
    reset(state, at, random) {
      state[at] = random.uniform(-Math.PI, Math.PI);
      state[at + 1] = random.uniform(-1, 1);
    },
    step(state, at, actions, actionsAt, _random, rewards, _terminated, agentsAt) {
      const angle = state[at];
      const speed = state[at + 1];
      const torque = clip(actions[actionsAt], MAX_TORQUE);
      rewards[agentsAt] = -(normalise(angle) ** 2 + 0.1 * speed ** 2 + 0.001 * torque ** 2);
      const fall = ((3 * GRAVITY) / (2 * LENGTH)) * Math.sin(angle);
      const unclipped = speed + (fall + (3 / (MASS * LENGTH ** 2)) * torque) * TIME_STEP;
      const clipped = clip(unclipped, MAX_SPEED);
      state[at] = angle + (clipsFirst ? clipped : unclipped) * TIME_STEP;
      state[at + 1] = clipped;
    },
    observe(state, at, _time, out, outAt) {
      out[outAt] = Math.cos(state[at]);
      out[outAt + 1] = Math.sin(state[at]);
      out[outAt + 2] = state[at + 1];
    },
    text: (state, at) => `angle ${normalise(state[at]).toFixed(3)}, speed ${state[at + 1].toFixed(3)}`,
    draw(state, at) {
      const tip = [80 - 60 * Math.sin(state[at]), 80 - 60 * Math.cos(state[at])] as const;
      const rod = stroke([80, 80], tip, 10, '#cc4c4c');
      const axle = { kind: 'circle', x: 80, y: 80, radius: 4, fill: '#000000' } as const;
      return { width: 160, height: 160, background: '#ffffff', shapes: [rod, axle] };
    },
  });
}
