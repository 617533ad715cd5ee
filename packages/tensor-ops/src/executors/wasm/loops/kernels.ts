import { primitiveOf } from '../../../primitives/index.ts';
import type { Tensor } from '../../../tensor.ts';
import type { FunctionBuilder } from '../encoder.ts';
import type { Generator } from '../generator.ts';
import { ScalarTarget } from '../target.ts';
import { unsupported } from '../unsupported.ts';
import { argmax, cumsum, gather, scatterAdd } from './index-kernels.ts';
import { byteSize, type Operand } from './place.ts';
import { sortKernel } from './sort-kernel.ts';

/** Writes the code that computes a node from its operands into `out`. */
export function writeKernel(
  g: Generator,
  f: FunctionBuilder,
  node: Tensor,
  [x, y]: readonly Operand[],
  out: Operand,
): void {
  const target = new ScalarTarget(g);
  if (node.is('gather')) gather(f, target, node, x, y, out);
  else if (node.is('scatterAdd')) {
    f.i32(out.place.address).i32(0).i32(byteSize(out.shape, out.dtype)).memoryFill();
    scatterAdd(f, target, node, x, y, out);
  } else if (node.is('argmax')) argmax(f, target, node, x, out);
  else if (node.is('cumsum')) cumsum(f, target, node, x, out);
  else if (node.is('sort')) sortKernel(g, f, node, x, out);
  else {
    const { wasm } = primitiveOf(node.op);
    if (!wasm) throw unsupported(node.op);
    wasm.kernel(g, f, node, x, y, out);
  }
}
