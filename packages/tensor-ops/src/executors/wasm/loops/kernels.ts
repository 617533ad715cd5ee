/** One loop nest for each primitive: scalar code over strided operands into a contiguous result. */
import { type DType, isFloat } from '../../../dtype.ts';
import { broadcastStrides, type Shape } from '../../../shape.ts';
import type { Tensor } from '../../../tensor.ts';
import { loadScalar, storeScalar } from '../access.ts';
import { type FunctionBuilder, I32 } from '../encoder.ts';
import type { Generator } from '../generator.ts';
import { i32 } from '../opcodes.ts';
import { ScalarTarget } from '../target.ts';
import { unsupported } from '../unsupported.ts';
import { advance, nest, type Pointer, pointer } from './nest.ts';
import { byteSize, type Place } from './place.ts';
import { solveKernel } from './solve-kernel.ts';

/** An operand: its tensor's shape and type, and where it lies. */
export interface Operand {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly place: Place;
}

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
    const [x, y] = operands;
    if (node.is('elementwise')) this.elementwise(node, operands, out);
    else if (node.is('cast')) this.copy(x, out);
    else if (node.is('assemble')) this.assemble(node, operands, out);
    else if (node.is('reduce')) this.reduce(node, x, out);
    else if (node.is('matmul')) this.matmul(x, y, out);
    else if (node.is('gather')) this.gather(node, x, y, out);
    else if (node.is('scatterAdd')) this.scatterAdd(node, x, y, out);
    else if (node.is('argmax')) this.argmax(node, x, out);
    else if (node.is('cumsum')) this.cumsum(node, x, out);
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

  private gather(node: Tensor<'gather'>, x: Operand, indices: Operand, out: Operand): void {
    const { f, target } = this;
    const { axis } = node.attributes;
    const rank = indices.shape.length;
    const own = x.place.strides;
    const none = indices.shape.map(() => 0);
    const source = pointer(f, x.place.address, [...own.slice(0, axis), ...none, ...own.slice(axis + 1)]);
    const index = pointer(
      f,
      indices.place.address,
      out.shape.map((_, d) => (d >= axis && d < axis + rank ? indices.place.strides[d - axis] : 0)),
    );
    const destination = this.pointerTo(out, out.shape);
    nest(f, out.shape, [source, index, destination], () => {
      f.get(destination.local);
      this.whenInside(index.local, x.shape[axis]);
      const found = (): void => {
        this.indexed(source.local, index.local, own[axis]);
        loadScalar(f, out.dtype, 0);
      };
      const missing = (): void => target.constant(f, out.dtype, isFloat(out.dtype) ? NaN : 0);
      f.branch(found, missing, target.valueType(out.dtype));
      storeScalar(f, out.dtype, 0);
    });
  }

  private scatterAdd(node: Tensor<'scatterAdd'>, updates: Operand, indices: Operand, out: Operand): void {
    const { f, target } = this;
    const { axis, size } = node.attributes;
    const rank = indices.shape.length;
    const own = out.place.strides;
    const none = indices.shape.map(() => 0);
    this.fill(out, 0);
    const source = this.pointerTo(updates, updates.shape);
    const destination = pointer(f, out.place.address, [
      ...own.slice(0, axis),
      ...none,
      ...own.slice(axis + 1),
    ]);
    const index = pointer(
      f,
      indices.place.address,
      updates.shape.map((_, d) => (d >= axis && d < axis + rank ? indices.place.strides[d - axis] : 0)),
    );
    nest(f, updates.shape, [source, index, destination], () => {
      this.whenInside(index.local, size);
      f.branch(() => {
        for (let i = 0; i < 2; i++) this.indexed(destination.local, index.local, own[axis]);
        loadScalar(f, out.dtype, 0);
        f.get(source.local);
        loadScalar(f, out.dtype, 0);
        target.apply(f, 'add', out.dtype);
        storeScalar(f, out.dtype, 0);
      });
    });
  }

  /** Pushes whether the index at the pointer is in [0, count). */
  private whenInside(index: number, count: number): void {
    this.f.get(index).memory(i32.load, 0).i32(count).op(i32.lessUnsigned);
  }

  /** Pushes base + index * stride. */
  private indexed(base: number, index: number, stride: number): void {
    this.f.get(base).get(index).memory(i32.load, 0).i32(stride).op(i32.multiply, i32.add);
  }

  private argmax(node: Tensor<'argmax'>, x: Operand, out: Operand): void {
    const { f, target } = this;
    const { axis } = node.attributes;
    const kept = x.place.strides.filter((_, d) => d !== axis);
    const source = pointer(f, x.place.address, kept);
    const destination = this.pointerTo(out, out.shape);
    const [best, candidate] = [0, 1].map(() => f.local(target.valueType(x.dtype)));
    const index = f.local(I32);
    const count = x.shape[axis];
    const compare = (fn: 'less' | 'equal', a: number, b: number): void => {
      f.get(a).get(b);
      target.apply(f, fn, x.dtype);
    };
    nest(f, out.shape, [source, destination], () => {
      f.i32(0).set(index);
      f.loop(count, (counter) => {
        f.get(source.local);
        loadScalar(f, x.dtype, 0);
        f.set(candidate);
        // The first element, or: larger than the best or NaN, unless the best is NaN.
        f.get(counter).op(i32.isZero);
        compare('less', best, candidate);
        compare('equal', candidate, candidate);
        f.op(i32.isZero, i32.or);
        compare('equal', best, best);
        f.op(i32.and, i32.or);
        f.branch(() => {
          f.get(candidate).set(best).get(counter).set(index);
        });
        advance(f, source.local, x.place.strides[axis]);
      });
      advance(f, source.local, -count * x.place.strides[axis]);
      f.get(destination.local).get(index).memory(i32.store, 0);
    });
  }

  private cumsum(node: Tensor<'cumsum'>, x: Operand, out: Operand): void {
    const { f, target } = this;
    const { axis, reverse } = node.attributes;
    const count = x.shape[axis];
    const others = x.shape.filter((_, d) => d !== axis);
    const without = (list: readonly number[]): number[] => list.filter((_, d) => d !== axis);
    const step = (place: Place): number => (reverse ? -1 : 1) * place.strides[axis];
    const start = (place: Place): number => place.address + (reverse ? (count - 1) * place.strides[axis] : 0);
    const source = pointer(f, start(x.place), without(x.place.strides));
    const destination = pointer(f, start(out.place), without(out.place.strides));
    const total = f.local(target.valueType(x.dtype));
    nest(f, others, [source, destination], () => {
      target.constant(f, x.dtype, 0);
      f.set(total);
      const along = [
        { local: source.local, strides: [step(x.place)] },
        { local: destination.local, strides: [step(out.place)] },
      ];
      nest(f, [count], along, () => {
        f.get(destination.local).get(total).get(source.local);
        loadScalar(f, x.dtype, 0);
        target.apply(f, 'add', x.dtype);
        f.tee(total);
        storeScalar(f, x.dtype, 0);
      });
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
