/** Batches in which each example stands several times. */
import { broadcastTo, expandDims, mapTree, reshape, type Tensor } from '@descant/tensor-ops';

/** Each row of the leaves [n, ...] of a tree `times` over: [n times, ...]. */
export const repeatRows = <T>(tree: T, times: number): T =>
  mapTree((x: Tensor) => {
    const [rows, ...rest] = x.shape;
    return reshape(broadcastTo(expandDims(x, 1), [rows, times, ...rest]), [rows * times, ...rest]);
  }, tree);
