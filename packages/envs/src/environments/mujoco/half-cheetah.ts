/** The half of a cheetah, one leg for each of two agents. */
import type { KernelEnvironment } from '../../kernel/environment.ts';
import { type RobotOptions, robotEnvironment, robotOptions } from './robot.ts';

const TIME_STEP = 0.01;
const NOISE = 0.1;

/** A part of a leg: its joint at `pos`, then a capsule about `centre`, turned by `tilt` about y. */
interface Part {
  readonly name: string;
  readonly pos: string;
  readonly centre: string;
  readonly tilt: number;
  readonly half: number;
  readonly range: string;
  readonly stiffness: number;
  readonly damping: number;
  readonly gear: number;
}

const part = (
  name: string,
  [pos, centre, tilt, half]: readonly [string, string, number, number],
  [range, stiffness, damping, gear]: readonly [string, number, number, number],
): Part => ({ name, pos, centre, tilt, half, range, stiffness, damping, gear });

const HIND = [
  part('bthigh', ['-0.5 0 0', '0.1 0 -0.13', -3.8, 0.145], ['-0.52 1.05', 240, 6, 120]),
  part('bshin', ['0.16 0 -0.25', '-0.14 0 -0.07', -2.03, 0.15], ['-0.785 0.785', 180, 4.5, 90]),
  part('bfoot', ['-0.28 0 -0.14', '0.03 0 -0.097', -0.27, 0.094], ['-0.4 0.785', 120, 3, 60]),
];
const FRONT = [
  part('fthigh', ['0.5 0 0', '-0.07 0 -0.12', 0.52, 0.133], ['-1 0.7', 180, 4.5, 120]),
  part('fshin', ['-0.14 0 -0.24', '0.065 0 -0.09', -0.6, 0.106], ['-1.2 0.87', 120, 3, 60]),
  part('ffoot', ['0.13 0 -0.18', '0.045 0 -0.07', -0.6, 0.07], ['-0.5 0.5', 60, 1.5, 30]),
];

/** A leg: each part hangs on the one before. */
const legMjcf = (parts: readonly Part[]): string =>
  parts.reduceRight(
    (inner, { name, pos, centre, tilt, half, range, stiffness, damping }) => `
      <body name="${name}" pos="${pos}">
        <joint name="${name}" range="${range}" stiffness="${stiffness}" damping="${damping}"/>
        <geom size="0.046 ${half}" pos="${centre}" axisangle="0 1 0 ${tilt}"/>${inner}
      </body>`,
    '',
  );

/** The model: a body with a head and two legs in the plane y = 0. */
export const HALF_CHEETAH_MJCF = `
<mujoco model="half-cheetah">
  <compiler angle="radian" settotalmass="14"/>
  <size memory="100K"/>
  <option timestep="${TIME_STEP}"/>
  <default>
    <joint type="hinge" axis="0 1 0" armature="0.1" solimplimit="0 0.8 0.03" solreflimit="0.02 1"/>
    <geom type="capsule" conaffinity="0" friction="0.4 0.1 0.1" solimp="0 0.8 0.01" solref="0.02 1"/>
    <motor ctrlrange="-1 1"/>
    <default class="root"><joint armature="0"/></default>
  </default>
  <worldbody>
    <geom type="plane" size="40 40 1" conaffinity="1"/>
    <body name="torso" pos="0 0 0.7">
      <joint class="root" name="x" type="slide" axis="1 0 0"/>
      <joint class="root" name="z" type="slide" axis="0 0 1"/>
      <joint class="root" name="turn"/>
      <geom fromto="-0.5 0 0 0.5 0 0" size="0.046"/>
      <geom size="0.046 0.15" pos="0.6 0 0.1" axisangle="0 1 0 0.87"/>${legMjcf(HIND)}${legMjcf(FRONT)}
    </body>
  </worldbody>
  <actuator>
    ${[...HIND, ...FRONT].map(({ name, gear }) => `<motor joint="${name}" gear="${gear}"/>`).join('\n    ')}
  </actuator>
</mujoco>`;

/**
 * HalfCheetah 2x3: a body on two legs in a plane is to run forwards; one agent turns the thigh, the shin and the foot
 * of the hind leg, the other those of the front leg.
 *
 * Each agent's action is three torques in [-1, 1]. A step is five steps of 10 ms of the model, and both agents get
 * `(x' - x) / 0.05 - 0.1 sum(a^2)`, a being all six torques and x the place of the torso. No state ends an episode.
 * Observation, the same for both: the positions without x, and the velocities; `reset({ options: { qpos, qvel } })`
 * sets them. Start: at rest, positions off by at most 0.1, velocities normal with standard deviation 0.1.
 *
 * Source: Peng et al. 2021 (MaMuJoCo) for the agents; Gym's `HalfCheetah-v2` and Gymnasium's `HalfCheetah-v5` for
 * the rules, which are the same, the model written anew.
 *
 * @throws ArgumentError when an option is unknown or invalid, or `@mujoco/mujoco` is not installed.
 *
 * @example
 * ```ts
 * import { halfCheetah } from '@descant/envs/mujoco';
 * const environment = await halfCheetah();
 * environment.possibleAgents; // => ['agent_0', 'agent_1']
 * environment.reset({ seed: 0 }).observations.agent_1.length; // => 17
 * ```
 */
export async function halfCheetah(options: RobotOptions = {}): Promise<KernelEnvironment> {
  const { version, maxSteps } = robotOptions('halfCheetah', options, ['2x3']);
  return robotEnvironment(
    'halfCheetah',
    {
      name: `half-cheetah-2x3-${version}`,
      mjcf: HALF_CHEETAH_MJCF,
      actuators: [
        [0, 1, 2],
        [3, 4, 5],
      ],
      frameSkip: 5,
      timeStep: TIME_STEP,
      noise: NOISE,
      velocityNoise: (random) => NOISE * random.normal(),
      hidden: 1,
      velocityBound: Number.POSITIVE_INFINITY,
      forces: 0,
      torsoProgress: false,
      controlCost: 0.1,
      contactCost: 0,
      healthyReward: 0,
      paysUnhealthy: false,
      isHealthy: () => true,
    },
    maxSteps,
  );
}
