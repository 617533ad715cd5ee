/**
 * Linear systems by elimination, unrolled into scalars.
 *
 * P A = L U with unit lower L is computed in a form that depends neither on the right-hand side nor on
 * `transposed`, so that all systems with the same matrix share one factorisation through hash-consing.
 */
import { broadcastStrides, offsets, type Shape, sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import type { ScalarDag } from './scalar-dag.ts';
import type { Scalars } from './scalar-operations.ts';

/** A row exchange done where `condition` holds. */
interface Exchange {
  readonly condition: number;
  readonly rows: readonly [number, number];
}

interface Factors {
  /** L below the diagonal and U on and above it. */
  readonly lu: number[][];
  /** Reciprocals of the diagonal of U. */
  readonly reciprocals: number[];
  readonly exchanges: Exchange[];
}

class Eliminator {
  private readonly dag: ScalarDag;
  private readonly node: Tensor<'solve'>;

  constructor(dag: ScalarDag, node: Tensor<'solve'>) {
    this.dag = dag;
    this.node = node;
  }

  factorise(matrix: readonly number[][]): Factors {
    const { dag, node } = this;
    const n = matrix.length;
    const lu = matrix.map((row) => [...row]);
    const reciprocals: number[] = [];
    const exchanges: Exchange[] = [];
    const one = dag.constant(node.dtype, 1);
    for (let k = 0; k < n; k++) {
      if (node.attributes.pivot) {
        for (let i = k + 1; i < n; i++) {
          const [here, there] = [lu[k][k], lu[i][k]].map((id) => dag.apply('abs', [id], node.dtype));
          const exchange: Exchange = { condition: dag.apply('less', [here, there], 'bool'), rows: [k, i] };
          exchanges.push(exchange);
          const [upper, lower] = [lu[k], lu[i]];
          for (let j = 0; j < n; j++) [upper[j], lower[j]] = this.exchanged(exchange, upper[j], lower[j]);
        }
      }
      reciprocals[k] = dag.apply('divide', [one, lu[k][k]], node.dtype);
      for (let i = k + 1; i < n; i++) {
        lu[i][k] = this.multiply(lu[i][k], reciprocals[k]);
        for (let j = k + 1; j < n; j++) lu[i][j] = this.minus(lu[i][j], lu[i][k], lu[k][j]);
      }
    }
    return { lu, reciprocals, exchanges };
  }

  /** A x = b: L (U x) = P b. */
  substitute({ lu, reciprocals, exchanges }: Factors, b: readonly number[]): number[] {
    const x = [...b];
    const n = x.length;
    for (const exchange of exchanges) this.exchangeRows(exchange, x);
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) x[i] = this.minus(x[i], lu[i][j], x[j]);
    for (let i = n - 1; i >= 0; i--) {
      for (let j = n - 1; j > i; j--) x[i] = this.minus(x[i], lu[i][j], x[j]);
      x[i] = this.multiply(x[i], reciprocals[i]);
    }
    return x;
  }

  /** A' x = b: U' (L' (P x)) = b. */
  substituteTransposed({ lu, reciprocals, exchanges }: Factors, b: readonly number[]): number[] {
    const x = [...b];
    const n = x.length;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) x[i] = this.minus(x[i], lu[j][i], x[j]);
      x[i] = this.multiply(x[i], reciprocals[i]);
    }
    for (let i = n - 1; i >= 0; i--) {
      for (let j = n - 1; j > i; j--) x[i] = this.minus(x[i], lu[j][i], x[j]);
    }
    for (const exchange of exchanges.toReversed()) this.exchangeRows(exchange, x);
    return x;
  }

  private exchangeRows(exchange: Exchange, x: number[]): void {
    const [k, i] = exchange.rows;
    [x[k], x[i]] = this.exchanged(exchange, x[k], x[i]);
  }

  private exchanged({ condition }: Exchange, a: number, b: number): [number, number] {
    const { dag, node } = this;
    return [
      dag.apply('select', [condition, b, a], node.dtype),
      dag.apply('select', [condition, a, b], node.dtype),
    ];
  }

  private multiply(a: number, b: number): number {
    return this.dag.apply('multiply', [a, b], this.node.dtype);
  }

  /** x - a b. */
  private minus(x: number, a: number, b: number): number {
    return this.dag.apply('subtract', [x, this.multiply(a, b)], this.node.dtype);
  }
}

export function scalarSolve(
  dag: ScalarDag,
  node: Tensor<'solve'>,
  shape: Shape,
  a: Scalars,
  b: Scalars,
): readonly number[] {
  const [n, columns] = shape.slice(-2);
  const batch = shape.slice(0, -2);
  const startsOf = (x: Scalars): Int32Array => {
    const size = sizeOf(x.shape.slice(-2));
    return offsets(
      batch,
      broadcastStrides(x.shape.slice(0, -2), batch).map((s) => s * size),
    );
  };
  const [startsA, startsB] = [startsOf(a), startsOf(b)];
  const eliminator = new Eliminator(dag, node);
  const out = new Array<number>(sizeOf(shape));
  startsA.forEach((start, system) => {
    const matrix = Array.from({ length: n }, (_, i) => a.ids.slice(start + i * n, start + (i + 1) * n));
    const factors = eliminator.factorise(matrix);
    for (let column = 0; column < columns; column++) {
      const right = Array.from({ length: n }, (_, i) => b.ids[startsB[system] + i * columns + column]);
      const x = node.attributes.transposed
        ? eliminator.substituteTransposed(factors, right)
        : eliminator.substitute(factors, right);
      x.forEach((id, i) => {
        out[(system * n + i) * columns + column] = id;
      });
    }
  });
  return out;
}
