/** Generators of shapes and of values away from kinks. */
import fc from 'fast-check';
import { build, type Grid } from './grid.ts';

/** Pinned: every run of the suite tries the same examples. */
export const SEED = 20240607;

/** Axis lengths: mostly 1 to 3, now and then 0. */
const length = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 1, max: 3 }) },
  { weight: 1, arbitrary: fc.constant(0) },
);

/** Shapes of rank `min` to `max`, size-1 and size-0 axes included. */
export const shapes = (min = 0, max = 3): fc.Arbitrary<number[]> =>
  fc.array(length, { minLength: min, maxLength: max });

/** Shapes without empty axes. */
export const fullShapes = (min = 0, max = 3): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 1, max: 3 }), { minLength: min, maxLength: max });

/** Numbers of one interval, as multiples of a thousandth of it, so that failures print short. */
export const between = (low: number, high: number): fc.Arbitrary<number> =>
  fc.integer({ min: 0, max: 1000 }).map((i) => low + ((high - low) * i) / 1000);

/** Numbers in [-2, 2] that are at least 0.2 away from zero. */
export const awayFromZero = fc.oneof(between(0.2, 2), between(-2, -0.2));

export const smooth = between(-2, 2);
export const positive = between(0.3, 2.5);

/** A grid of a shape with elements of the given kind. */
export function gridOf(shape: readonly number[], element: fc.Arbitrary<number>): fc.Arbitrary<Grid> {
  const count = shape.reduce((n, d) => n * d, 1);
  return fc.array(element, { minLength: count, maxLength: count }).map((values) => ({ shape, values }));
}

/** `count` examples of the arguments of an operation, all of the same shapes. */
export type Samples = (count: number) => fc.Arbitrary<Grid[][]>;

/** Draws something that fixes the shapes once, and then the arguments of each example. */
export const sampled =
  <S>(frame: fc.Arbitrary<S>, args: (frame: S) => fc.Arbitrary<Grid[]>): Samples =>
  (count) =>
    frame.chain((s) => fc.array(args(s), { minLength: count, maxLength: count }));

/** One argument. */
export const one = (element: fc.Arbitrary<number> = smooth, shape = shapes()): Samples =>
  sampled(shape, (s) => gridOf(s, element).map((g) => [g]));

/** The shape of an operand that broadcasts to `shape`: leading axes dropped, some axes of length one. */
const operandShape = (shape: readonly number[]): fc.Arbitrary<number[]> =>
  fc
    .tuple(fc.nat({ max: shape.length }), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }))
    .map(([drop, narrow]) => shape.slice(drop).map((d, i) => (narrow[i] ? 1 : d)));

/** Shapes of `count` operands that broadcast together; the first often has the full shape. */
const broadcastingShapes = (count: number): fc.Arbitrary<number[][]> =>
  shapes().chain((shape) =>
    fc.tuple(
      ...Array.from({ length: count }, (_, i) =>
        i === 0 ? fc.oneof(fc.constant(shape), operandShape(shape)) : operandShape(shape),
      ),
    ),
  );

/** Operands that broadcast together, one for each kind of element. */
export const broadcasting = (...elements: fc.Arbitrary<number>[]): Samples =>
  sampled(broadcastingShapes(elements.length), (operands) =>
    fc.tuple(...operands.map((shape, i) => gridOf(shape, elements[i]))),
  );

/** A grid whose elements are pairwise at least 0.3 apart, in random order: no ties near. */
export const distinct = (shape: readonly number[]): fc.Arbitrary<Grid> => {
  const count = shape.reduce((n, d) => n * d, 1);
  const places = Array.from({ length: count }, (_, i) => i);
  return fc
    .tuple(
      fc.shuffledSubarray(places, { minLength: count }),
      fc.array(between(0, 0.2), { minLength: count, maxLength: count }),
    )
    .map(([order, noise]) => ({ shape, values: order.map((k, i) => 0.5 * (k - count / 2) + noise[i]) }));
};

/** A matrix (or batch of them) with a dominant diagonal: its systems are well conditioned. */
export const dominant = (batch: readonly number[], n: number): fc.Arbitrary<Grid> =>
  gridOf([...batch, n, n], between(-1, 1)).map((g) =>
    build(g.shape, (index) => {
      const [i, j] = index.slice(-2);
      const own = g.values[index.reduce((at, k, d) => at * g.shape[d] + k, 0)];
      return i === j ? n + 1.5 + own : own;
    }),
  );
