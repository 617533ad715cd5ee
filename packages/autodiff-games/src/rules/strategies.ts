/**
 * Steps in the simplex, for rules whose parameters are mixed strategies: leaves [1], the probability of the first of
 * two actions, or [A], the probabilities of all (`matrixGame` with `strategies: 'probabilities'`).
 */
import {
  ArgumentError,
  add,
  cast,
  clip,
  div,
  expandDims,
  greaterEqual,
  log,
  mapTree,
  max,
  maximum,
  mul,
  sigmoid,
  softmax,
  sub,
  sum,
  type Tensor,
} from '@descant/tensor-ops';

/** The leaf, if it is a strategy. */
function strategy(rule: string, leaf: Tensor): Tensor {
  if (leaf.rank !== 1) {
    const expected = 'be mixed strategies, of shape [1] (two actions) or [A]';
    throw new ArgumentError(rule, 'parameters', expected, `[${leaf.shape.join(', ')}]`);
  }
  return leaf;
}

/**
 * The nearest point of the simplex: `max(v - tau, 0)` with the tau that makes the sum 1, which is the largest of
 * `(sum of the k largest - 1) / k`.
 */
function nearest(v: Tensor): Tensor {
  if (v.size === 1) return clip(v, 0, 1);
  const notLess = cast(greaterEqual(expandDims(v, 0), expandDims(v, 1)), v.dtype);
  const taus = div(sub(sum(mul(notLess, expandDims(v, 0)), 1), 1), sum(notLess, 1));
  return maximum(sub(v, max(taus)), 0);
}

/** x + rate g, brought back into the simplex by the shortest way. */
export const projectedStep = <P>(rule: string, x: P, rate: number, gradient: P): P =>
  mapTree((leaf, g) => nearest(add(strategy(rule, leaf), mul(g, rate))), x, gradient);

/** x exp(gain), normalised. With two actions the gain is the advantage of the first over the second. */
export const exponentiatedStep = <P>(rule: string, x: P, gain: P): P =>
  mapTree(
    (leaf, g) => {
      const p = strategy(rule, leaf);
      return p.size === 1 ? sigmoid(add(sub(log(p), log(sub(1, p))), g)) : softmax(add(log(p), g));
    },
    x,
    gain,
  );
