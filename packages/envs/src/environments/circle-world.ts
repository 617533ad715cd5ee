/** Circles to be drawn as experts draw them. */

import { ArgumentError } from '@descant/tensor-ops';
import { fromKernel, type KernelEnvironment } from '../kernel/environment.ts';
import type { Random } from '../random/random.ts';
import type { Shape } from '../render/scene.ts';
import { box } from '../spaces/box.ts';
import { show } from '../spaces/space.ts';
import { agentNames, checkChoice, checkNames } from './options.ts';

/** Options of `circleWorld`. */
export interface CircleWorldOptions {
  /** 0, 1 or 2: the circle of every episode; default: one of the three, each equally likely. */
  readonly mode?: 0 | 1 | 2;
}

/** Radius and height of the centre of the three circles. */
const CIRCLES = [
  [10, 10],
  [10, -10],
  [20, 20],
] as const;

/** Angles are 0, 0.1, 0.2, ... below 3 pi. */
const ANGLES = 95;
const ANGLE_STEP = 0.1;
const SEEN = 5;

/** Places in the state: the radius, the height of the centre, the angle's number, and then the points seen. */
const [RADIUS, CENTRE, INDEX, POINTS] = [0, 1, 2, 3];

function point(state: Float64Array, at: number, index: number, to: number): void {
  const angle = index * ANGLE_STEP;
  state[to] = state[at + RADIUS] * Math.cos(angle);
  state[to + 1] = state[at + RADIUS] * Math.sin(angle) + state[at + CENTRE];
}

/**
 * The action of an expert: it keeps the radius but for noise, N(0, 0.01^2).
 *
 * Source: the code of FTNPL (Azarafrooz 2020), whose expression for a correction is always 0.
 *
 * @example
 * ```ts
 * import { circleWorldExpert, random } from '@descant/envs';
 * Math.abs(circleWorldExpert(undefined, random(0))[0]) < 0.06; // => true
 * ```
 */
export function circleWorldExpert(_observation: unknown, random: Random): Float64Array {
  return Float64Array.of(0.01 * random.normal());
}

/**
 * CircleWorld: a point goes around one of three circles by 0.1 rad a step, and the action changes its radius.
 *
 * The circles have radius and height of the centre (10, 10), (10, -10) and (20, 20). An episode goes through the 95
 * angles 0, 0.1, ..., 9.4; the first five points are given, and each step adds one: `x = r cos(angle)`,
 * `y = r sin(angle) + centre` with r the radius plus all actions. Observation: the last five points x, y, the newest
 * last. The step after the last angle ends the episode with the reward 1/95; all others give 0, because the task is to
 * imitate: `circleWorldExpert` is the expert in all three modes.
 *
 * Source: FTNPL (Azarafrooz 2020), fig. 7, after Li et al. 2017 (InfoGAIL), as its code has it.
 *
 * @throws ArgumentError when an option is unknown or invalid.
 *
 * @example
 * ```ts
 * import { circleWorld } from '@descant/envs';
 * const environment = circleWorld({ mode: 1 });
 * environment.reset().observations.agent_0.slice(0, 2); // => [10, -10]
 * environment.step({ agent_0: [0] }).observations.agent_0.slice(8); // => [8.775826, -5.205745]
 * ```
 */
export function circleWorld(options: CircleWorldOptions = {}): KernelEnvironment {
  checkNames('circleWorld', options, ['mode']);
  const { mode } = options;
  if (mode !== undefined) checkChoice('circleWorld', 'mode', mode, [0, 1, 2]);
  return fromKernel({
    name: 'circle-world',
    agents: agentNames(1),
    observation: box({ shape: [SEEN, 2], dtype: 'float64' }),
    actions: [box({ shape: [1], dtype: 'float64' })],
    maxSteps: Number.POSITIVE_INFINITY,
    stateSize: POINTS + 2 * SEEN,
    resetOptions: ['mode'],
    reset(state, at, random, { mode: asked = mode ?? random.below(3) }) {
      const circle = CIRCLES[asked as number];
      if (circle === undefined) {
        throw new ArgumentError('circle-world.reset', 'options.mode', 'be 0, 1 or 2', show(asked));
      }
      [state[at + RADIUS], state[at + CENTRE]] = circle;
      state[at + INDEX] = SEEN - 1;
      for (let k = 0; k < SEEN; k++) point(state, at, k, at + POINTS + 2 * k);
    },
    step(state, at, actions, actionsAt, _random, rewards, terminated, agentsAt) {
      if (state[at + INDEX] === ANGLES - 1) {
        rewards[agentsAt] = 1 / ANGLES;
        terminated[agentsAt] = 1;
        return;
      }
      state[at + RADIUS] += actions[actionsAt];
      state[at + INDEX]++;
      state.copyWithin(at + POINTS, at + POINTS + 2, at + POINTS + 2 * SEEN);
      point(state, at, state[at + INDEX], at + POINTS + 2 * (SEEN - 1));
    },
    observe(state, at, _time, out, outAt) {
      for (let k = 0; k < 2 * SEEN; k++) out[outAt + k] = state[at + POINTS + k];
    },
    text(state, at) {
      const newest = at + POINTS + 2 * (SEEN - 1);
      return `x ${state[newest].toFixed(3)}, y ${state[newest + 1].toFixed(3)}, radius ${state[at + RADIUS].toFixed(3)}`;
    },
    draw(state, at) {
      const shapes: Shape[] = Array.from({ length: SEEN }, (_, k) => ({
        kind: 'circle',
        x: 120 + 2.5 * state[at + POINTS + 2 * k],
        y: 120 - 2.5 * state[at + POINTS + 2 * k + 1],
        radius: 2 + k / 2,
        fill: k === SEEN - 1 ? '#d62728' : '#1f77b4',
      }));
      return { width: 240, height: 240, background: '#ffffff', shapes };
    },
  });
}
