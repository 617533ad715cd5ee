/** One loop nest for each primitive: scalar code over strided operands into a contiguous result. */
import { type DType, isFloat } from '../../../dtype.ts';
import { broadcastStrides, type Shape } from '../../../shape.ts';
import type { Tensor } from '../../../tensor.ts';
import { loadScalar, storeScalar } from '../access.ts';
import { convolution } from '../conv/convolution.ts';
import { type FunctionBuilder, I32 } from '../encoder.ts';
import type { Generator } from '../generator.ts';
import { i32 } from '../opcodes.ts';
import { ScalarTarget } from '../target.ts';
import { unsupported } from '../unsupported.ts';
import { argmax, cumsum, gather, scatterAdd } from './index-kernels.ts';
import { nest, type Pointer, pointer } from './nest.ts';
import { byteSize, type Operand } from './place.ts';
import { solveKernel } from './solve-kernel.ts';

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
    if (node.is('elementwise')) this.elementwise(node, operands, out);
    else if (node.is('cast')) this.copy(x, out);
    else if (node.is('assemble')) this.assemble(node, operands, out);
    else if (node.is('reduce')) this.reduce(node, x, out);
    else if (node.is('matmul')) this.matmul(x, y, out);
    else if (node.is('gather')) gather(f, target, node, x, y, out);
    else if (node.is('scatterAdd')) {
      this.fill(out, 0);
      scatterAdd(f, target, node, x, y, out);
    } else if (node.is('argmax')) argmax(f, target, node, x, out);
    else if (node.is('cumsum')) cumsum(f, target, node, x, out);
    else if (node.is('conv2d')) convolution(this.g, f, node, x, y, out);
    else if (node.is('solve')) solveKernel(this.g, this.f, node, x, y, out);
    else throw unsupported(node.op);
  }

  /** Copies, converting to the type of the destination; the locals, if any, are added to the addresses. */
  copy(from: Operand, to: Operand, offsets: readonly number[] = []): void {
    const { f } = this;
    const pointers = [this.pointerTo(from, to.shape), this.pointerTo(to, to.shape)];
    offsets.forEach((offset, i) => {
      f.get(pointers[i].local).get(offset).op(i32.add).set(pointers[i].local);
    });
    const [source, destination] = pointers;
    nest(f, to.shape, pointers, () => {
      f.get(destination.local).get(source.local);
      loadScalar(f, from.dtype, 0);
      this.target.cast(f, from.dtype, to.dtype);
      storeScalar(f, to.dtype, 0);
    });
  }

  private pointerTo({ place, shape }: Operand, target: Shape): Pointer {
    const lead = target.length - shape.length;
    const own = broadcastStrides(shape, target).map((s, d) => (s === 0 ? 0 : place.strides[d - lead]));
    return pointer(this.f, place.address, own);
  }

  private elementwise(node: Tensor<'elementwise'>, operands: readonly Operand[], out: Operand): void {
    const { f } = this;
    const { fn } = node.attributes;
    // The machine's select takes the condition last.
    const ordered = fn === 'select' ? [operands[1], operands[2], operands[0]] : operands;
    const sources = ordered.map((operand) => this.pointerTo(operand, out.shape));
    const destination = this.pointerTo(out, out.shape);
    nest(f, out.shape, [...sources, destination], () => {
      f.get(destination.local);
      ordered.forEach((operand, i) => {
        f.get(sources[i].local);
        loadScalar(f, operand.dtype, 0);
      });
      this.target.apply(f, fn, ordered[0].dtype);
      storeScalar(f, out.dtype, 0);
    });
  }

  private fill(out: Operand, value: number): void {
    const { f } = this;
    if (value === 0) {
      f.i32(out.place.address).i32(0).i32(byteSize(out.shape, out.dtype)).memoryFill();
      return;
    }
    const destination = this.pointerTo(out, out.shape);
    nest(f, out.shape, [destination], () => {
      f.get(destination.local);
      this.target.constant(f, out.dtype, value);
      storeScalar(f, out.dtype, 0);
    });
  }

  private assemble(node: Tensor<'assemble'>, parts: readonly Operand[], out: Operand): void {
    this.fill(out, node.attributes.fill);
    parts.forEach((part, i) => {
      const start = node.attributes.begins[i].reduce((sum, b, d) => sum + b * out.place.strides[d], 0);
      const place = { address: out.place.address + start, strides: out.place.strides };
      this.copy(part, { shape: part.shape, dtype: out.dtype, place });
    });
  }

  /** Sums of float32 are accumulated in float64. */
  private reduce(node: Tensor<'reduce'>, x: Operand, out: Operand): void {
    const { f, target } = this;
    const { kind, axes } = node.attributes;
    const kept = x.shape.map((_, d) => d).filter((d) => !axes.includes(d));
    const wide = kind === 'sum' && x.dtype === 'float32' ? 'float64' : x.dtype;
    const total = f.local(target.valueType(wide));
    const source = f.local(I32);
    f.i32(x.place.address).set(source);
    const along = (list: readonly number[]): Pointer => ({
      local: source,
      strides: list.map((d) => x.place.strides[d]),
    });
    const destination = this.pointerTo(out, out.shape);
    nest(f, out.shape, [along(kept), destination], () => {
      target.constant(f, wide, START[kind](wide));
      f.set(total);
      nest(
        f,
        axes.map((d) => x.shape[d]),
        [along(axes)],
        () => {
          f.get(total).get(source);
          loadScalar(f, x.dtype, 0);
          target.cast(f, x.dtype, wide);
          target.apply(f, COMBINE[kind], wide);
          f.set(total);
        },
      );
      f.get(destination.local).get(total);
      target.cast(f, wide, out.dtype);
      storeScalar(f, out.dtype, 0);
    });
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

const COMBINE = { sum: 'add', max: 'maximum', min: 'minimum' } as const;

/** The neutral element of each reduction. */
const START = {
  sum: (): number => 0,
  max: (dtype: DType): number => (isFloat(dtype) ? -Infinity : dtype === 'int32' ? -2147483648 : 0),
  min: (dtype: DType): number => (isFloat(dtype) ? Infinity : dtype === 'int32' ? 2147483647 : -1),
} as const;
