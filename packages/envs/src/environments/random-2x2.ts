/** Random games of two players with two actions. */
import { fromKernel, type KernelEnvironment } from '../kernel/environment.ts';
import type { Random } from '../random/random.ts';
import { type Color, gridScene } from '../render/scene.ts';
import { box } from '../spaces/box.ts';
import { discrete } from '../spaces/discrete.ts';
import { agentNames, checkChoice, checkNames, checkSteps } from './options.ts';

/** Options of `random2x2Game`. */
export interface Random2x2Options {
  /** The strategic class of the games; default `coordination`. */
  readonly kind?: 'coordination' | 'antiCoordination' | 'cyclic';
  /** How often a game is played; default 1. */
  readonly maxSteps?: number;
}

/** Two random numbers, the larger first. */
function ordered(random: Random): readonly [number, number] {
  const [x, y] = [random.uniform(), random.uniform()];
  return x > y ? [x, y] : [y, x];
}

/** Places of the payoffs in the state: A = [[a, b], [c, d]], B = [[e, g], [f, h]], row-major. */
const [A, B, C, D, E, G, F, H] = [0, 1, 2, 3, 4, 5, 6, 7];

/**
 * A random game of two players with two actions, drawn anew in each episode from a strategic class.
 *
 * With player 1's payoffs A = [[a, b], [c, d]] and player 2's B = [[e, g], [f, h]] (row: player 1's action):
 * - `coordination`: a > c, d > b, e > g, h > f; both want to play alike.
 * - `antiCoordination`: all four reversed; both want to play differently.
 * - `cyclic`: one player's two reversed, either's with probability 1/2; one wants what the other avoids.
 *
 * The payoffs are uniform on [0, 1), given the class. Everybody sees all eight, A then B; a game is played once unless
 * `maxSteps` says more.
 *
 * Source: the classes of MATRL (Wen et al. 2021), table 1, after Pangallo et al. 2017. The distributions of MATRL's
 * released code are those of `random2x2Payoffs` in @descant/autodiff-games; here the payoffs are uniform.
 *
 * @throws ArgumentError when an option is unknown or invalid.
 *
 * @example
 * ```ts
 * import { random2x2Game } from '@descant/envs';
 * const game = random2x2Game({ kind: 'coordination' });
 * const [a, b, c, d] = game.reset({ seed: 3 }).observations.agent_0;
 * [a > c, d > b]; // => [true, true]
 * game.step({ agent_0: 0, agent_1: 1 }).rewards.agent_0 === b; // => true
 * ```
 */
export function random2x2Game(options: Random2x2Options = {}): KernelEnvironment {
  checkNames('random2x2Game', options, ['kind', 'maxSteps']);
  const { kind = 'coordination', maxSteps = 1 } = options;
  checkChoice('random2x2Game', 'kind', kind, ['coordination', 'antiCoordination', 'cyclic']);
  checkSteps('random2x2Game', 'maxSteps', maxSteps);
  return fromKernel({
    name: 'random-2x2',
    agents: agentNames(2),
    observation: box({ shape: [2, 2, 2], dtype: 'float64', low: 0, high: 1 }),
    actions: [discrete(2), discrete(2)],
    maxSteps,
    stateSize: 8,
    reset(state, at, random) {
      const first = kind === 'coordination' || (kind === 'cyclic' && random.below(2) === 0);
      const second = kind === 'cyclic' ? !first : first;
      const place = (alike: boolean, more: number, less: number) => {
        const [high, low] = ordered(random);
        state[at + (alike ? more : less)] = high;
        state[at + (alike ? less : more)] = low;
      };
      place(first, A, C);
      place(first, D, B);
      place(second, E, G);
      place(second, H, F);
    },
    step(state, at, actions, actionsAt, _random, rewards, _terminated, agentsAt) {
      const joint = 2 * actions[actionsAt] + actions[actionsAt + 1];
      rewards[agentsAt] = state[at + joint];
      rewards[agentsAt + 1] = state[at + 4 + joint];
    },
    observe(state, at, _time, out, outAt) {
      for (let k = 0; k < 8; k++) {
        out[outAt + k] = state[at + k];
        out[outAt + 8 + k] = state[at + k];
      }
    },
    text(state, at) {
      const pair = (k: number) => `${state[at + k].toFixed(3)}, ${state[at + 4 + k].toFixed(3)}`;
      return `${pair(0)} | ${pair(1)}\n${pair(2)} | ${pair(3)}`;
    },
    draw(state, at) {
      // Each square shows one joint action, the brighter the better for both together.
      const grey = (k: number): Color => {
        const level = Math.round(127.5 * (state[at + k] + state[at + 4 + k]));
        return `#${level.toString(16).padStart(2, '0').repeat(3)}`;
      };
      const squares = [0, 1, 2, 3].map((k) => ({ row: k >> 1, column: k & 1, fill: grey(k) }));
      return gridScene(2, 2, 40, squares, []);
    },
  });
}
