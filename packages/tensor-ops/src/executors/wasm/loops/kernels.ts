import { primitiveOf } from '../../../primitives/index.ts';
import { broadcastStrides, type Shape } from '../../../shape.ts';
import type { Tensor } from '../../../tensor.ts';
import { loadScalar, storeScalar } from '../access.ts';
import type { FunctionBuilder } from '../encoder.ts';
import type { Generator } from '../generator.ts';
import { ScalarTarget } from '../target.ts';
import { unsupported } from '../unsupported.ts';
import { argmax, cumsum, gather, scatterAdd } from './index-kernels.ts';
import { nest, type Pointer, pointer } from './nest.ts';
import { byteSize, type Operand } from './place.ts';
import { solveKernel } from './solve-kernel.ts';
import { sortKernel } from './sort-kernel.ts';

export class KernelWriter {
  private readonly g: Generator;
  private readonly f: FunctionBuilder;
  private readonly target: ScalarTarget;

  constructor(g: Generator, f: FunctionBuilder) {
    this.g = g;
    this.f = f;
    this.target = new ScalarTarget(g);
  }

  /** Writes the code that computes a node from its operands into `out`. */
  write(node: Tensor, operands: readonly Operand[], out: Operand): void {
    const { f, target } = this;
    const [x, y] = operands;
    if (node.is('matmul')) this.matmul(x, y, out);
    else if (node.is('gather')) gather(f, target, node, x, y, out);
    else if (node.is('scatterAdd')) {
      f.i32(out.place.address).i32(0).i32(byteSize(out.shape, out.dtype)).memoryFill();
      scatterAdd(f, target, node, x, y, out);
    } else if (node.is('argmax')) argmax(f, target, node, x, out);
    else if (node.is('cumsum')) cumsum(f, target, node, x, out);
    else if (node.is('sort')) sortKernel(this.g, f, node, x, out);
    else if (node.is('solve')) solveKernel(this.g, this.f, node, x, y, out);
    else {
      const { wasm } = primitiveOf(node.op);
      if (!wasm) throw unsupported(node.op);
      wasm.kernel(this.g, f, node, x, y, out);
    }
  }

  private pointerTo({ place, shape }: Operand, target: Shape): Pointer {
    const lead = target.length - shape.length;
    const own = broadcastStrides(shape, target).map((s, d) => (s === 0 ? 0 : place.strides[d - lead]));
    return pointer(this.f, place.address, own);
  }

  private matmul(x: Operand, y: Operand, out: Operand): void {
    const { f, target } = this;
    const { dtype, shape } = out;
    const inner = x.shape[x.shape.length - 1];
    const batch = shape.slice(0, -2);
    const strides = ({ shape: own, place }: Operand): number[] => {
      const lead = batch.length - (own.length - 2);
      return broadcastStrides(own.slice(0, -2), batch).map((s, d) => (s === 0 ? 0 : place.strides[d - lead]));
    };
    const [rowX, stepX] = x.place.strides.slice(-2);
    const [stepY, columnY] = y.place.strides.slice(-2);
    const left = pointer(f, x.place.address, [...strides(x), rowX, 0]);
    const right = pointer(f, y.place.address, [...strides(y), 0, columnY]);
    const destination = this.pointerTo(out, shape);
    const total = f.local(target.valueType(dtype));
    nest(f, shape, [left, right, destination], () => {
      target.constant(f, dtype, 0);
      f.set(total);
      const along = [
        { local: left.local, strides: [stepX] },
        { local: right.local, strides: [stepY] },
      ];
      nest(f, [inner], along, () => {
        f.get(total).get(left.local);
        loadScalar(f, dtype, 0);
        f.get(right.local);
        loadScalar(f, dtype, 0);
        target.apply(f, 'multiply', dtype);
        target.apply(f, 'add', dtype);
        f.set(total);
      });
      f.get(destination.local).get(total);
      storeScalar(f, dtype, 0);
    });
  }
}
