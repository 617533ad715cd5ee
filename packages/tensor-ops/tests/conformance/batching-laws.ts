/** vmap(f) is f on every example: for every choice of batched arguments, for the gradient, and nested. */
import { type BatchAxis, type DType, grad, mul, sum, type Tensor, vmap } from '@descant/tensor-ops';
import { expectClose } from '../support/close.ts';
import type { Mode } from '../support/executors.ts';
import { type Grid, stackGrids, toGrid, toTensor } from '../support/grid.ts';
import { generator, noise } from '../support/noise.ts';
import type { Row } from './row.ts';

/** Every non-empty choice of arguments that are batched. */
const masks = (arity: number): boolean[][] =>
  Array.from({ length: 2 ** arity - 1 }, (_, m) =>
    Array.from({ length: arity }, (_, i) => (((m + 1) >> i) & 1) === 1),
  );

const axesOf = (mask: readonly boolean[]): BatchAxis[] => mask.map((batched) => (batched ? 0 : null));

/** A single-example function of all arguments, then of one cotangent: the value and the gradient. */
function valueAndGradient({ fn, differentiable }: Row) {
  return (...argsAndCotangent: Tensor[]): Tensor[] => {
    const args = argsAndCotangent.slice(0, -1);
    const [c] = argsAndCotangent.slice(-1);
    if (!differentiable.includes(true)) return [fn(...args)];
    const loss = (x: Tensor[]) => {
      let next = 0;
      return sum(mul(c, fn(...args.map((arg, i) => (differentiable[i] ? x[next++] : arg)))));
    };
    return [fn(...args), ...grad(loss)(args.filter((_, i) => differentiable[i]))];
  };
}

/**
 * Checks vmap on four examples of the same shapes: each mask once alone (two examples) and once as the outer of two
 * nested maps (two by two examples), whose inner map batches the other arguments (or all). Numbers are of `dtype`.
 */
export function checkBatching(
  row: Row,
  examples: readonly Grid[][],
  mode: Mode,
  seed: number,
  { dtype, tolerance }: { dtype: DType; tolerance: number } = { dtype: 'float64', tolerance: 1e-11 },
): void {
  const arity = examples[0].length;
  const c = noise(row.reference(...examples[0]).shape, generator(seed));
  const single = valueAndGradient(row);
  const typed = (g: Grid, i: number) => toTensor(g, row.fixedTypes?.[i] ?? dtype);
  const stacked = (i: number, which: readonly number[]) => stackGrids(which.map((e) => examples[e][i]));
  const plans = masks(arity).map((outer) => {
    const others = outer.map((batched) => !batched);
    const nestedInner = others.includes(true) ? others : outer;
    return { outer, nestedInner };
  });

  const every = (flat: Tensor[][], twice: Tensor[][], cotangent: Tensor) =>
    plans.map(({ outer, nestedInner }, p) => ({
      once: vmap(single, [...axesOf(outer), null])(...flat[p], cotangent),
      twice: vmap(vmap(single, [...axesOf(nestedInner), null]), [...axesOf(outer), null])(
        ...twice[p],
        cotangent,
      ),
    }));
  const run = mode.run(every);
  const flat = plans.map(({ outer }) =>
    outer.map((batched, i) => typed(batched ? stacked(i, [0, 1]) : examples[0][i], i)),
  );
  // Example 2 o + i stands at outer position o and inner position i; an unbatched level stays at position 0.
  const twice = plans.map(({ outer, nestedInner }) =>
    outer.map((isOuter, i) => {
      const inner = (o: number) => (nestedInner[i] ? stacked(i, [2 * o, 2 * o + 1]) : examples[2 * o][i]);
      return typed(isOuter ? stackGrids([inner(0), inner(1)]) : inner(0), i);
    }),
  );
  const results = run(flat, twice, toTensor(c, dtype));

  plans.forEach(({ outer, nestedInner }, p) => {
    const alone = (which: (i: number) => number) =>
      single(...outer.map((_, i) => typed(examples[which(i)][i], i)), toTensor(c, dtype)).map(toGrid);
    const what = `${row.name}: vmap with batched arguments [${outer}]`;
    const eachOnce = [0, 1].map((b) => alone((i) => (outer[i] ? b : 0)));
    const eachTwice = [0, 1].map((o) =>
      [0, 1].map((n) => alone((i) => (outer[i] ? 2 * o : 0) + (nestedInner[i] ? n : 0))),
    );
    results[p].once.forEach((result, k) => {
      expectClose(result, stackGrids(eachOnce.map((e) => e[k])), {
        what: `${what}, result ${k}`,
        tolerance,
      });
    });
    results[p].twice.forEach((result, k) => {
      const expected = stackGrids(eachTwice.map((row) => stackGrids(row.map((e) => e[k]))));
      expectClose(result, expected, { what: `${what}, nested, result ${k}`, tolerance });
    });
  });
}
