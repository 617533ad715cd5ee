/** Multi-agent MuJoCo: robots whose joints belong to several agents; needs the optional peer `@mujoco/mujoco`. */
export { type AntOptions, ant } from './ant.ts';
export { halfCheetah } from './half-cheetah.ts';
export { hopper } from './hopper.ts';
export type { RobotOptions } from './robot.ts';
