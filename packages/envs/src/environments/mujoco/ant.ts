/** A body on four legs, which belong to four agents or to two. */
import type { KernelEnvironment } from '../../kernel/environment.ts';
import { type RobotOptions, robotEnvironment, robotOptions } from './robot.ts';

/** Options of `ant`. */
export interface AntOptions extends RobotOptions {
  /** `4x2` (default): one leg for each of four agents; `2x4`: the two front and the two hind legs. */
  readonly partition?: '4x2' | '2x4';
}

const TIME_STEP = 0.01;
const NOISE = 0.1;

/** The direction of each leg from the body, in x and y. */
const LEGS = [
  [1, 1],
  [-1, 1],
  [-1, -1],
  [1, -1],
] as const;

/** Actuators begin with the fourth leg, hip before ankle. */
const PARTITIONS = {
  '4x2': [
    [2, 3],
    [4, 5],
    [6, 7],
    [0, 1],
  ],
  '2x4': [
    [2, 3, 4, 5],
    [6, 7, 0, 1],
  ],
} as const;

/** A hip that turns about z and an ankle that turns about the level line across the leg. */
function legMjcf([sx, sy]: readonly [number, number], k: number): string {
  const along = (length: number) => `${sx * length} ${sy * length} 0`;
  const tube = (length: number) => `<geom fromto="0 0 0 ${along(length)}" type="capsule" size="0.08"/>`;
  const range = sx > 0 ? '30 70' : '-70 -30';
  return `
      <body>
        ${tube(0.2)}
        <body pos="${along(0.2)}">
          <joint name="hip_${k + 1}" axis="0 0 1" range="-30 30"/>
          ${tube(0.2)}
          <body pos="${along(0.2)}">
            <joint name="ankle_${k + 1}" axis="${-sx * sy} 1 0" range="${range}"/>
            ${tube(0.4)}
          </body>
        </body>
      </body>`;
}

const motorsMjcf = (k: number) => `<motor joint="hip_${k}"/><motor joint="ankle_${k}"/>`;

/** The model: a ball with four legs. */
export const ANT_MJCF = `
<mujoco model="ant">
  <size memory="100K"/>
  <option integrator="RK4" timestep="${TIME_STEP}"/>
  <default>
    <joint type="hinge" armature="1" damping="1"/>
    <geom conaffinity="0" density="5" friction="1 0.5 0.5" margin="0.01"/>
    <motor ctrlrange="-1 1" gear="150"/>
  </default>
  <worldbody>
    <geom type="plane" size="40 40 1" conaffinity="1"/>
    <body name="torso" pos="0 0 0.75">
      <freejoint/>
      <geom size="0.25"/>${LEGS.map(legMjcf).join('')}
    </body>
  </worldbody>
  <actuator>${[4, 1, 2, 3].map(motorsMjcf).join('')}</actuator>
</mujoco>`;

/**
 * Ant 4x2 and 2x4: a body on four legs is to walk forwards; each agent turns the hips and ankles of one leg or of two.
 *
 * Each agent's action is its torques in [-1, 1], hip before ankle. A step is five steps of 10 ms of the model, and
 * all agents get `(x' - x) / 0.05 + 1 - 0.5 sum(a^2)`, a being all eight torques and x the place of the torso when
 * MuJoCo last computed forces, which is up to one of its steps earlier than the positions observed. The state is
 * healthy while the torso's height is in [0.2, 1]; the episode ends when it is not. v5 does not give the 1 then, and
 * subtracts 0.0005 times the sum of squares of the forces of contacts on bodies, each clipped to [-1, 1].
 *
 * Observation, the same for all: the positions without x and y, the velocities, and the clipped forces: 84 zeros in
 * v2 (111 numbers), because Gym with MuJoCo 2 and later never computed them; 78 in v5 (105), 0 at the beginning.
 * `reset({ options: { qpos, qvel } })` sets positions and velocities. Start: at rest, positions off by at most 0.1,
 * velocities normal with standard deviation 0.1.
 *
 * Source: Peng et al. 2021 (MaMuJoCo) for the agents; Gym's `Ant-v2` and Gymnasium's `Ant-v5` for the rules, the
 * model written anew.
 *
 * @throws ArgumentError when an option is unknown or invalid, or `@mujoco/mujoco` is not installed.
 *
 * @example
 * ```ts
 * import { ant } from '@descant/envs/mujoco';
 * const environment = await ant();
 * environment.possibleAgents.length; // => 4
 * environment.reset({ seed: 0 }).observations.agent_0.length; // => 111
 * const two = await ant({ partition: '2x4', version: 'v5' });
 * two.reset({ seed: 0 }).observations.agent_1.length; // => 105
 * ```
 */
export async function ant(options: AntOptions = {}): Promise<KernelEnvironment> {
  const { version, maxSteps, partition } = robotOptions('ant', options, ['4x2', '2x4']);
  return robotEnvironment(
    'ant',
    {
      name: `ant-${partition}-${version}`,
      mjcf: ANT_MJCF,
      actuators: PARTITIONS[partition],
      frameSkip: 5,
      timeStep: TIME_STEP,
      noise: NOISE,
      velocityNoise: (random) => NOISE * random.normal(),
      hidden: 2,
      velocityBound: Number.POSITIVE_INFINITY,
      forces: version === 'v2' ? 84 : 'clipped',
      torsoProgress: true,
      controlCost: 0.5,
      contactCost: 5e-4,
      healthyReward: 1,
      paysUnhealthy: version === 'v2',
      isHealthy: (state) => state[2] >= 0.2 && state[2] <= 1,
    },
    maxSteps,
  );
}
