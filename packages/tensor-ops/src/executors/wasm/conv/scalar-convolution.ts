/** Convolutions in schedule S1: a sum of products for every output element. */
import type { Shape } from '../../../shape.ts';
import type { Tensor } from '../../../tensor.ts';
import type { ScalarDag } from '../scalar-dag.ts';
import { type Scalars, sum } from '../scalar-operations.ts';

export function scalarConvolution(
  dag: ScalarDag,
  node: Tensor<'conv2d'>,
  _shape: Shape,
  x: Scalars,
  w: Scalars,
): number[] {
  const { axes, groups } = node.attributes;
  const { dtype } = node;
  const [examples, H, W, channels] = x.shape;
  const [KH, KW, depth, filters] = w.shape;
  const [, OH, OW] = node.shape;
  /** The input position on an axis, -1 outside. */
  const meet = (d: 0 | 1, o: number, k: number): number => {
    const { input, output, filter, offset } = axes[d];
    const i = (output * o + filter * k + offset) / input;
    return Number.isInteger(i) && i >= 0 && i < x.shape[d + 1] ? i : -1;
  };
  const ids: number[] = [];
  for (let at = 0; at < examples * OH * OW * filters; at++) {
    const o = at % filters;
    const pixel = Math.floor(at / filters);
    const [n, oh, ow] = [Math.floor(pixel / (OH * OW)), Math.floor(pixel / OW) % OH, pixel % OW];
    const first = Math.floor((o * groups) / filters) * depth;
    const terms: number[] = [];
    for (let tap = 0; tap < KH * KW; tap++) {
      const i = meet(0, oh, Math.floor(tap / KW));
      const j = meet(1, ow, tap % KW);
      if (i < 0 || j < 0) continue;
      for (let c = 0; c < depth; c++) {
        const left = x.ids[((n * H + i) * W + j) * channels + first + c];
        const right = w.ids[(tap * depth + c) * filters + o];
        terms.push(dag.apply('multiply', [left, right], dtype));
      }
    }
    ids.push(sum(dag, terms, dtype));
  }
  return ids;
}
