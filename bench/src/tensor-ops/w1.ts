/** W1: one simultaneous step of exact LOLA by both players of the Iterated Prisoner's Dilemma. */
import {
  add,
  at,
  eye,
  fori,
  gather,
  grad,
  mul,
  sigmoid,
  slice,
  stack,
  sub,
  sum,
  type Tensor,
  tensor,
  vmap,
} from '@descant/tensor-ops';
import { solve } from '@descant/tensor-ops/linalg';

/** Both players' logits in the states [start, CC, CD, DC, DD], each seen by the player itself. */
export type Players = [first: Tensor, second: Tensor];

const DISCOUNT = 0.96;
/** Step sizes on the un-normalised value: of the learning step, and of the step foreseen for the opponent. */
export const ETA = 0.1;
export const ALPHA = 0.3;
/** To oneself, after (own, other) = CC, CD, DC, DD. */
const PAYOFF = [-1, -3, 0, -2];
/** Where the other player keeps what one calls [start, CC, CD, DC, DD]. */
const MIRROR = [0, 1, 3, 2, 4];

/** V = p0' (I - discount P)^-1 payoff, of one pair. */
function value(own: Tensor, other: Tensor): Tensor {
  const p = sigmoid(own);
  const q = sigmoid(gather(other, tensor(MIRROR, { dtype: 'int32' })));
  const notP = sub(1, p);
  const notQ = sub(1, q);
  const outcome = stack([mul(p, q), mul(p, notQ), mul(notP, q), mul(notP, notQ)], 1);
  const system = sub(eye(4, own.dtype), mul(DISCOUNT, slice(outcome, [1, 0], [4, 4])));
  const payoff = tensor(PAYOFF, { dtype: own.dtype });
  return sum(mul(at(outcome, 0), solve(system, payoff, { diagonallyDominant: true })));
}

/** d/dx V(x, y + alpha d/dy V(y, x)), the derivative of the foreseen step included. */
function direction(own: Tensor, other: Tensor): Tensor {
  const foreseen = (x: Tensor) => add(other, mul(ALPHA, grad(value)(other, x)));
  return grad((x: Tensor) => value(x, foreseen(x)))(own);
}

function pairStep(first: Tensor, second: Tensor): Players {
  return [add(first, mul(ETA, direction(first, second))), add(second, mul(ETA, direction(second, first)))];
}

/** One step of a batch of pairs: logits [B, 5] of both players. */
export const step: (first: Tensor, second: Tensor) => Players = vmap(pairStep);

/** Many steps of a batch of pairs in one loop. */
export function train(steps: number): (first: Tensor, second: Tensor) => Players {
  return (first, second) => fori(0, steps, (_, players) => step(...players), [first, second] as Players);
}
