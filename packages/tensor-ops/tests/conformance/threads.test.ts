/** Every operation, its gradient and its second derivatives have the same bits on one thread and on several. */
import { jit, type Tensor } from '@descant/tensor-ops';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SEED } from '../support/arbitraries.ts';
import { type Grid, toTensor } from '../support/grid.ts';
import { generator, noise } from '../support/noise.ts';
import { begin, bothWays, end, otherBits } from '../threads/support.ts';
import { everyDerivative } from './derivative-laws.ts';
import type { Row } from './row.ts';
import { TABLE } from './table.ts';
import { typedArguments } from './typed.ts';

const executor = (ways: 'one' | 'several') => ({
  name: ways,
  compile: (program: Parameters<typeof bothWays>[0]) => bothWays(program, 'S2')[ways],
});

type Derivatives = Readonly<Record<string, Tensor | readonly Tensor[]>>;

const dataOf = (found: Derivatives) =>
  Object.values(found)
    .flat()
    .map((x) => (x as Tensor).data);

function check(row: Row, args: readonly Grid[], dtype: 'float32' | 'float64', seed: number): void {
  const random = generator(seed);
  const inputs = typedArguments(row, args, dtype);
  const value = row.fn(...inputs);
  const directions = (): Tensor[] =>
    inputs.filter((_, i) => row.differentiable[i]).map(({ shape }) => toTensor(noise(shape, random), dtype));
  const cotangent = toTensor(noise(value.shape, random), dtype);
  const [v, u] = [directions(), directions()];
  const on = (ways: 'one' | 'several') => {
    if (v.length === 0) return [jit(row.fn, { executor: executor(ways) })(...inputs).data];
    return dataOf(jit(everyDerivative(row), { executor: executor(ways) })(inputs, cotangent, v, u));
  };
  expect(otherBits(on('several'), on('one'))).toBeUndefined();
}

describe.each(['float32', 'float64'] as const)('%s', (dtype) => {
  beforeAll(begin);
  afterAll(end);

  test.each(TABLE.filter((row) => !row.dtypes || row.dtypes.includes(dtype)))('$name', (row) => {
    fc.assert(
      fc.property(row.args(1), fc.nat(), ([args], seed) => check(row, args, dtype, seed)),
      { seed: SEED, numRuns: 2 },
    );
  });
});
