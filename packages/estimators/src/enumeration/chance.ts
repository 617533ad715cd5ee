/** Where a stochastic program gets its randomness: an interface that can enumerate as well as draw. */
import {
  ArgumentError,
  arange,
  cast,
  equal,
  expandDims,
  type FloatType,
  foldIn,
  jit,
  logSoftmax,
  mul,
  normal,
  randint,
  type Shape,
  categorical as sampleCategorical,
  sub,
  sum,
  Tensor,
  where,
  zeros,
} from '@descant/tensor-ops';

/**
 * The only source of randomness of a `StochasticProgram`.
 *
 * Draws stand outside of the functions given to `scan`, `fori`, `cond`, `vmap`, `grad` and the like, which are traced
 * once: a draw in the body of a loop would be one draw for all its steps. Draw the whole sequence before, and scan
 * over it. (Such a draw is an error wherever it can be seen: unless the program itself runs in a transformation.)
 */
export interface Chance {
  /** For each row of logits [..., K] one of 0, ..., K - 1 with probabilities softmax(logits): int32 [...]. */
  categorical(logits: Tensor): Tensor;
  /** Independent signs, -1 or +1 with probability 1/2 each; default dtype float32. */
  signs(shape: Shape, dtype?: FloatType): Tensor;
  /** Independent standard normals; default dtype float32. They can be sampled, but not enumerated. */
  normal(shape: Shape, dtype?: FloatType): Tensor;
}

/**
 * A computation whose result is random: a pure function but for what it draws from `chance`. It makes the same
 * draws, of the same shapes, in every run.
 */
export type StochasticProgram<Y> = (chance: Chance) => Y;

/** What a program draws, found by running it once. */
export interface Draws {
  /** K of every single discrete draw, in order. */
  readonly alternatives: readonly number[];
  /** True when it also draws normals. */
  readonly continuous: boolean;
}

/** log softmax(logits) at the drawn classes, in float64. */
export function logProbabilityOf(logits: Tensor, drawn: Tensor): Tensor {
  const classes = logits.shape[logits.rank - 1];
  const chosen = equal(expandDims(drawn, -1), arange(0, classes));
  return sum(where(chosen, logSoftmax(cast(logits, 'float64')), 0), -1);
}

const sizeOf = (shape: Shape): number => shape.reduce((product, n) => product * n, 1);

function checkLogits(logits: Tensor): number {
  const received = logits instanceof Tensor ? `${logits.dtype} [${logits.shape.join(', ')}]` : typeof logits;
  if (!(logits instanceof Tensor) || logits.rank === 0 || !logits.dtype.startsWith('float')) {
    throw new ArgumentError('chance.categorical', 'logits', 'be a float tensor [..., K]', received);
  }
  const classes = logits.shape[logits.rank - 1];
  if (classes === 0) throw new ArgumentError('chance.categorical', 'logits', 'have K >= 1', received);
  if (logits.isConcrete && logits.data.some((v) => Number.isNaN(v))) {
    throw new ArgumentError('chance.categorical', 'logits', 'not be NaN', 'NaN');
  }
  return classes;
}

/** Signs from classes 0 and 1. */
const signsOf = (classes: Tensor, dtype: FloatType): Tensor => sub(mul(cast(classes, dtype), 2), 1);

/** Takes every discrete draw from `take`, which also learns the draw's logits (null: all equally likely). */
export function discreteChance(
  take: (alternatives: number, shape: Shape, logits: Tensor | null) => Tensor,
  normals: (shape: Shape, dtype: FloatType) => Tensor,
): Chance {
  return {
    categorical: (logits) => take(checkLogits(logits), logits.shape.slice(0, -1), logits),
    signs: (shape, dtype = 'float32') => signsOf(take(2, shape, null), dtype),
    normal: (shape, dtype = 'float32') => normals(shape, dtype),
  };
}

/** Random draws: the d-th one uses `foldIn(key, d)`. */
export function sampledChance(key: Tensor): Chance {
  let draws = 0;
  const next = () => foldIn(key, draws++);
  return discreteChance(
    (alternatives, shape, logits) =>
      logits === null ? randint(next(), shape, 0, alternatives) : sampleCategorical(next(), logits),
    (shape, dtype) => normal(next(), shape, dtype),
  );
}

/** Is a transformation tracing? `jit` tells: it hands its argument through unchanged inside of another. */
function isTracing(): boolean {
  let concrete = false;
  const probe = jit((x: Tensor): Tensor => {
    concrete = x.isConcrete;
    throw new Error('seen');
  });
  try {
    probe(zeros([]));
  } catch {}
  return concrete;
}

/** Runs a program once, on the first alternative of every draw, to learn what it draws. */
export function drawsOf(program: StochasticProgram<unknown>): Draws {
  const alternatives: number[] = [];
  let continuous = false;
  const outside = !isTracing();
  const checkPlace = () => {
    if (outside && isTracing()) {
      const expected = 'draw outside of loops and transformations';
      throw new ArgumentError('chance', 'program', expected, 'a draw in a function that is traced once');
    }
  };
  program(
    discreteChance(
      (count, shape) => {
        checkPlace();
        alternatives.push(...new Array<number>(sizeOf(shape)).fill(count));
        return zeros(shape, 'int32');
      },
      (shape, dtype) => {
        checkPlace();
        continuous = true;
        return zeros(shape, dtype);
      },
    ),
  );
  return { alternatives, continuous };
}
