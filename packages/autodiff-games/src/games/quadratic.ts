/** Games with quadratic values: given ones, and random ones of the three classes of game dynamics. */
import {
  ArgumentError,
  add,
  at,
  cast,
  concat,
  type FloatType,
  matmul,
  mul,
  type Nested,
  normal,
  split,
  sum,
  type Tensor,
  tensor,
  zeros,
} from '@descant/tensor-ops';
import type { Game } from '../game.ts';
import { checkShapes } from '../parameters.ts';

/** Options of `quadraticGame`. */
export interface QuadraticGameOptions {
  readonly name?: string;
  /** d_1, ..., d_n: the number of parameters of each player. */
  readonly dimensions: readonly number[];
  /** Q [n, D, D] with D = d_1 + ... + d_n: one matrix for each player. */
  readonly matrices: Nested;
  /** b [n, D]: one vector for each player; default 0. */
  readonly vectors?: Nested;
}

function checkDimensions(fn: string, dimensions: readonly number[]): void {
  if (
    !Array.isArray(dimensions) ||
    dimensions.length === 0 ||
    !dimensions.every((d) => d >= 1 && d % 1 === 0)
  ) {
    const expected = 'be an array of whole numbers of at least 1, one a player';
    throw new ArgumentError(fn, 'dimensions', expected, JSON.stringify(dimensions));
  }
}

/** Reads nested arrays of finite numbers of the expected shape. */
function readArray(argument: string, values: Nested, shape: readonly number[]): Tensor {
  const array = tensor(values, { dtype: 'float64' });
  if (array.shape.join() !== shape.join() || !array.data.every(Number.isFinite)) {
    const expected = `hold finite numbers of shape [${shape.join(', ')}]`;
    const received = array.data.every(Number.isFinite) ? `[${array.shape.join(', ')}]` : 'NaN or Infinity';
    throw new ArgumentError('quadraticGame', argument, expected, received);
  }
  return array;
}

/**
 * A game whose values are quadratic: `f_i(x) = x' Q_i x / 2 + b_i' x`, with x the parameters of all players.
 *
 * Player i has a tensor [d_i], which starts as standard normals; x is their concatenation, of length D.
 *
 * @throws ArgumentError when dimensions, matrices or vectors have other shapes or are not finite.
 *
 * @example
 * ```ts
 * import { quadraticGame } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * const game = quadraticGame({ dimensions: [1, 1], matrices: [[[2, 1], [1, 0]], [[0, 1], [1, 2]]] });
 * game.values([tensor([3]), tensor([1])]).map((v) => v.item()); // => [12, 4]
 * ```
 */
export function quadraticGame(options: QuadraticGameOptions): Game {
  const { name = 'quadratic', dimensions } = options;
  checkDimensions('quadraticGame', dimensions);
  const players = dimensions.length;
  const size = dimensions.reduce((total, d) => total + d, 0);
  const matrices = readArray('matrices', options.matrices, [players, size, size]);
  const vectors =
    options.vectors === undefined
      ? zeros([players, size], 'float64')
      : readArray('vectors', options.vectors, [players, size]);
  const shapes = dimensions.map((d) => [d]);
  return {
    name,
    players,
    values(parameters) {
      checkShapes(name, parameters, shapes);
      const x = concat(parameters);
      return shapes.map((_, i) => {
        const half = mul(matmul(cast(at(matrices, i), x.dtype), x), 0.5);
        return sum(mul(x, add(half, cast(at(vectors, i), x.dtype))));
      });
    },
    init(key, dtype: FloatType = 'float32') {
      const keys = split(key, players);
      return shapes.map((shape, player) => normal(at(keys, player), shape, dtype));
    },
  };
}

/** The class of a game by its Hessian: symmetric for `potential`, antisymmetric for `hamiltonian`, or neither. */
export type QuadraticKind = 'generalSum' | 'potential' | 'hamiltonian';

/** Options of `randomQuadraticGame`. */
export interface RandomQuadraticOptions {
  readonly dimensions: readonly number[];
  readonly kind: QuadraticKind;
}

/**
 * A random quadratic game of one class, for testing rules.
 *
 * All entries of Q_i and b_i are normal, with standard deviation of order 1 / sqrt(D) and 1. In a `potential` game
 * the players' own rows of the game Hessian come from one symmetric matrix, in a `hamiltonian` game from one
 * antisymmetric matrix with zero blocks on the diagonal (Balduzzi et al. 2018, definition 2 and theorem 4). What a
 * value holds of the other players' parameters alone is random in every class.
 *
 * @throws ArgumentError when the dimensions or the kind are not valid.
 *
 * @example
 * ```ts
 * import { gameHessian, randomQuadraticGame } from '@descant/autodiff-games';
 * import { key, tensor } from '@descant/tensor-ops';
 * const game = randomQuadraticGame(key(0), { dimensions: [1, 1], kind: 'hamiltonian' });
 * const hessian = gameHessian(game, [tensor([0]), tensor([0])]);
 * hessian.data[1] + hessian.data[2]; // => 0
 * ```
 */
export function randomQuadraticGame(key: Tensor, { dimensions, kind }: RandomQuadraticOptions): Game {
  checkDimensions('randomQuadraticGame', dimensions);
  const kinds: readonly QuadraticKind[] = ['generalSum', 'potential', 'hamiltonian'];
  if (!kinds.includes(kind)) {
    throw new ArgumentError('randomQuadraticGame', 'kind', `be one of ${kinds.join(', ')}`, String(kind));
  }
  const players = dimensions.length;
  const owner = dimensions.flatMap((d, i) => Array.from({ length: d }, () => i));
  const size = owner.length;
  const [matrixKey, vectorKey] = [0, 1].map((i) => at(split(key), i));
  const draws = normal(matrixKey, [players + 1, size, size], 'float64').data;
  const draw = (i: number, a: number, b: number) => draws[(i * size + a) * size + b] / Math.sqrt(size);
  const symmetric = (i: number, a: number, b: number) => (draw(i, a, b) + draw(i, b, a)) / 2;
  const antisymmetric = (i: number, a: number, b: number) => (draw(i, a, b) - draw(i, b, a)) / 2;

  /** Entry [a, b] of Q_i; the draw with the number `players` is shared by all players. */
  const entry = (i: number, a: number, b: number): number => {
    if (kind === 'generalSum' || (owner[a] !== i && owner[b] !== i)) return symmetric(i, a, b);
    if (kind === 'potential') return symmetric(players, a, b);
    if (owner[a] === owner[b]) return 0;
    return owner[a] === i ? antisymmetric(players, a, b) : antisymmetric(players, b, a);
  };
  const matrices = dimensions.map((_, i) => owner.map((_, a) => owner.map((_, b) => entry(i, a, b))));
  const vectors = normal(vectorKey, [players, size], 'float64').toArray();
  return quadraticGame({ name: `quadratic (${kind})`, dimensions, matrices, vectors });
}
