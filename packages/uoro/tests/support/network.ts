import { readFileSync } from 'node:fs';
import { flatten, type Nested, ones, type Tensor, tensor } from '@descant/tensor-ops';
import { classifier, type LinearReadout, type ModelParameters, type Target, tanhRnn } from '@descant/uoro';

/** A float64 tensor. */
export const float64 = (values: Nested | number): Tensor => tensor(values, { dtype: 'float64' });

/** Reference values of a tanh RNN of 3 units on 5 steps; `conventions` in the file says what each is. */
// biome-ignore lint/suspicious/noExplicitAny: a file of nested numbers, read by name
export const reference: any = JSON.parse(
  readFileSync(new URL('../vectors/uoro.json', import.meta.url), 'utf8'),
).rnn;

const { params } = reference;

/** The network of the reference values. */
export const model = classifier(tanhRnn({ inputs: params.X, units: params.H }), params.n_out);

export const parameters: ModelParameters<LinearReadout> = {
  weights: [float64(params.W)],
  readout: { weights: float64(params.readout_V), bias: float64(params.readout_c) },
};

export const inputs: Tensor = float64(params.x);
export const targets: Target = {
  value: tensor(params.targets, { dtype: 'int32' }),
  weight: ones([params.T], 'float64'),
};
export const start: Tensor = float64(params.h0);

/** All elements of a tree, in the order of its leaves. */
export const elements = (tree: unknown): number[] =>
  flatten(tree).leaves.flatMap((leaf) => Array.from(leaf.data, Number));

/** The largest difference of elements, relative to the largest magnitude expected (absolute where all are zero). */
export function relativeError(actual: readonly number[], expected: readonly number[]): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  const largest = (values: readonly number[]) => values.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  const differences = expected.map((v, i) =>
    Number.isFinite(actual[i]) ? v - actual[i] : Number.POSITIVE_INFINITY,
  );
  return largest(differences) / (largest(expected) || 1);
}

/** All numbers of nested arrays. */
export const numbers = (nested: unknown): number[] =>
  Array.isArray(nested) ? nested.flatMap(numbers) : [nested as number];
