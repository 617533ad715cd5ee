/** Partial derivatives of the scalar functions, as expressions that can be differentiated again. */
import { elementwise } from '../primitives/elementwise.ts';
import type { Tensor } from '../tensor.ts';
import { add, divide, equal, less, multiply, negate, onesLike, select, subtract } from './arithmetic.ts';
import { scalar } from './build.ts';

/** The partial derivative in each operand, made on demand; null where it is zero everywhere it exists. */
type Partials = readonly ((() => Tensor) | null)[];

const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

/** At a tie of maximum and minimum both sides get half, so that the derivative is symmetric. */
const wins = (winner: Tensor, loser: Tensor): Tensor =>
  select(less(loser, winner), 1, select(equal(winner, loser), scalar(0.5, winner.dtype), 0));

/**
 * Partial derivatives of an elementwise node, written in its inputs and in the node itself.
 *
 * `power` is guarded where its two partials have a finite limit but a formula with 0 * Infinity: x^0 in x, and
 * 0^y in y.
 */
export function derivatives(node: Tensor<'elementwise'>): Partials {
  const [x, y] = node.inputs;
  const out: Tensor = node;
  switch (node.attributes.fn) {
    case 'abs':
      return [() => elementwise('sign', [x])];
    case 'sqrt':
      return [() => divide(0.5, out)];
    case 'exp':
      return [() => out];
    case 'expm1':
      return [() => add(out, 1)];
    case 'log':
      return [() => divide(1, x)];
    case 'log1p':
      return [() => divide(1, add(x, 1))];
    case 'sin':
      return [() => elementwise('cos', [x])];
    case 'cos':
      return [() => negate(elementwise('sin', [x]))];
    case 'tanh':
      return [() => subtract(1, multiply(out, out))];
    case 'sigmoid':
      return [() => multiply(out, subtract(1, out))];
    case 'softplus':
      return [() => elementwise('sigmoid', [x])];
    case 'erf':
      return [() => multiply(TWO_OVER_SQRT_PI, elementwise('exp', [negate(multiply(x, x))]))];
    case 'multiply':
      return [() => y, () => x];
    case 'divide':
      return [() => divide(1, y), () => negate(divide(out, y))];
    case 'remainder':
      return [() => onesLike(out), () => negate(elementwise('floor', [divide(x, y)]))];
    case 'power':
      return [
        () => {
          const flat = equal(y, 0);
          return multiply(y, elementwise('power', [x, select(flat, onesLike(y), subtract(y, 1))]));
        },
        () => {
          const origin = equal(x, 0);
          return select(origin, 0, multiply(out, elementwise('log', [select(origin, onesLike(x), x)])));
        },
      ];
    case 'maximum':
      return [() => wins(x, y), () => wins(y, x)];
    case 'minimum':
      return [() => wins(y, x), () => wins(x, y)];
    default:
      // Steps, comparisons and integers: zero wherever the derivative exists.
      return node.inputs.map(() => null);
  }
}
