/** The loss of orderless NADE. */
import { add, div, maximum, mul, neg, sum, type Tensor } from '@descant/tensor-ops';

/**
 * Negative log-likelihoods of the cells of scores: -log p(x[b, t, i]) in nats; 0 at rests, whose piano rolls are zero.
 *
 * @param logs - Log-probabilities [B, T, P, I].
 * @param rolls - [B, T, P, I]
 * @returns [B, T, I]
 *
 * @example
 * ```ts
 * import { cellLosses, logProbabilities } from '@descant/coconet';
 * import { tensor, zeros } from '@descant/tensor-ops';
 * cellLosses(logProbabilities(zeros([1, 1, 2, 1])), tensor([[[[0], [1]]]])); // => [[[0.6931472]]]
 * ```
 */
export const cellLosses = (logs: Tensor, rolls: Tensor): Tensor => neg(sum(mul(rolls, logs), 2));

/**
 * The loss of orderless NADE: the mean over the examples of 1 / |not C| times the losses of the hidden cells.
 *
 * Its expectation over contexts C with |C| uniform on 0..D-1 is 1 / D times the mean over all orderings of the
 * negative log-likelihood. Examples of different lengths count by their numbers of cells D_b, hidden or known:
 * `sum_b (D_b / |not C_b|) losses_b / sum_b D_b`.
 *
 * Source: Cooijmans (2023), thesis, eq. 3.3.9-3.3.10. The released code also adds the known cells; this does not.
 *
 * @param losses - Losses of the cells, [B, T, I].
 * @param hidden - 1 for cells of not C, else 0; [B, T, I].
 * @param known - 1 for cells of C, else 0; [B, T, I]. Cells that are neither are outside of the score.
 * @returns Nats for each cell, a scalar.
 *
 * @example
 * ```ts
 * import { orderlessLoss } from '@descant/coconet';
 * import { tensor } from '@descant/tensor-ops';
 * orderlessLoss(tensor([[[0.5, 1]], [[2, 4]]]), tensor([[[1, 0]], [[1, 1]]]), tensor([[[0, 1]], [[0, 0]]])); // => 1.75
 * ```
 */
export function orderlessLoss(losses: Tensor, hidden: Tensor, known: Tensor): Tensor {
  const over = (x: Tensor) => sum(x, [1, 2]);
  const unknown = over(hidden);
  const size = add(unknown, over(known));
  // An example without hidden cells has no loss; dividing by one keeps its derivative zero, too.
  const each = div(over(mul(hidden, losses)), maximum(unknown, 1));
  return div(sum(mul(size, each)), sum(size));
}
