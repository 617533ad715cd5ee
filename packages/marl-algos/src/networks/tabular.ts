/** Tables: a row of numbers for each state, for observations that are one-hot. */
import {
  concat,
  type FloatType,
  matmul,
  mul,
  normal,
  reshape,
  type Tensor,
  zeros,
} from '@descant/tensor-ops';
import { checkWidth, memoryless, type Network } from './network.ts';

/** Options of `tabularPolicy`. */
export interface TabularPolicyOptions {
  /** Standard deviation of the initial logits; default 1. */
  readonly scale?: number;
  readonly dtype?: FloatType;
}

/**
 * A policy with a row of logits for each of S states, seen one-hot [S]; the logit of the last action is 0.
 *
 * `pi(a | s) = softmax([x_s, 0])_a` with the table x [S, A - 1]: for two actions x_s is the one logit of the papers,
 * sigma(x_s) = P(first action).
 *
 * @param states - S, at least 1.
 * @param actions - A, at least 2 for a choice.
 * @throws ArgumentError when a number is no whole number of at least 1.
 *
 * @example
 * ```ts
 * import { tabularPolicy } from '@descant/marl-algos';
 * import { tensor } from '@descant/tensor-ops';
 * const policy = tabularPolicy(2, 2);
 * policy.sequence(tensor([[3], [-1]]), tensor([[[0, 1]]])).toArray(); // => [[[-1, 0]]]
 * ```
 */
export function tabularPolicy(
  states: number,
  actions: number,
  { scale = 1, dtype = 'float32' }: TabularPolicyOptions = {},
): Network<Tensor, null> {
  checkWidth('tabularPolicy', 'states', states);
  checkWidth('tabularPolicy', 'actions', actions);
  return memoryless(
    {
      name: `tabular policy ${states} x ${actions}`,
      inputShape: [states],
      outputs: actions,
      dtype,
      init: (key) => mul(normal(key, [states, actions - 1], dtype), scale),
    },
    (table, observations) => {
      const leading = observations.shape.slice(0, -1);
      return concat([matmul(observations, table), zeros([...leading, 1], dtype)], leading.length);
    },
  );
}

/**
 * A critic with a value for each of S states, seen one-hot [S], all 0 at first.
 *
 * @param states - S, at least 1.
 * @throws ArgumentError when it is no whole number of at least 1.
 *
 * @example
 * ```ts
 * import { tabularCritic } from '@descant/marl-algos';
 * import { key, tensor } from '@descant/tensor-ops';
 * const critic = tabularCritic(2);
 * critic.sequence(critic.init(key(0)), tensor([[[0, 1]]])).toArray(); // => [[[0]]]
 * ```
 */
export function tabularCritic(states: number, dtype: FloatType = 'float32'): Network<Tensor, null> {
  checkWidth('tabularCritic', 'states', states);
  return memoryless(
    {
      name: `tabular critic ${states}`,
      inputShape: [states],
      outputs: 1,
      dtype,
      init: () => zeros([states], dtype),
    },
    (table, observations) => matmul(observations, reshape(table, [states, 1])),
  );
}
