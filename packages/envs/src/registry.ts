/** The environments of this package by name. */
import { ArgumentError } from '@descant/tensor-ops';
import { checkers } from './environments/checkers.ts';
import { circleWorld } from './environments/circle-world.ts';
import { coinGame } from './environments/coin-game.ts';
import { iteratedMatrixGame } from './environments/matrix-game.ts';
import { mountainCarContinuous } from './environments/mountain-car.ts';
import { pendulum } from './environments/pendulum.ts';
import { platformer } from './environments/platformer/platformer.ts';
import { pong } from './environments/pong/pong.ts';
import { random2x2Game } from './environments/random-2x2.ts';
import { switchGame } from './environments/switch.ts';
import type { ParallelEnvironment } from './interfaces/parallel.ts';

/** An environment with a name. */
export interface RegisteredEnvironment {
  readonly name: string;
  readonly description: string;
  /** Makes it with default options; a promise where something must be loaded first. */
  make(): ParallelEnvironment | Promise<ParallelEnvironment>;
}

/** MuJoCo's robots, an entry of their own: `@mujoco/mujoco` is an optional package. */
const robots = () => import('./environments/mujoco/index.ts');

const entry = (
  name: string,
  description: string,
  make: RegisteredEnvironment['make'],
): RegisteredEnvironment => ({
  name,
  description,
  make,
});

/**
 * All environments with their names, as `descant env list` shows them: variants that have a name of their own, with
 * default options otherwise.
 */
export const registry: readonly RegisteredEnvironment[] = [
  entry('coin-game', 'two players collect coins on a torus of 3 x 3; rules of POLA', () => coinGame()),
  entry('coin-game-two-coins', 'the same with a red and a blue coin at all times; rules of M-FOS', () =>
    coinGame({ coins: 'two', egocentric: true }),
  ),
  entry('checkers', 'two agents among apples and lemons; rules of ma-gym', () => checkers()),
  entry('checkers-2020', 'the same by the rules before July 2021', () => checkers({ rules: '2020' })),
  entry('switch2', 'two agents cross a bridge one cell wide; rules of ma-gym', () =>
    switchGame({ agents: 2 }),
  ),
  entry('switch4', 'the same with four agents', () => switchGame()),
  entry('iterated-prisoners-dilemma', 'the iterated prisoner’s dilemma with a memory of one step', () =>
    iteratedMatrixGame({ game: 'prisonersDilemma' }),
  ),
  entry('iterated-matching-pennies', 'iterated matching pennies with a memory of one step', () =>
    iteratedMatrixGame({ game: 'matchingPennies' }),
  ),
  entry('iterated-chicken', 'iterated chicken with a memory of one step', () =>
    iteratedMatrixGame({ game: 'chicken' }),
  ),
  entry('random-2x2', 'a random coordination game in each episode', () => random2x2Game()),
  entry('mountain-car-continuous', 'a car rocks itself up a hill; rules of Gym', () =>
    mountainCarContinuous(),
  ),
  entry('pendulum-v0', 'a pendulum is swung up; rules of Gym before 0.21', () => pendulum({ version: 'v0' })),
  entry('pendulum-v1', 'the same by the rules since', () => pendulum()),
  entry('pong', 'two paddles and a ball on 210 x 160 pixels; rules of our own, not Atari’s', () => pong()),
  entry('platformer', 'to the coin past lava and monsters; levels and movement of CoinRun', () =>
    platformer(),
  ),
  entry('circle-world', 'circles to be drawn as experts do; from FTNPL', () => circleWorld()),
  entry('hopper-3x1', 'a leg hops, one agent for each joint; MuJoCo, rules of Hopper-v2', async () =>
    (await robots()).hopper(),
  ),
  entry('ant-4x2', 'four legs walk, one agent for each; MuJoCo, rules of Ant-v2', async () =>
    (await robots()).ant(),
  ),
  entry('ant-2x4', 'the same with two agents of two legs', async () =>
    (await robots()).ant({ partition: '2x4' }),
  ),
  entry('half-cheetah-2x3', 'two legs run, one agent for each; MuJoCo, rules of HalfCheetah-v2', async () =>
    (await robots()).halfCheetah(),
  ),
];

/**
 * The environment of a name of `registry`.
 *
 * @throws ArgumentError when there is none.
 *
 * @example
 * ```ts
 * import { makeEnvironment } from '@descant/envs';
 * const environment = await makeEnvironment('switch2');
 * environment.possibleAgents; // => ['agent_0', 'agent_1']
 * ```
 */
export async function makeEnvironment(name: string): Promise<ParallelEnvironment> {
  const found = registry.find((registered) => registered.name === name);
  if (found === undefined) {
    const names = registry.map((registered) => registered.name).join(', ');
    throw new ArgumentError('makeEnvironment', 'name', `be one of ${names}`, String(name));
  }
  return await found.make();
}
