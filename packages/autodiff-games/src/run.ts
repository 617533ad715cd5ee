/** Running a batch of learning processes as one compiled call. */
import {
  ArgumentError,
  concat,
  type Executor,
  expandDims,
  type FloatType,
  flatten,
  fori,
  jit,
  key as keyOf,
  mapTree,
  scan,
  split,
  stack,
  type Tensor,
  vmap,
} from '@descant/tensor-ops';
import type { Game } from './game.ts';
import { stepped } from './parameters.ts';
import type { Rule, RuleState, Updated, UpdateRule } from './rules/rule.ts';

/** Options of `run` and `compileRun`. */
export interface RunOptions {
  /** The learning rule of each player. */
  readonly rules: readonly (Rule | UpdateRule)[];
  /** The step size eta of x <- x + eta d: one for all players, or one for each. */
  readonly learningRate: number | readonly number[];
  /** The number of simultaneous steps, at least 1. */
  readonly steps: number;
  /** Records every so many steps, besides the start; divides `steps`. Default: `steps`, only start and end. */
  readonly stride?: number;
  /** Needed by rules that draw random numbers: a key made by `key` or `split` of tensor-ops. */
  readonly key?: Tensor;
  /** Where the run is compiled for; default: the default executor of tensor-ops. */
  readonly executor?: Executor;
  /** Checked before each run starts, which then throws the signal's reason; a run under way is one call. */
  readonly signal?: AbortSignal;
}

/** What a batch of learning processes went through. */
export interface Trajectory<P> {
  /** The recorded steps: 0, stride, 2 stride, ..., steps. */
  readonly steps: number[];
  /** For each player, a tree with leaves [pairs, time, ...]. */
  readonly parameters: P[];
  /** The players' values [pairs, time, players]. */
  readonly values: Tensor;
}

/** Checks the options that do not depend on the initial parameters; the step sizes of all players, and the stride. */
function checkOptions<P>(game: Game<P>, options: RunOptions): { rates: number[]; stride: number } {
  const { rules, learningRate, steps, stride = steps } = options;
  const { players } = game;
  if (!Array.isArray(rules) || rules.length !== players) {
    throw new ArgumentError('run', 'rules', `hold ${players} rules, one a player`, `${rules?.length}`);
  }
  const rates = typeof learningRate === 'number' ? rules.map(() => learningRate) : [...learningRate];
  if (rates.length !== players || !rates.every(Number.isFinite)) {
    const expected = `be a finite number or ${players} of them, one a player`;
    throw new ArgumentError('run', 'learningRate', expected, String(learningRate));
  }
  if (!Number.isInteger(steps) || steps < 1) {
    throw new ArgumentError('run', 'steps', 'be a whole number of at least 1', String(steps));
  }
  if (!Number.isInteger(stride) || stride < 1 || steps % stride !== 0) {
    throw new ArgumentError('run', 'stride', `be a whole number that divides steps = ${steps}`, `${stride}`);
  }
  const randomised = rules.find((rule) => 'update' in rule && rule.randomised === true);
  if (randomised !== undefined && options.key === undefined) {
    throw new ArgumentError(
      'run',
      'key',
      `be given, because ${randomised.name} draws random numbers`,
      'none',
    );
  }
  return { rates, stride };
}

/** Checks that the initial parameters are finite and have the pairs on their first axis; the number of pairs. */
function checkInitial<P>(game: Game<P>, initial: readonly P[]): number {
  if (!Array.isArray(initial) || initial.length !== game.players) {
    const received = Array.isArray(initial) ? `${initial.length}` : typeof initial;
    throw new ArgumentError('run', 'initial', `hold ${game.players} trees, one a player`, received);
  }
  const pairs = flatten(initial, 'run').leaves[0]?.shape[0];
  initial.forEach((tree, player) => {
    for (const leaf of flatten(tree, 'run').leaves) {
      if (leaf.rank === 0 || leaf.shape[0] !== pairs) {
        const expected = `have leaves with one leading axis of pairs, here ${pairs ?? 'missing'}`;
        throw new ArgumentError('run', `initial[${player}]`, expected, `[${leaf.shape.join(', ')}]`);
      }
      const bad = leaf.data.findIndex((v: number) => !Number.isFinite(v));
      if (bad >= 0) {
        const pair = Math.floor((bad * leaf.shape[0]) / leaf.size);
        throw new ArgumentError(
          'run',
          `initial[${player}]`,
          'hold finite numbers',
          `${leaf.data[bad]} in pair ${pair}`,
        );
      }
    }
  });
  return pairs;
}

/** One play under way. */
interface Play<P> {
  readonly parameters: P[];
  readonly states: RuleState[];
}

/** One player's step by its rule. */
function updateBy<P>(
  rule: Rule | UpdateRule,
  game: Game<P>,
  parameters: readonly P[],
  player: number,
  state: RuleState,
  rate: number,
): Updated<P> {
  if ('update' in rule) return rule.update(game, parameters, player, state, rate);
  return { parameters: stepped(parameters[player], rate, rule.direction(game, parameters, player)), state };
}

/** What is recorded of one play at one time, or, with a leading axis, at several. */
interface Snapshot<P> {
  readonly parameters: P[];
  readonly values: Tensor;
}

/**
 * Compiles a run for repeated use: the returned function takes the initial parameters of a batch of plays.
 *
 * Compilation happens on the first call for each batch size and dtype; later calls reuse it. See `run` for what is
 * computed, and for the errors; those of the options are thrown here, those of the initial parameters by the call.
 *
 * @example
 * ```ts
 * import { compileRun, initialBatch, iteratedPrisonersDilemma, naive } from '@descant/autodiff-games';
 * import { key } from '@descant/tensor-ops';
 * const game = iteratedPrisonersDilemma();
 * const learn = compileRun(game, { rules: [naive(), naive()], learningRate: 25, steps: 4, stride: 2 });
 * learn(initialBatch(game, key(1), 3)).values.shape; // => [3, 3, 2]
 * learn(initialBatch(game, key(2), 3)).steps; // => [0, 2, 4]
 * ```
 */
export function compileRun<P>(game: Game<P>, options: RunOptions): (initial: readonly P[]) => Trajectory<P> {
  const { rules, steps, executor, signal } = options;
  const { rates, stride } = checkOptions(game, options);

  const step = ({ parameters, states }: Play<P>): Play<P> => {
    const updated = rules.map((rule, player) =>
      updateBy(rule, game, parameters, player, states[player], rates[player]),
    );
    return { parameters: updated.map((u) => u.parameters), states: updated.map((u) => u.state) };
  };
  const snapshot = ({ parameters }: Play<P>): Snapshot<P> => ({
    parameters,
    values: stack(game.values(parameters)),
  });
  const play = (parameters: P[], key: Tensor): Snapshot<P> => {
    const states = rules.map((rule, player) =>
      'update' in rule ? rule.init(game, parameters, player, key) : {},
    );
    const [end, recorded] = scan(
      (now: Play<P>, _: null): [Play<P>, Snapshot<P>] => [
        fori(0, stride, (_i, x) => step(x), now),
        snapshot(now),
      ],
      { parameters, states },
      null,
      { length: steps / stride },
    );
    return mapTree((times, last) => concat([times, expandDims(last, 0)]), recorded, snapshot(end));
  };
  const compiled = jit(vmap(play), executor === undefined ? {} : { executor });

  return (initial) => {
    signal?.throwIfAborted();
    const pairs = checkInitial(game, initial);
    const times = Array.from({ length: steps / stride + 1 }, (_, i) => i * stride);
    // Without a key no rule reads one.
    return { steps: times, ...compiled([...initial], split(options.key ?? keyOf(0), pairs)) };
  };
}

/**
 * Runs a batch of learning processes: in each, all players step simultaneously by their own rules.
 *
 * `x_i <- x_i + eta_i d_i(x)`, or what an `UpdateRule` makes of x_i, `steps` times, for every pair (one play of the game by n players, whatever n) of the
 * batch. It is one compiled call: pairs in parallel by `vmap`, over a `scan` of the recorded times, over a `fori` of
 * the steps between them. A run that diverges goes on with infinities or NaNs, which the trajectory shows.
 *
 * @param game - The game of one play.
 * @param initial - For each player, its parameters with a leading axis over the pairs.
 * @param options - The rules, step sizes, number of steps and what to record.
 * @returns Parameters and values of every pair at steps 0, stride, ..., steps.
 * @throws ArgumentError when there is not one rule, step size or tree for each player, when the stride does not
 * divide the steps, when the pairs differ in number or an initial parameter is not finite.
 *
 * @example
 * ```ts
 * import { bilinearGame, naive, run } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * const x = [tensor([[1]]), tensor([[1]])];
 * const { values, parameters } = run(bilinearGame(), x, { rules: [naive(), naive()], learningRate: 1, steps: 1 });
 * parameters[1].toArray(); // => [[[1], [0]]]
 * values.toArray(); // => [[[1, -1], [0, 0]]]
 * ```
 */
export function run<P>(game: Game<P>, initial: readonly P[], options: RunOptions): Trajectory<P> {
  return compileRun(game, options)(initial);
}

/**
 * The initial parameters of a batch of plays: `game.init` with a key of its own for every pair.
 *
 * @param key - A key made by `key` or `split` of tensor-ops; the same key gives the same parameters.
 * @param pairs - The number of plays, at least 1.
 * @returns For each player, a tree whose leaves have the leading axis [pairs].
 * @throws ArgumentError when `pairs` is not a whole number of at least 1.
 *
 * @example
 * ```ts
 * import { initialBatch, iteratedPrisonersDilemma } from '@descant/autodiff-games';
 * import { key } from '@descant/tensor-ops';
 * initialBatch(iteratedPrisonersDilemma(), key(0), 8, 'float64').map((x) => x.shape); // => [[8, 5], [8, 5]]
 * ```
 */
export function initialBatch<P>(
  game: Game<P>,
  key: Tensor,
  pairs: number,
  dtype: FloatType = 'float32',
): P[] {
  if (!Number.isInteger(pairs) || pairs < 1) {
    throw new ArgumentError('initialBatch', 'pairs', 'be a whole number of at least 1', String(pairs));
  }
  return vmap((k: Tensor) => game.init(k, dtype))(split(key, pairs));
}
