/** FTNPL: follow the neurally perturbed leader, on games. */
import {
  ArgumentError,
  add,
  at,
  clip,
  concat,
  div,
  type Executor,
  exp,
  expandDims,
  type FloatType,
  fori,
  full,
  grad,
  jit,
  mapTree,
  mul,
  neg,
  normal,
  pad,
  reshape,
  scan,
  slice,
  softmax,
  split,
  square,
  stack,
  sub,
  sum,
  type Tensor,
  tanh,
  vmap,
  zeros,
} from '@descant/tensor-ops';
import type { Game } from '../game.ts';
import { replaced } from '../parameters.ts';
import {
  type Affine,
  applied,
  drawnAffine,
  drawnPolicy,
  logProbability,
  logStdOf,
  type Policy,
} from './ftnpl-mediator.ts';
import { checkRate } from './opponents.ts';

/** What makes the codes: a mediator that learns, or, for ablation, less and less of one. */
export type FtnplMediator = 'learned' | 'frozen' | 'zeroCode' | 'constantCode';

/** Options of `runFtnpl`. */
export interface FtnplOptions {
  /**
   * `learned`; `frozen`: it stays as it was drawn; `zeroCode`: all codes are 0; `constantCode`: all codes are 1.
   */
  readonly mediator: FtnplMediator;
  /** Whether the code is the mean of the mediator's distribution, or drawn from it. */
  readonly codes: 'mean' | 'sampled';
  /** The step sizes: of both players, or of each. */
  readonly learningRate: number | readonly number[];
  /** The step size of the mediator, at least 0; the released code has 0.1. */
  readonly mediatorRate: number;
  readonly steps: number;
  /** C; default 2, as in the paper. */
  readonly codeSize?: number;
  /** K, how many past parameters of its own a player averages gradients over; default 5, as in the paper. */
  readonly queueSize?: number;
  /** Records every so many steps, besides the start; divides `steps`. Default: `steps`. */
  readonly stride?: number;
  /** Draws the initial players and mediators and the codes. */
  readonly key: Tensor;
  /** How many processes run side by side; default 1. */
  readonly pairs?: number;
  readonly dtype?: FloatType;
  readonly executor?: Executor;
}

/** What processes of FTNPL went through. */
export interface FtnplTrajectory {
  /** The recorded steps: 0, stride, ..., steps. */
  readonly steps: number[];
  /** For each player the mixed strategies [pairs, time, A], under the code of the time (0 at the start). */
  readonly strategies: Tensor[];
  /** The codes [pairs, time, C]. */
  readonly codes: Tensor;
}

interface State {
  /** The last K maps of each player from the code to its logits, oldest first; leaves [K, ...]. */
  readonly queues: Affine[];
  /** How many of them are filled. */
  readonly filled: Tensor;
  readonly policy: Policy;
  readonly code: Tensor;
  readonly key: Tensor;
}

/** The process on one game. */
function process(game: Game, actions: readonly number[], options: ReturnType<typeof checked>) {
  const { codeSize, queueSize, mediator, codes, learningRate, mediatorRate, dtype } = options;
  const newest = (queue: Affine): Affine => mapTree((leaf) => at(leaf, queueSize - 1), queue);
  const strategiesOf = (queues: readonly Affine[], code: Tensor) =>
    queues.map((queue) => softmax(applied(newest(queue), code)));
  const seen = (state: State) =>
    concat(strategiesOf(state.queues, state.code).map((s, i) => sub(s, 1 / actions[i])));

  const init = (key: Tensor): State => {
    const keys = split(key, actions.length + 2);
    const observed = actions.reduce((a, b) => a + b);
    const queues = actions.map((a, i) => {
      const first = drawnAffine(at(keys, i), a, codeSize, dtype);
      return mapTree(
        (leaf) =>
          pad(expandDims(leaf, 0), [[queueSize - 1, 0], ...leaf.shape.map((): [number, number] => [0, 0])]),
        first,
      );
    });
    return {
      queues,
      filled: full([], 1, dtype),
      policy: drawnPolicy(at(keys, actions.length), observed, codeSize, dtype),
      code: zeros([codeSize], dtype),
      key: at(keys, actions.length + 1),
    };
  };

  const step = (state: State): State => {
    const { queues, filled, policy } = state;
    const keys = split(state.key);
    const sight = seen(state);
    const mean = applied(policy.mean, sight);
    const draw = add(mean, mul(exp(logStdOf(policy, sight)), normal(at(keys, 1), [codeSize], dtype)));
    const code = {
      learned: () => tanh(codes === 'mean' ? mean : draw),
      frozen: () => tanh(codes === 'mean' ? mean : draw),
      zeroCode: () => zeros([codeSize], dtype),
      constantCode: () => full([codeSize], 1, dtype),
    }[mediator]();

    // The filled places of the queue are its last ones.
    const used = stack(
      Array.from({ length: queueSize }, (_, k) => clip(sub(add(filled, k), queueSize - 1), 0, 1)),
    );
    const logits = queues.map((queue) => applied(newest(queue), code));
    const payoffs: Tensor[] = [];
    const moved = queues.map((queue, i) => {
      const value = (own: Affine) => game.values(replaced(logits, i, applied(own, code)))[i];
      payoffs.push(vmap(value)(queue));
      const gradients = vmap(grad(value))(queue);
      return mapTree(
        (leaf, gradient) => {
          const weights = reshape(used, [queueSize, ...leaf.shape.slice(1).map(() => 1)]);
          const step = mul(div(sum(mul(gradient, weights), 0), filled), learningRate[i]);
          const next = expandDims(add(at(leaf, queueSize - 1), step), 0);
          const kept = slice(
            leaf,
            [1, ...leaf.shape.slice(1).map(() => 0)],
            [queueSize - 1, ...leaf.shape.slice(1)],
          );
          return concat([kept, next]);
        },
        queue,
        gradients,
      );
    });

    const pairs = mul(expandDims(used, 0), expandDims(used, 1));
    const squares = payoffs.map((u) => sum(mul(pairs, square(sub(expandDims(u, 0), expandDims(u, 1))))));
    // Each pair is counted twice in the squares.
    const reward = neg(
      div(
        mul(
          squares.reduce((a, b) => add(a, b)),
          2,
        ),
        square(filled),
      ),
    );
    const score = grad((p: Policy) => logProbability(p, sight, draw))(policy);
    return {
      queues: moved,
      filled: clip(add(filled, 1), 1, queueSize),
      policy:
        mediator === 'learned'
          ? mapTree((p, s) => add(p, mul(mul(s, reward), mediatorRate)), policy, score)
          : policy,
      code,
      key: at(keys, 0),
    };
  };
  const snapshot = (state: State) => ({
    strategies: strategiesOf(state.queues, state.code),
    codes: state.code,
  });
  return { init, step, snapshot };
}

/** Checks the options, and fills in the defaults. */
function checked(game: Game, options: FtnplOptions) {
  const { executor: _, codeSize = 2, queueSize = 5, pairs = 1, dtype = 'float32', ...given } = options;
  const { learningRate, mediatorRate, steps, stride = steps, mediator, codes } = given;
  const counts = { codeSize, queueSize, pairs, steps, stride };
  for (const [argument, count] of Object.entries(counts)) {
    if (!Number.isInteger(count) || count < 1) {
      throw new ArgumentError('runFtnpl', argument, 'be a whole number of at least 1', String(count));
    }
  }
  if (steps % stride !== 0) {
    throw new ArgumentError('runFtnpl', 'stride', `divide steps = ${steps}`, String(stride));
  }
  checkRate('runFtnpl', 'mediatorRate', mediatorRate);
  const rates =
    typeof learningRate === 'number'
      ? Array.from({ length: game.players }, () => learningRate)
      : learningRate;
  if (rates.length !== game.players || !rates.every((r) => Number.isFinite(r) && r >= 0)) {
    const expected = `be a finite number of at least 0, or ${game.players} of them`;
    throw new ArgumentError('runFtnpl', 'learningRate', expected, rates.join(', '));
  }
  const mediators: readonly FtnplMediator[] = ['learned', 'frozen', 'zeroCode', 'constantCode'];
  if (!mediators.includes(mediator)) {
    throw new ArgumentError('runFtnpl', 'mediator', `be one of ${mediators.join(', ')}`, String(mediator));
  }
  if (codes !== 'mean' && codes !== 'sampled') {
    throw new ArgumentError('runFtnpl', 'codes', 'be mean or sampled', String(codes));
  }
  return { ...given, learningRate: rates, codeSize, queueSize, pairs, dtype, stride };
}

/**
 * Follow the neurally perturbed leader: players whose strategies depend on a code, and a mediator who sends the codes.
 *
 * Player i has an affine map from the code c to the logits of its strategy in `game`. At every step:
 * 1. the mediator sees all strategies, each less the uniform one, and sends `c = tanh(m)` with m the mean of, or a
 *    draw from, a Gaussian whose mean and log standard deviation are affine in what it sees;
 * 2. every player moves its latest parameters phi by the mean over its last K parameters phi_k of the gradients of its
 *    value: `phi <- phi + eta mean_k grad f_i(phi_k, omega, c)`, omega being the latest of the others;
 * 3. the mediator learns by REINFORCE from `r = -sum_{k < l} sum_i (u_i(phi_k) - u_i(phi_l))^2 / (K^2 / 4)`, with
 *    u_i(phi_k) the value that player i's parameters phi_k would have now.
 *
 * Source: Azarafrooz 2020 (FTNPL), algorithm 1. Deviations: the printed loops over the queues do not use their
 * variables, so that every term would be the same; step 2 is the working form. The reward is eq. 7 (a sum of two ReLUs,
 * while eq. 5 prints the ReLU of the sum) with squares in place of ReLUs, as the paper says it does in practice; its
 * released code has `np.max(a - b, 0)`, which is the difference itself. Players move at once, as printed; in the
 * released code the second sees the first one's step. The score is of the draw, with nothing flowing through it (the
 * code takes the log-probability at the wrong point, tanh of the draw, and lets the gradient pass). With `mean` codes
 * the mediator is credited for a draw that nobody saw, as in the code; the paper uses this in the convex game.
 *
 * What the mediator learns does not matter in matching pennies: with a frozen mediator the strategies converge as
 * well. What matters is that codes depend on strategies; with codes 0 or 1 throughout the strategies circle.
 *
 * @param game - Its players' parameters must be logits [A] of two or more actions, as in `pennies`.
 * @throws ArgumentError when an option is out of range or the game's parameters are not vectors.
 *
 * @example
 * ```ts
 * import { pennies, runFtnpl } from '@descant/autodiff-games';
 * import { key } from '@descant/tensor-ops';
 * const { strategies } = runFtnpl(pennies({ convex: true }), {
 *   mediator: 'learned', codes: 'mean', learningRate: 0.01, mediatorRate: 0.1, steps: 20, key: key(0), pairs: 3,
 * });
 * strategies.map((s) => s.shape); // => [[3, 2, 2], [3, 2, 2]]
 * ```
 */
export function runFtnpl(game: Game, options: FtnplOptions): FtnplTrajectory {
  const settings = checked(game, options);
  const { steps, stride, pairs, key, dtype } = settings;
  const actions = game.init(key, dtype).map((p, i) => {
    if (p.rank === 1 && p.size >= 2) return p.size;
    const expected = 'have the logits of two or more actions for its parameters, shape [A]';
    throw new ArgumentError('runFtnpl', 'game', expected, `[${p.shape.join(', ')}] for player ${i}`);
  });
  const { init, step, snapshot } = process(game, actions, settings);
  const play = (k: Tensor) => {
    const [end, recorded] = scan(
      (state: State, _: null) => [fori(0, stride, (_i, s) => step(s), state), snapshot(state)],
      init(k),
      null,
      { length: steps / stride },
    );
    return mapTree((times, last) => concat([times, expandDims(last, 0)]), recorded, snapshot(end));
  };
  const compiled = jit(vmap(play), options.executor === undefined ? {} : { executor: options.executor });
  const times = Array.from({ length: steps / stride + 1 }, (_, i) => i * stride);
  return { steps: times, ...compiled(split(key, pairs)) };
}
