/** A leg that hops, one joint for each of three agents. */
import type { KernelEnvironment } from '../../kernel/environment.ts';
import { type RobotOptions, robotEnvironment, robotOptions } from './robot.ts';

const TIME_STEP = 0.002;
const NOISE = 0.005;

/** The model: torso, thigh, leg and foot in the plane y = 0; each joint turns about -y. */
export const HOPPER_MJCF = `
<mujoco model="hopper">
  <size memory="100K"/>
  <option integrator="RK4" timestep="${TIME_STEP}"/>
  <default>
    <joint type="hinge" axis="0 -1 0" armature="1" damping="1"/>
    <geom type="capsule" condim="1" friction="0.9" margin="0.001" solimp="0.8 0.8 0.01" solref="0.02 1"/>
    <motor ctrlrange="-1 1" gear="200"/>
    <default class="root"><joint armature="0" damping="0"/></default>
  </default>
  <worldbody>
    <geom type="plane" size="20 20 1" condim="3" friction="1"/>
    <body name="torso" pos="0 0 1.25">
      <joint class="root" name="x" type="slide" axis="1 0 0" pos="0 0 -1.25"/>
      <joint class="root" name="z" type="slide" axis="0 0 1" pos="0 0 -1.25" ref="1.25"/>
      <joint class="root" name="turn" axis="0 1 0"/>
      <geom size="0.05 0.2"/>
      <body name="thigh" pos="0 0 -0.2">
        <joint name="thigh_joint" range="-150 0"/>
        <geom size="0.05 0.225" pos="0 0 -0.225"/>
        <body name="leg" pos="0 0 -0.7">
          <joint name="leg_joint" pos="0 0 0.25" range="-150 0"/>
          <geom size="0.04 0.25"/>
          <body name="foot" pos="0.13 0 -0.35">
            <joint name="foot_joint" pos="-0.13 0 0.1" range="-45 45"/>
            <geom size="0.06 0.195" pos="-0.065 0 0.1" quat="1 0 -1 0" friction="2"/>
          </body>
        </body>
      </body>
    </body>
  </worldbody>
  <actuator>
    <motor joint="thigh_joint"/>
    <motor joint="leg_joint"/>
    <motor joint="foot_joint"/>
  </actuator>
</mujoco>`;

/**
 * Hopper 3x1: one leg is to hop forwards; three agents turn its thigh, its leg and its foot.
 *
 * Each agent's action is one torque a in [-1, 1]. A step is four steps of 2 ms of the model, and all agents get
 * `(x' - x) / 0.008 + 1 - 0.001 sum(a^2)`, x being the place of the torso. The state is healthy while the torso is
 * higher than 0.7 and within 0.2 of upright and all else is within 100; the episode ends when it is not, where v5
 * does not give the 1. Observation, the same for all: the positions without x, and the velocities clipped to 10;
 * `reset({ options: { qpos, qvel } })` sets them. Start: at rest, each number off by at most 0.005.
 *
 * Source: Peng et al. 2021 (MaMuJoCo) for the agents; Gym's `Hopper-v2` and Gymnasium's `Hopper-v5` for the rules,
 * the model written anew. As in all versions of MuJoCo since 2.1.2, masses are those of capsules; before, those of
 * cylinders, about 4 % less.
 *
 * @throws ArgumentError when an option is unknown or invalid, or `@mujoco/mujoco` is not installed.
 *
 * @example
 * ```ts
 * import { hopper } from '@descant/envs/mujoco';
 * const environment = await hopper();
 * environment.reset({ seed: 0 }).observations.agent_2.length; // => 11
 * const { rewards } = environment.step({ agent_0: [0], agent_1: [0], agent_2: [0] });
 * Math.abs(rewards.agent_0 - 1) < 0.1; // => true
 * ```
 */
export async function hopper(options: RobotOptions = {}): Promise<KernelEnvironment> {
  const { version, maxSteps } = robotOptions('hopper', options, ['3x1']);
  return robotEnvironment(
    'hopper',
    {
      name: `hopper-3x1-${version}`,
      mjcf: HOPPER_MJCF,
      actuators: [[0], [1], [2]],
      frameSkip: 4,
      timeStep: TIME_STEP,
      noise: NOISE,
      velocityNoise: (random) => random.uniform(-NOISE, NOISE),
      hidden: 1,
      velocityBound: 10,
      forces: 0,
      torsoProgress: false,
      controlCost: 1e-3,
      contactCost: 0,
      healthyReward: 1,
      paysUnhealthy: version === 'v2',
      isHealthy: (state) =>
        state[1] > 0.7 && Math.abs(state[2]) < 0.2 && state.subarray(2).every((x) => Math.abs(x) < 100),
    },
    maxSteps,
  );
}
