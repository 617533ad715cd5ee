/** Learning as something to differentiate: players who climb their values, step after step. */
import { add, at, grad, mapTree, mean, mul, scan, stopGradient, type Tensor } from '@descant/tensor-ops';

/** Values [N] of joint parameters, or surrogates for them on plays that are drawn with the key. */
export type Values = (parameters: readonly unknown[], key: Tensor) => Tensor;

/** How a process of learning is looked at. */
export interface LearningProcess {
  /** i, whose start is learned. */
  readonly seat: number;
  /** alpha_j of every player. */
  readonly rates: readonly number[];
  /** Whether derivatives pass through what the others learn. */
  readonly peerLearning: boolean;
}

/**
 * `1/L sum_(l = 1..L) V_i(phi_l)` with `phi_(l+1)^j = phi_l^j + alpha_j grad_j V_j(phi_l)` for all players j, as a
 * function of phi_0. Without the learning of peers, their phi_l^j are constants in every step.
 *
 * @param keys - [L, 2, ...]: for each step of the plays learned from, and of those that are its value.
 */
export function learningReturn(
  values: Values,
  start: readonly unknown[],
  keys: Tensor,
  { seat, rates, peerLearning }: LearningProcess,
): Tensor {
  const held = (parameters: readonly unknown[]) =>
    parameters.map((x, j) => (peerLearning || j === seat ? x : mapTree(stopGradient, x)));
  const [, returns] = scan(
    (now: readonly unknown[], pair: Tensor) => {
      const next = now.map((x, j) => {
        const slope = grad((y: unknown) => at(values(now.with(j, y), at(pair, 0)), j))(x);
        return mapTree((leaf: Tensor, d: Tensor) => add(leaf, mul(rates[j], d)), x, slope);
      });
      const after = held(next);
      return [after, at(values(after, at(pair, 1)), seat)];
    },
    held(start),
    keys,
  );
  return mean(returns);
}
