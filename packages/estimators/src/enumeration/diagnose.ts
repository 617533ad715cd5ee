/** Bias, variance and cost of an estimate, exactly where possible. */
import { ArgumentError, flatten, type JitOptions, type Tensor, tensor, unflatten } from '@descant/tensor-ops';
import { drawsOf, type StochasticProgram } from './chance.ts';
import { type Cost, costOf } from './cost.ts';
import { enumerate, outcomesOf } from './enumerate.ts';
import { compensatedSum, leafMoments } from './moments.ts';
import { simulate } from './simulate.ts';

/** Options of `diagnose`. */
export interface DiagnoseOptions<Y> extends JitOptions {
  /** What the estimate should be on average, a tree like it; without it no bias is reported. */
  readonly exact?: Y;
  /** Enumerates when there are no more outcomes than this; default 65 536. 0 always samples. */
  readonly maxOutcomes?: number;
  /** For sampling; needed only then. */
  readonly key?: Tensor;
  /** How often to sample; default 10 000, at least 2. */
  readonly samples?: number;
}

/** What `diagnose` found; trees are float64, like one estimate. */
export interface Diagnosis<Y> {
  /** `enumeration`: exact, but for rounding. `sampling`: with standard errors. */
  readonly method: 'enumeration' | 'sampling';
  /** Outcomes or samples. */
  readonly n: number;
  readonly mean: Y;
  /** Mean minus exact; null when `exact` was not given. */
  readonly bias: Y | null;
  /** The largest absolute bias of an element. */
  readonly maxBias: number | null;
  /** The variance of each element, for a single estimate. */
  readonly variance: Y;
  /** The trace of the covariance. */
  readonly totalVariance: number;
  /** The squared distance to `exact` on average: squared bias plus total variance; from samples without bias. */
  readonly meanSquaredError: number | null;
  /** Null when enumerated. */
  readonly standardErrors: {
    /** Of the mean, and so of the bias. */
    readonly mean: Y;
    readonly totalVariance: number;
  } | null;
  /**
   * What one estimate is worth, in (0, 1]: Kish's `(E w)^2 / E[w^2]` with the norms of estimates as weights w. It is 1
   * when all estimates are equally long, and small when rare long ones carry the mean. n estimates have n times this.
   */
  readonly effectiveSampleSize: number;
  /**
   * Total variance over the squared norm of the mean: how many estimates must be averaged until the noise is as long
   * as the signal (the gradient noise scale of McCandlish et al. 2018).
   */
  readonly noiseScale: number;
  /** Of one estimate, without the making of random numbers. */
  readonly cost: Cost;
}

/** Mean, variance and the fourth moment of the distance from the mean, over rows with weights. */
function summarise(leaves: readonly Tensor[], weights: ArrayLike<number>) {
  const each = leaves.map((leaf) => leafMoments(leaf, weights));
  const n = weights.length;
  const sizes = leaves.map((leaf) => leaf.size / n);
  /** The squared length of row k, measured from a centre. */
  const lengthSquared = (k: number, centre?: readonly Float64Array[]): number =>
    leaves.reduce((total, { data }, i) => {
      for (let j = 0; j < sizes[i]; j++) total += (data[k * sizes[i] + j] - (centre?.[i][j] ?? 0)) ** 2;
      return total;
    }, 0);
  const average = (of: (k: number) => number) =>
    compensatedSum(n, (k) => (weights[k] === 0 ? 0 : weights[k] * of(k)));
  const means = each.map(({ mean }) => mean);
  const length = average((k) => Math.sqrt(lengthSquared(k)));
  const secondMoment = average((k) => lengthSquared(k));
  return {
    each,
    totalVariance: average((k) => lengthSquared(k, means)),
    fourthMoment: average((k) => lengthSquared(k, means) ** 2),
    meanSquared: compensatedSum(means.length, (i) => means[i].reduce((s, m) => s + m * m, 0)),
    effectiveSampleSize: secondMoment > 0 ? length ** 2 / secondMoment : 1,
  };
}

const onlyJit = ({ executor }: JitOptions): JitOptions => (executor === undefined ? {} : { executor });

/** The error that names the first estimate that is not finite. */
function checkFinite(leaves: readonly Tensor[], weights: ArrayLike<number>): void {
  for (const { data } of leaves) {
    const size = data.length / weights.length;
    const wrong = data.findIndex((x, j) => weights[Math.floor(j / size)] !== 0 && !Number.isFinite(x));
    if (wrong >= 0) {
      const received = `${data[wrong]} in outcome ${Math.floor(wrong / size)}`;
      throw new ArgumentError('diagnose', 'program', 'return finite estimates', received);
    }
  }
}

/** Means minus a tree of exact values. */
function biasOf(
  means: readonly Float64Array[],
  shapes: readonly (readonly number[])[],
  exact: unknown,
): Float64Array[] {
  const { leaves } = flatten(exact, 'diagnose');
  const show = (all: readonly (readonly number[])[]) => all.map((s) => `[${s.join(', ')}]`).join(', ');
  const given = show(leaves.map((leaf) => leaf.shape));
  if (given !== show(shapes)) {
    throw new ArgumentError('diagnose', 'exact', `be like an estimate, ${show(shapes)}`, given);
  }
  return means.map((mean, i) => mean.map((m, j) => m - leaves[i].data[j]));
}

/** Runs the program on all outcomes, or on samples: rows of values with weights, and the seconds it took. */
function rowsOf<Y>(program: StochasticProgram<Y>, options: DiagnoseOptions<Y>) {
  const { maxOutcomes = 65_536, key, samples = 10_000 } = options;
  const jitOptions = onlyJit(options);
  const outcomes = outcomesOf(drawsOf(program));
  const method: 'enumeration' | 'sampling' = outcomes <= maxOutcomes ? 'enumeration' : 'sampling';
  if (method === 'sampling' && key === undefined) {
    const received = outcomes === Number.POSITIVE_INFINITY ? 'normal draws' : `${outcomes} outcomes`;
    throw new ArgumentError('diagnose', 'key', 'be given, because the program has to be sampled', received);
  }
  if (method === 'sampling' && !(Number.isSafeInteger(samples) && samples >= 2)) {
    throw new ArgumentError('diagnose', 'samples', 'be a whole number of at least 2', String(samples));
  }
  const run = () => {
    if (method === 'enumeration') {
      const { probabilities, values } = enumerate(program, { ...jitOptions, maxOutcomes });
      return { weights: probabilities.data, values };
    }
    const values = simulate(program, key as Tensor, samples, jitOptions);
    return { weights: new Float64Array(samples).fill(1 / samples), values };
  };
  return { method, ...run() };
}

/**
 * Bias, variance, effective sample size and cost of an estimate.
 *
 * A program with discrete draws and few outcomes is enumerated, and everything is exact; any other is sampled, with
 * standard errors: of the mean `sqrt(variance / n)`, of the total variance `sqrt((E[d^4] - E[d^2]^2) / n)` with d the
 * distance of an estimate from the mean. Variances from samples are divided by n - 1.
 *
 * @param program - Returns the estimate, a tree of tensors: for example the gradient of a surrogate on a play that was
 *   drawn from `chance`.
 * @param options.exact - The true value, if known: often the derivative of `expectation(enumerate(...))`.
 * @throws ArgumentError when sampling is needed and there is no key, when estimates are not finite, or when `exact`
 *   has another shape.
 *
 * @example
 * ```ts
 * import { type Chance, diagnose } from '@descant/estimators';
 * import { key, mul, tensor } from '@descant/tensor-ops';
 *
 * const estimate = (chance: Chance) => mul(chance.signs([], 'float64'), 2);
 * const found = diagnose(estimate, { exact: tensor(1) });
 * [found.method, found.n, found.maxBias, found.totalVariance, found.meanSquaredError]; // => ['enumeration', 2, 1, 4, 5]
 *
 * const sampled = diagnose((chance) => chance.normal([3], 'float64'), { key: key(0) });
 * Math.abs(sampled.totalVariance - 3) < 5 * sampled.standardErrors!.totalVariance; // => true
 * ```
 */
export function diagnose<Y>(program: StochasticProgram<Y>, options: DiagnoseOptions<Y> = {}): Diagnosis<Y> {
  const fn = 'diagnose';
  const { method, weights, values } = rowsOf(program, options);
  const { leaves, structure } = flatten(values, fn);
  const n = weights.length;
  checkFinite(leaves, weights);
  const summary = summarise(leaves, weights);
  const sampled = method === 'sampling';
  // Variances of samples are unbiased; enumerated ones are those of the distribution itself.
  const correction = sampled ? n / (n - 1) : 1;
  const shapes = leaves.map((leaf) => leaf.shape.slice(1));
  const treeOf = (elements: readonly Float64Array[]): Y =>
    unflatten<Y>(
      structure,
      elements.map((e, i) => tensor(e, { shape: shapes[i] })),
    );
  const means = summary.each.map(({ mean }) => mean);
  const variances = summary.each.map(({ second }) => second.map((v) => v * correction));
  const totalVariance = summary.totalVariance * correction;
  const biases = options.exact === undefined ? null : biasOf(means, shapes, options.exact);
  const squaredBias = (all: readonly Float64Array[]) =>
    all.reduce((total, b) => total + b.reduce((s, x) => s + x * x, 0), 0);
  return {
    method,
    n,
    mean: treeOf(means),
    bias: biases && treeOf(biases),
    maxBias:
      biases === null
        ? null
        : biases.reduce((most, b) => b.reduce((m, x) => Math.max(m, Math.abs(x)), most), 0),
    variance: treeOf(variances),
    totalVariance,
    // The squared bias of a sample contains the variance of its mean.
    meanSquaredError: biases && squaredBias(biases) + totalVariance * (sampled ? 1 - 1 / n : 1),
    standardErrors: sampled
      ? {
          mean: treeOf(variances.map((v) => v.map((x) => Math.sqrt(x / n)))),
          totalVariance: Math.sqrt(Math.max(0, summary.fourthMoment - summary.totalVariance ** 2) / n),
        }
      : null,
    effectiveSampleSize: summary.effectiveSampleSize,
    noiseScale: totalVariance / summary.meanSquared,
    cost: costOf(program, onlyJit(options)),
  };
}
