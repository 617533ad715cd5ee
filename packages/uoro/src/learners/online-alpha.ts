/** Coefficients that minimise the expected variance of the total gradient, found as the sequence goes on. */
import {
  ArgumentError,
  add,
  div,
  equal,
  matmul,
  mul,
  ones,
  splitAxis,
  sqrt,
  square,
  sum,
  type Tensor,
  transpose,
  where,
  zeros,
} from '@descant/tensor-ops';
import { inverse } from '@descant/tensor-ops/linalg';
import type { Cell } from '../cells/cell.ts';
import { total } from '../cells/diagonals.ts';
import type { Cut } from './cuts.ts';
import type { Observation } from './learner.ts';
import { type Coefficients, checkEpsilon, EPSILON, type FactorNorms } from './rescaling.ts';
import type { Scaling } from './scaling.ts';

/** How gamma and beta are chosen at each step, from what the rule remembers; it may remember something of the new w. */
export interface CoefficientRule {
  init(cellState: Tensor): readonly Tensor[];
  at(
    seen: Observation,
    memory: readonly Tensor[],
    norms: FactorNorms,
  ): Coefficients & { readonly memory: (weights: readonly Tensor[]) => readonly Tensor[] };
}

/** v' M v */
const quadratic = (v: Tensor, m: Tensor): Tensor => sum(mul(v, matmul(m, v)));

/**
 * `beta_t^4 = |Q_0^-1 J_t|_F^2 / |l_t' G_t Q_0|^2`, `gamma_t^4 = E |w_(t-1)|^2 / E (l_t . F_t h_(t-1))^2`: the alpha that would be
 * best if all gradients after step t were 0.
 *
 * Both expectations over the noise are exact: P = E[h h'] and n = E |w|^2 follow P_t = gamma^2 F P F' + beta^2 G Q_0 Q_0' G' and
 * n_t = n_(t-1) / gamma^2 + |Q_0^-1 J_t|_F^2 / beta^2. The coefficients do not depend on the noise, so that the theory of
 * variance holds with alpha_s = beta_s gamma_(s+1) ... gamma_T.
 *
 * Source: Cooijmans (2023), app. 4.D, last equations but two. gamma = 1 at the first step.
 */
export function onlineAlpha(
  cell: Cell,
  cut: Cut,
  options: { readonly scaling?: Scaling; readonly epsilon?: number },
): CoefficientRule {
  const { matrix, alpha } = options.scaling ?? {};
  const { jacobians } = cut;
  const epsilon = checkEpsilon('uoro', options.epsilon ?? EPSILON);
  if (jacobians === undefined)
    throw new ArgumentError('uoro', 'cut', "be state or preactivation with rescaling 'online'", cut.name);
  if (alpha !== undefined)
    throw new ArgumentError('uoro', 'scaling.alpha', "be absent with rescaling 'online'", 'a tensor');
  const rows = cell.weightShapes.map(([n]) => n);
  const fourthRoot = (n: Tensor, d: Tensor): Tensor => sqrt(sqrt(div(add(n, epsilon), add(d, epsilon))));
  return {
    init: ({ dtype }) => [zeros([cell.stateSize, cell.stateSize], dtype), zeros([], dtype)],
    at(seen, [moment, weights]) {
      const { outer, inner } = jacobians(seen);
      const scaledOuter = matrix === undefined ? outer : matmul(outer, matrix);
      const scaledInner = matrix === undefined ? inner : matmul(inverse(matrix), inner);
      const squares = total(
        splitAxis(scaledInner, rows, 1).map((block, k) =>
          mul(sum(square(block)), sum(square(seen.features[k]))),
        ),
      );
      const pushed = seen.propagate(transpose(seen.propagate(moment)));
      const added = matmul(scaledOuter, transpose(scaledOuter));
      const l = seen.lossGradient;
      const gamma = where(equal(seen.time, 0), ones([]), fourthRoot(weights, quadratic(l, pushed)));
      const beta = fourthRoot(squares, quadratic(l, added));
      return {
        gamma,
        beta,
        memory: () => [
          add(mul(square(gamma), pushed), mul(square(beta), added)),
          add(div(weights, square(gamma)), div(squares, square(beta))),
        ],
      };
    },
  };
}
