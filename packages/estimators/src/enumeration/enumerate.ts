/** All outcomes of a stochastic program, with their exact probabilities. */
import {
  ArgumentError,
  add,
  exp,
  type JitOptions,
  jit,
  mapTree,
  mul,
  reshape,
  scan,
  slice,
  sum,
  type Tensor,
  tensor,
  vmap,
  where,
} from '@descant/tensor-ops';
import { checkWhole } from '../check.ts';
import { type Draws, discreteChance, drawsOf, logProbabilityOf, type StochasticProgram } from './chance.ts';
import { firstRows } from './simulate.ts';

/** Options of `enumerate`. */
export interface EnumerateOptions extends JitOptions {
  /** An error when there are more outcomes than this; default 2^20. */
  readonly maxOutcomes?: number;
  /** How many outcomes are computed at once; default 1024. More is faster until the batch outgrows the caches. */
  readonly batch?: number;
}

/** What `enumerate` found: K outcomes, the last draw changing fastest. */
export interface Enumeration<Y> {
  /** The alternatives drawn in each outcome, int32 [K, draws]. */
  readonly choices: Tensor;
  /** Float64 [K]; they sum to one. */
  readonly probabilities: Tensor;
  /** What the program returned; every leaf has a leading axis of K outcomes. */
  readonly values: Y;
}

/** How many outcomes there are; Infinity for draws that cannot be enumerated. */
export const outcomesOf = ({ alternatives, continuous }: Draws): number =>
  continuous ? Number.POSITIVE_INFINITY : alternatives.reduce((product, n) => product * n, 1);

/** All combinations of alternatives as rows, padded with copies of the first to a multiple of `batch`. */
function combinations(alternatives: readonly number[], outcomes: number, batch: number): Tensor {
  const draws = alternatives.length;
  const rows = Math.ceil(outcomes / batch) * batch;
  const data = new Int32Array(rows * draws);
  let stride = 1;
  for (let d = draws - 1; d >= 0; d--) {
    for (let k = 0; k < outcomes; k++) data[k * draws + d] = Math.floor(k / stride) % alternatives[d];
    stride *= alternatives[d];
  }
  return reshape(tensor(data), [rows / batch, batch, draws]);
}

/** The program with its discrete draws given: its probability and its value. */
function runWith<Y>(program: StochasticProgram<Y>, choices: Tensor): { probability: Tensor; value: Y } {
  let next = 0;
  let certain = 1;
  const logProbabilities: Tensor[] = [];
  const value = program(
    discreteChance(
      (alternatives, shape, logits) => {
        const count = shape.reduce((product, n) => product * n, 1);
        const drawn = reshape(slice(choices, [next], [count]), shape);
        next += count;
        if (logits === null) certain *= alternatives ** -count;
        else logProbabilities.push(sum(logProbabilityOf(logits, drawn)));
        return drawn;
      },
      () => {
        throw new Error('enumerate: a program draws normals in some runs only');
      },
    ),
  );
  const [first, ...others] = logProbabilities;
  const probability =
    first === undefined
      ? tensor(certain, { dtype: 'float64' })
      : mul(exp(others.reduce((total, l) => add(total, l), first)), certain);
  return { probability, value };
}

/**
 * Runs a stochastic program on every combination of its draws, and gives each outcome's exact probability.
 *
 * With K outcomes k of probability p_k, `E[y] = sum_k p_k y_k` without sampling error: see `expectation` and
 * `moments`. The outcomes are computed in compiled batches (`vmap` in `scan` in `jit`). Everything is differentiable
 * in traced tensors that the program uses, to any order, through values and probabilities.
 *
 * @param program - Draws what is random from `chance`, the same draws in every run, none of them inside the body of a
 *   loop or another transformation: draw the whole sequence before, and scan over it.
 * @returns Choices, probabilities and values, each with a leading axis of K outcomes.
 * @throws ArgumentError when the program draws normals, has more than `maxOutcomes` outcomes, or has probabilities
 *   that are not finite.
 *
 * @example
 * ```ts
 * import { enumerate, expectation } from '@descant/estimators';
 * import { square, sum, tensor } from '@descant/tensor-ops';
 *
 * // The square of the sum of three signs is 9 or 1.
 * const outcomes = enumerate((chance) => square(sum(chance.signs([3]))));
 * outcomes.values.toArray(); // => [9, 1, 1, 1, 1, 1, 1, 9]
 * expectation(outcomes).item(); // => 3
 *
 * const biased = enumerate((chance) => chance.categorical(tensor([0, Math.log(3)])));
 * biased.probabilities.toArray(); // => [0.25, 0.75]
 * ```
 */
export function enumerate<Y>(program: StochasticProgram<Y>, options: EnumerateOptions = {}): Enumeration<Y> {
  const { maxOutcomes = 2 ** 20, batch = 1024, ...jitOptions } = options;
  checkWhole('enumerate', 'maxOutcomes', maxOutcomes);
  checkWhole('enumerate', 'batch', batch);
  const draws = drawsOf(program);
  const outcomes = outcomesOf(draws);
  if (draws.continuous) {
    throw new ArgumentError('enumerate', 'program', 'make discrete draws only', 'one that draws normals');
  }
  if (outcomes > maxOutcomes) {
    throw new ArgumentError('enumerate', 'program', `have at most ${maxOutcomes} outcomes`, `${outcomes}`);
  }
  const choices = combinations(draws.alternatives, outcomes, Math.min(batch, outcomes));
  const all = jit((batches: Tensor) => {
    const each = vmap((row: Tensor) => runWith(program, row));
    return scan((carry, rows) => [carry, each(rows)], null, batches)[1];
  }, jitOptions);
  const { probability, value } = firstRows(all(choices), outcomes);
  checkProbabilities(probability);
  return { choices: firstRows(choices, outcomes), probabilities: probability, values: value };
}

function checkProbabilities(probabilities: Tensor): void {
  if (!probabilities.isConcrete) return;
  const wrong = probabilities.data.findIndex((p) => !Number.isFinite(p));
  if (wrong >= 0) {
    const received = `${probabilities.data[wrong]} for outcome ${wrong}`;
    throw new ArgumentError('enumerate', 'probabilities', 'be finite', received);
  }
}

/**
 * The exact expectation of what a program returns: `E[y] = sum_k p_k y_k`, for each element of each leaf.
 *
 * Outcomes of probability 0 do not count, even where their values are not finite. Made of tensor operations:
 * differentiable in whatever the program was, so that it gives exact derivatives of an expected value.
 *
 * @param enumeration - What `enumerate` returned.
 * @returns A float64 tree like one value of the program.
 *
 * @example
 * ```ts
 * import { enumerate, expectation } from '@descant/estimators';
 * import { grad, square, stack, tensor, type Tensor } from '@descant/tensor-ops';
 *
 * // E[a^2] for a = 1 with probability sigmoid(x): its derivative at 0 is 1/4.
 * const value = (x: Tensor) =>
 *   expectation(enumerate((chance) => square(chance.categorical(stack([tensor(0), x])))));
 * grad(value)(tensor(0)).item(); // => 0.25
 * ```
 */
export function expectation<Y>({ probabilities, values }: Enumeration<Y>): Y {
  return mapTree((leaf) => {
    const p = reshape(probabilities, [leaf.shape[0], ...leaf.shape.slice(1).map(() => 1)]);
    return sum(where(p, mul(p, where(p, leaf, 0)), 0), 0);
  }, values);
}
