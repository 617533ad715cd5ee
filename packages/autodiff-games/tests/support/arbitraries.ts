import { type QuadraticKind, randomQuadraticGame } from '@descant/autodiff-games';
import { at, key, normal, split, type Tensor } from '@descant/tensor-ops';
import fc from 'fast-check';

/** Seeds for keys: what is random in a property comes from one of these. */
export const seed = fc.nat(0xffffffff);

/** Step sizes of imagined steps. */
export const rate = fc.double({ min: 0.01, max: 0.5, noNaN: true });

/** Numbers of parameters of two or three players. */
export const dimensions = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 2, maxLength: 3 });

/** Standard normal float64 tensors of the given shapes. */
export function normals(from: number, shapes: readonly (readonly number[])[]): Tensor[] {
  const keys = split(key(from), shapes.length);
  return shapes.map((shape, i) => normal(at(keys, i), shape, 'float64'));
}

/** A random quadratic game and a place to play it. */
export const quadratic = (kind: QuadraticKind = 'generalSum') =>
  fc.record({ dimensions, from: seed }).map((draw) => ({
    dimensions: draw.dimensions,
    game: randomQuadraticGame(key(draw.from), { dimensions: draw.dimensions, kind }),
    x: normals(
      draw.from + 1,
      draw.dimensions.map((d) => [d]),
    ),
  }));

/** Payoffs of a matrix game with the given numbers of actions: in [-3, 3], unless drawn from something else. */
export const payoffs = (
  actions: readonly number[],
  payoff: fc.Arbitrary<number> = fc.double({ min: -3, max: 3, noNaN: true }),
): fc.Arbitrary<readonly unknown[]> => {
  const nested = (lengths: readonly number[]): fc.Arbitrary<unknown> =>
    lengths.length === 0
      ? payoff
      : fc.array(nested(lengths.slice(1)), { minLength: lengths[0], maxLength: lengths[0] });
  return nested([actions.length, ...actions]) as fc.Arbitrary<readonly unknown[]>;
};

/** Few different payoffs, so that ties and with them degenerate games are frequent. */
export const tiedPayoffs = (actions: readonly number[]): fc.Arbitrary<readonly unknown[]> =>
  payoffs(actions, fc.integer({ min: 0, max: 2 }));
