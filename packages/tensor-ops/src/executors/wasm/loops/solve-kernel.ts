/** Linear systems by Gaussian elimination, as loops over a copy of each matrix. */
import { broadcastStrides, type Shape } from '../../../shape.ts';
import type { Tensor } from '../../../tensor.ts';
import { loadScalar, storeScalar } from '../access.ts';
import { type FunctionBuilder, I32 } from '../encoder.ts';
import type { Generator } from '../generator.ts';
import { i32 } from '../opcodes.ts';
import { ScalarTarget } from '../target.ts';
import { nest, pointer } from './nest.ts';
import { byteSize, byteStrides, type Operand } from './place.ts';

/** Locals of the elimination: matrix and right-hand sides at `a` and `x`, row counters `i`, `j`, `k`. */
interface Names {
  readonly a: number;
  readonly x: number;
  readonly i: number;
  readonly j: number;
  readonly k: number;
  readonly value: number;
}

export function solveKernel(
  g: Generator,
  f: FunctionBuilder,
  node: Tensor<'solve'>,
  matrix: Operand,
  right: Operand,
  out: Operand,
): void {
  const { transposed, pivot } = node.attributes;
  const { dtype, shape } = out;
  const [n, columns] = shape.slice(-2);
  const batch = shape.slice(0, -2);
  const target = new ScalarTarget(g);
  const batchStrides = ({ shape: own, place }: Operand): number[] => {
    const lead = batch.length - (own.length - 2);
    return broadcastStrides(own.slice(0, -2), batch).map((s, d) => (s === 0 ? 0 : place.strides[d - lead]));
  };
  const scratch = g.memory.allocate(byteSize([n, n], dtype));
  const packed = byteStrides([n, n], dtype);
  const [row, column] = matrix.place.strides.slice(-2);
  const source = pointer(f, matrix.place.address, batchStrides(matrix));
  const given = pointer(f, right.place.address, batchStrides(right));
  const result = pointer(f, out.place.address, out.place.strides.slice(0, -2));
  const locals = [0, 1, 2, 3].map(() => f.local(I32));
  const names: Names = {
    a: locals[0],
    x: result.local,
    i: locals[1],
    j: locals[2],
    k: locals[3],
    value: f.local(target.valueType(dtype)),
  };
  const copy = (
    to: number,
    toStrides: readonly number[],
    from: number,
    fromStrides: readonly number[],
    size: Shape,
  ) => {
    const pointers = [
      { local: to, strides: toStrides },
      { local: from, strides: fromStrides },
    ];
    nest(f, size, pointers, () => {
      f.get(to).get(from);
      loadScalar(f, dtype, 0);
      storeScalar(f, dtype, 0);
    });
  };
  nest(f, batch, [source, given, result], () => {
    f.i32(scratch).set(names.a);
    copy(names.a, packed, source.local, transposed ? [column, row] : [row, column], [n, n]);
    copy(result.local, byteStrides([n, columns], dtype), given.local, right.place.strides.slice(-2), [
      n,
      columns,
    ]);
    new Elimination(f, target, dtype, n, columns, names).write(pivot);
  });
}

class Elimination {
  private readonly f: FunctionBuilder;
  private readonly target: ScalarTarget;
  private readonly dtype: Operand['dtype'];
  private readonly n: number;
  private readonly columns: number;
  private readonly names: Names;

  constructor(
    f: FunctionBuilder,
    target: ScalarTarget,
    dtype: Operand['dtype'],
    n: number,
    columns: number,
    names: Names,
  ) {
    this.f = f;
    this.target = target;
    this.dtype = dtype;
    this.n = n;
    this.columns = columns;
    this.names = names;
  }

  write(pivot: boolean): void {
    const { f, n, columns, dtype, target, names } = this;
    const { a, x, i, j, k, value } = names;
    f.loop(n, (step) => {
      f.get(step).set(k);
      if (pivot) this.exchangeRows();
      f.get(k).i32(1).op(i32.add);
      f.loopFrom(i, n, () => {
        this.load(a, n, i, k);
        this.load(a, n, k, k);
        target.apply(f, 'divide', dtype);
        f.set(value);
        f.get(k);
        f.loopFrom(j, n, () => this.subtractMultiple(a, n));
        f.i32(0);
        f.loopFrom(j, columns, () => this.subtractMultiple(x, columns));
      });
    });
    f.loop(
      n,
      (step) => {
        f.get(step).set(i).get(i).i32(1).op(i32.add);
        f.loopFrom(k, n, () => {
          this.load(a, n, i, k);
          f.set(value).i32(0);
          f.loopFrom(j, columns, () => this.subtractMultiple(x, columns));
        });
        f.i32(0);
        f.loopFrom(j, columns, () => {
          this.address(x, columns, i, j);
          this.load(x, columns, i, j);
          this.load(a, n, i, i);
          target.apply(f, 'divide', dtype);
          storeScalar(f, dtype, 0);
        });
      },
      true,
    );
  }

  /** Row i minus `value` times row k, at column j. */
  private subtractMultiple(base: number, width: number): void {
    const { f, target, dtype } = this;
    const { i, j, k, value } = this.names;
    this.address(base, width, i, j);
    this.load(base, width, i, j);
    f.get(value);
    this.load(base, width, k, j);
    target.apply(f, 'multiply', dtype);
    target.apply(f, 'subtract', dtype);
    storeScalar(f, dtype, 0);
  }

  /** Brings the row with the largest entry in column k to row k: exchanges whenever a later one is larger. */
  private exchangeRows(): void {
    const { f, n, columns, dtype, target, names } = this;
    const { a, x, i, k } = names;
    f.get(k).i32(1).op(i32.add);
    f.loopFrom(i, n, () => {
      for (const r of [k, i]) {
        this.load(a, n, r, k);
        target.apply(f, 'abs', dtype);
      }
      target.apply(f, 'less', dtype);
      f.branch(() => {
        this.exchange(a, n);
        this.exchange(x, columns);
      });
    });
  }

  private exchange(base: number, width: number): void {
    const { f, dtype, names } = this;
    const { i, j, k, value } = names;
    f.i32(0);
    f.loopFrom(j, width, () => {
      this.load(base, width, i, j);
      f.set(value);
      this.address(base, width, i, j);
      this.load(base, width, k, j);
      storeScalar(f, dtype, 0);
      this.address(base, width, k, j);
      f.get(value);
      storeScalar(f, dtype, 0);
    });
  }

  private address(base: number, width: number, row: number, column: number): void {
    const [rowBytes, columnBytes] = byteStrides([this.n, width], this.dtype);
    const { f } = this;
    f.get(base).get(row).i32(rowBytes).op(i32.multiply, i32.add);
    f.get(column).i32(columnBytes).op(i32.multiply, i32.add);
  }

  private load(base: number, width: number, row: number, column: number): void {
    this.address(base, width, row, column);
    loadScalar(this.f, this.dtype, 0);
  }
}
