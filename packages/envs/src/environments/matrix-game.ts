/** Iterated matrix games, played move by move. */
import { ArgumentError } from '@descant/tensor-ops';
import { fromKernel, type KernelEnvironment } from '../kernel/environment.ts';
import { type Color, gridScene } from '../render/scene.ts';
import { box } from '../spaces/box.ts';
import { discrete } from '../spaces/discrete.ts';
import { show } from '../spaces/space.ts';
import { agentNames, checkChoice, checkNames, checkSteps } from './options.ts';

/** The games of Cooijmans 2023, thesis, table 6.1, with the actions A, B in the order of their names. */
const MATRIX_GAMES = {
  /** Cooperate, defect. */
  prisonersDilemma: [
    [
      [-1, -3],
      [0, -2],
    ],
    [
      [-1, 0],
      [-3, -2],
    ],
  ],
  /** Heads, tails; player 1 wants them equal. */
  matchingPennies: [
    [
      [1, -1],
      [-1, 1],
    ],
    [
      [-1, 1],
      [1, -1],
    ],
  ],
  /** Swerve, straight. */
  chicken: [
    [
      [0, -1],
      [1, -100],
    ],
    [
      [0, 1],
      [-1, -100],
    ],
  ],
} as const;

/** Options of `iteratedMatrixGame` and `tracedIteratedMatrixGame`. */
export interface MatrixGameOptions {
  /** One of the named games (default `prisonersDilemma`), or payoffs [N, A_1, ..., A_N] of N players. */
  readonly game?: keyof typeof MATRIX_GAMES | readonly unknown[];
  /** Steps until the episode is truncated; default 100. */
  readonly maxSteps?: number;
  /** `memory1` (default): a one-hot of the start and the last joint action; `history`: one-hots of all of them. */
  readonly observation?: 'memory1' | 'history';
  /**
   * How player i sees the joint actions: `own` (default) puts its own action first and the others after it in the
   * order of the players; `joint` uses the order of the players for everybody.
   */
  readonly perspective?: 'own' | 'joint';
}

/** What a matrix game is made of; joint actions are numbered row-major over the actions of player 1, 2, ... */
export interface MatrixGameForm {
  readonly name: string;
  /** A_1, ..., A_N. */
  readonly actions: readonly number[];
  /** S, the number of joint actions. */
  readonly joint: number;
  /** How much an action of player i adds to the number of the joint action. */
  readonly strides: readonly number[];
  /** [N][S]. */
  readonly payoffs: readonly (readonly number[])[];
  /** [N][S]: the number by which player i sees each joint action. */
  readonly seenAs: readonly (readonly number[])[];
  readonly maxSteps: number;
  readonly observation: 'memory1' | 'history';
}

const NAMES = ['game', 'maxSteps', 'observation', 'perspective'];

/** The shape of nested arrays of finite numbers; undefined when they are ragged or hold anything else. */
function shapeOf(values: unknown): readonly number[] | undefined {
  if (!Array.isArray(values)) return Number.isFinite(values) ? [] : undefined;
  const [first, ...rest] = values.map(shapeOf);
  if (first === undefined || rest.some((shape) => shape?.join() !== first.join())) return undefined;
  return [values.length, ...first];
}

/** Reads the options of a matrix game. */
export function matrixGameForm(fn: string, options: MatrixGameOptions): MatrixGameForm {
  checkNames(fn, options, NAMES);
  const { game = 'prisonersDilemma', maxSteps = 100, observation = 'memory1', perspective = 'own' } = options;
  if (typeof game === 'string') checkChoice(fn, 'game', game, Object.keys(MATRIX_GAMES));
  checkSteps(fn, 'maxSteps', maxSteps);
  checkChoice(fn, 'observation', observation, ['memory1', 'history']);
  checkChoice(fn, 'perspective', perspective, ['own', 'joint']);
  if (observation === 'history' && maxSteps === Number.POSITIVE_INFINITY) {
    throw new ArgumentError(fn, 'maxSteps', 'be finite when the whole history is seen', 'Infinity');
  }
  const given: readonly unknown[] = typeof game === 'string' ? MATRIX_GAMES[game] : game;
  const shape = shapeOf(given);
  const [players, ...actions] = shape ?? [];
  if (shape === undefined || actions.length !== players) {
    const expected = 'be finite numbers of shape [players, actions of player 1, actions of player 2, ...]';
    throw new ArgumentError(fn, 'game', expected, shape ? `[${shape.join(', ')}]` : show(given));
  }
  const joint = actions.reduce((product, n) => product * n, 1);
  const strides = actions.map((_, i) => actions.slice(i + 1).reduce((product, n) => product * n, 1));
  const seenAs = actions.map((_, i) =>
    Array.from({ length: joint }, (_, s) => (perspective === 'own' ? ownIndex(s, i, actions, strides) : s)),
  );
  return {
    name: typeof game === 'string' ? `iterated-${DASHED[game]}` : 'iterated-matrix-game',
    actions,
    joint,
    strides,
    payoffs: given.map((values) => [values].flat(Number.POSITIVE_INFINITY) as number[]),
    seenAs,
    maxSteps,
    observation,
  };
}

const DASHED = {
  prisonersDilemma: 'prisoners-dilemma',
  matchingPennies: 'matching-pennies',
  chicken: 'chicken',
} as const;

/** The number of a joint action when player i's action is counted first. */
function ownIndex(s: number, i: number, actions: readonly number[], strides: readonly number[]): number {
  const taken = actions.map((n, player) => Math.floor(s / strides[player]) % n);
  const order = [i, ...actions.keys()].filter((player, k) => k === 0 || player !== i);
  return order.reduce((index, player) => index * actions[player] + taken[player], 0);
}

const SQUARE: readonly Color[] = ['#1f77b4', '#d62728', '#2ca02c', '#ff7f0e', '#9467bd'];

/**
 * An iterated matrix game as an environment: all players choose, everybody sees what was chosen and gets its payoff.
 *
 * Observation `memory1`: a one-hot of 1 + S numbers, the start and the S joint actions (start, AA, AB, BA, BB for two
 * players with two actions), of the last step. `history`: [maxSteps, S], one row for each step played, zeros for the
 * others. In the perspective `own` player 2 reads AB as "I played A, the other B".
 *
 * Source: the sampled form of the games of Foerster et al. 2018 (LOLA), appendix A.2, and Cooijmans 2023, thesis,
 * table 6.1; `iteratedGame` of @descant/autodiff-games has their exact values.
 *
 * @throws ArgumentError when an option is unknown or invalid, or payoffs have another shape.
 *
 * @example
 * ```ts
 * import { iteratedMatrixGame } from '@descant/envs';
 * const game = iteratedMatrixGame({ game: 'prisonersDilemma' });
 * game.reset();
 * const { observations, rewards } = game.step({ agent_0: 0, agent_1: 1 });
 * rewards; // => { agent_0: -3, agent_1: 0 }
 * observations.agent_0; // => [0, 0, 1, 0, 0]
 * observations.agent_1; // => [0, 0, 0, 1, 0]
 * ```
 */
export function iteratedMatrixGame(options: MatrixGameOptions = {}): KernelEnvironment {
  const { name, actions, joint, strides, payoffs, seenAs, maxSteps, observation } = matrixGameForm(
    'iteratedMatrixGame',
    options,
  );
  const players = actions.length;
  const remembers = observation === 'history';
  const size = remembers ? maxSteps * joint : 1 + joint;
  const last = (state: Float64Array, at: number) => state[at + (remembers ? state[at] : 0)];
  return fromKernel({
    name,
    agents: agentNames(players),
    observation: box({ shape: remembers ? [maxSteps, joint] : [size], low: 0, high: 1 }),
    actions: actions.map((n) => discrete(n)),
    maxSteps,
    // The last joint action plus one, 0 at the start; or the number of steps played and all joint actions plus one.
    stateSize: remembers ? 1 + maxSteps : 1,
    reset(state, at) {
      state.fill(0, at, at + (remembers ? 1 + maxSteps : 1));
    },
    step(state, at, taken, takenAt, _random, rewards, _terminated, agentsAt) {
      let s = 0;
      for (let i = 0; i < players; i++) s += taken[takenAt + i] * strides[i];
      if (remembers) state[at + ++state[at]] = s + 1;
      else state[at] = s + 1;
      for (let i = 0; i < players; i++) rewards[agentsAt + i] = payoffs[i][s];
    },
    observe(state, at, _time, out, outAt) {
      out.fill(0, outAt, outAt + players * size);
      for (let i = 0; i < players; i++) {
        const start = outAt + i * size;
        if (remembers) {
          for (let t = 0; t < state[at]; t++) out[start + t * joint + seenAs[i][state[at + 1 + t] - 1]] = 1;
        } else out[start + (state[at] === 0 ? 0 : 1 + seenAs[i][state[at] - 1])] = 1;
      }
    },
    text(state, at) {
      const s = last(state, at) - 1;
      if (s < 0) return 'start';
      return actions.map((n, i) => String.fromCharCode(65 + (Math.floor(s / strides[i]) % n))).join('');
    },
    draw(state, at) {
      const s = last(state, at) - 1;
      const chosen = s < 0 ? [] : actions.map((n, i) => Math.floor(s / strides[i]) % n);
      const squares = chosen.map((a, i) => ({ row: 0, column: i, fill: SQUARE[a % SQUARE.length] }));
      return gridScene(1, players, 40, squares, []);
    },
  });
}
