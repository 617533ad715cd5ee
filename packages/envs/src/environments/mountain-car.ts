/** The car that is too weak for its hill. */
import { fromKernel, type KernelEnvironment } from '../kernel/environment.ts';
import type { Shape } from '../render/scene.ts';
import { box } from '../spaces/box.ts';
import { agentNames, checkNames, checkSteps } from './options.ts';

/** Options of `mountainCarContinuous`. */
export interface MountainCarOptions {
  /** Steps until the episode is truncated; default 999. */
  readonly maxSteps?: number;
}

const POWER = 0.0015;
const GRAVITY = 0.0025;
const LEFT = -1.2;
const RIGHT = 0.6;
const MAX_SPEED = 0.07;
const GOAL = 0.45;

const height = (position: number): number => Math.sin(3 * position) * 0.45 + 0.55;

/**
 * MountainCarContinuous: a car between two hills must rock itself up to the right one with a force within +-1.
 *
 * `velocity' = clip(velocity + 0.0015 force - 0.0025 cos(3 position), 0.07)`, `position' = clip(position + velocity',
 * -1.2, 0.6)`; the car stops at the left wall. The reward is -0.1 action^2, of the action before it is clipped to a
 * force, plus 100 when position >= 0.45 with velocity >= 0, which ends the episode. Start: position uniform on
 * [-0.6, -0.4), velocity 0. Observation and state: position, velocity.
 *
 * Source: Gym 0.17.2 (`MountainCarContinuous-v0`), in float64. That an action of 3 costs nine times as much as one of
 * 1 and pushes no harder is Gym's rule.
 *
 * @throws ArgumentError when an option is unknown or invalid.
 *
 * @example
 * ```ts
 * import { mountainCarContinuous } from '@descant/envs';
 * const environment = mountainCarContinuous();
 * environment.reset({ options: { state: [0.44, 0.05] } });
 * environment.step({ agent_0: [2] }).rewards.agent_0; // => 99.6
 * environment.agents; // => []
 * ```
 */
export function mountainCarContinuous(options: MountainCarOptions = {}): KernelEnvironment {
  checkNames('mountainCarContinuous', options, ['maxSteps']);
  const { maxSteps = 999 } = options;
  checkSteps('mountainCarContinuous', 'maxSteps', maxSteps);
  return fromKernel({
    name: 'mountain-car-continuous',
    agents: agentNames(1),
    observation: box({ shape: [2], dtype: 'float64', low: [LEFT, -MAX_SPEED], high: [RIGHT, MAX_SPEED] }),
    actions: [box({ shape: [1], dtype: 'float64', low: -1, high: 1 })],
    clipsActions: true,
    maxSteps,
    stateSize: 2,
    reset(state, at, random) {
      state[at] = random.uniform(-0.6, -0.4);
      state[at + 1] = 0;
    },
    step(state, at, actions, actionsAt, _random, rewards, terminated, agentsAt) {
      const action = actions[actionsAt];
      const force = Math.min(Math.max(action, -1), 1);
      const faster = state[at + 1] + force * POWER - GRAVITY * Math.cos(3 * state[at]);
      let velocity = Math.max(-MAX_SPEED, Math.min(MAX_SPEED, faster));
      const position = Math.max(LEFT, Math.min(RIGHT, state[at] + velocity));
      if (position === LEFT && velocity < 0) velocity = 0;
      state[at] = position;
      state[at + 1] = velocity;
      const arrived = position >= GOAL && velocity >= 0;
      rewards[agentsAt] = (arrived ? 100 : 0) - action ** 2 * 0.1;
      if (arrived) terminated[agentsAt] = 1;
    },
    observe(state, at, _time, out, outAt) {
      out[outAt] = state[at];
      out[outAt + 1] = state[at + 1];
    },
    text: (state, at) => `position ${state[at].toFixed(3)}, velocity ${state[at + 1].toFixed(4)}`,
    draw(state, at) {
      const [width, tall] = [240, 120];
      const x = (position: number) => ((position - LEFT) / (RIGHT - LEFT)) * width;
      const y = (position: number) => tall - height(position) * 90;
      const curve = Array.from({ length: 61 }, (_, k) => LEFT + ((RIGHT - LEFT) * k) / 60);
      const ground: Shape = {
        kind: 'polygon',
        points: [...curve.map((p) => [x(p), y(p)] as const), [width, tall], [0, tall]],
        fill: '#8c8c8c',
      };
      const flag: Shape = {
        kind: 'rectangle',
        x: x(GOAL),
        y: y(GOAL) - 24,
        width: 3,
        height: 24,
        fill: '#d6b400',
      };
      const car: Shape = { kind: 'circle', x: x(state[at]), y: y(state[at]) - 7, radius: 7, fill: '#1f77b4' };
      return { width, height: tall, background: '#ffffff', shapes: [ground, flag, car] };
    },
  });
}
