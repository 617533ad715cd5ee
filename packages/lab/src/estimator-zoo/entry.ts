/** What the zoo knows of an estimator on a game, and how it is measured. */
import { diagnose, type StochasticProgram } from '@descant/estimators';
import { flatten, key, type Tensor } from '@descant/tensor-ops';
import type { Finding } from '../experiment.ts';

/** The derivative of player 1's value: its gradient in its own parameters, or D_12, rows its own. */
export type Derivative = 'gradient' | 'mixed derivative';

/** One estimator on one game. */
export interface Entry {
  readonly game: string;
  readonly name: string;
  readonly derivative: Derivative;
  /** Whether theory says that the mean of the estimates is exact. */
  readonly unbiased: boolean;
  /** How many plays one estimate is the mean of: its variance counts as often. */
  readonly plays: number;
  readonly estimate: StochasticProgram<Tensor>;
  /** Computed when the entry is measured. */
  exact(): Tensor;
}

/** What was found of an entry, relative to the length of the exact derivative. */
export interface ZooFinding extends Finding {
  readonly game: string;
  readonly name: string;
  readonly derivative: Derivative;
  readonly unbiased: boolean;
  readonly sampled: boolean;
  readonly bias: number;
  readonly biasError: number | null;
  /** The standard deviation of the estimate from a single play. */
  readonly noise: number;
  readonly effectiveSampleSize: number;
  readonly operations: number;
}

/** The Euclidean length of a tree. */
const lengthOf = (tree: unknown): number =>
  Math.hypot(...flatten(tree).leaves.flatMap((leaf) => Array.from(leaf.data)));

/** Measures one entry, by enumeration where that is possible, otherwise from samples. */
export function measure(entry: Entry, samples: number, seed: number): ZooFinding {
  const { game, name, derivative, unbiased, plays, estimate } = entry;
  const exact = entry.exact();
  const found = diagnose(estimate, { exact, key: key(seed), samples });
  const scale = lengthOf(exact);
  const { standardErrors, n } = found;
  const bias = lengthOf(found.bias) / scale;
  const deviation = Math.sqrt(found.totalVariance * plays);
  const biasError = standardErrors && lengthOf(standardErrors.mean) / scale;
  const noiseError =
    standardErrors && deviation > 0
      ? (standardErrors.totalVariance * plays) / (2 * deviation * scale)
      : standardErrors && 0;
  const title = `${game}: ${name}, ${derivative}`;
  const row = (quantity: string, measured: number, standardError: number | null) => ({
    name: `${title}, ${quantity}`,
    paper: null,
    measured,
    standardError,
    n,
    unit: 'length of the derivative',
  });
  const noise = deviation / scale;
  return {
    game,
    name,
    derivative,
    unbiased,
    sampled: found.method === 'sampling',
    bias,
    biasError,
    noise,
    effectiveSampleSize: found.effectiveSampleSize,
    operations: found.cost.operations,
    rows: [row('bias', bias, biasError), row('noise', noise, noiseError)],
    metrics: [],
  };
}
