/** Solutions of linear systems. */
import type { DType } from '../../dtype.ts';
import type { Shape } from '../../shape.ts';
import type { GraphBuilder, Value } from '../builder.ts';
import type { Lowering } from './lowering.ts';

const range = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i);

/**
 * Gauss-Jordan elimination of [A | B], one column after the other in a Scan, so that the graph does not grow with A.
 *
 * Row exchanges as the primitive asks for. A singular system gives infinities or NaN.
 */
export const lowerSolve: Lowering<'solve'> = (g, node, [a, b]) => {
  const [A, B] = node.inputs;
  const { transposed, pivot } = node.attributes;
  const { dtype } = node;
  const batch = node.shape.slice(0, -2);
  const [n, m] = node.shape.slice(-2);
  const last = node.rank - 1;
  const swap = [...A.shape.keys()].slice(0, -2).concat(A.rank - 1, A.rank - 2);
  const left = g.expand(transposed ? g.op('Transpose', [a], { perm: swap }) : a, A.shape, [...batch, n, n]);
  const right = g.expand(b, B.shape, [...batch, n, m]);
  const shape = [...batch, n, n + m];
  const work = g.op('Concat', [left, right], { axis: last });
  const rows = g.constant(range(n), [n], 'int32');
  const signature = [
    { type: dtype, shape },
    { type: 'int32' as const, shape: [] },
  ];
  const body = g.body(signature, (step, [matrix, k]) => {
    const value = clearColumn(step, { matrix, k, rows, shape, pivot, dtype });
    return [{ value, type: dtype, shape }];
  });
  const solved = g.op('Scan', [work, rows], { body, num_scan_inputs: 1 });
  return g.op('Slice', [solved, g.integers([n]), g.integers([n + m]), g.integers([last])]);
};

interface Step {
  readonly matrix: Value;
  /** The column to clear, an int32 scalar. */
  readonly k: Value;
  /** 0, 1, ..., n - 1. */
  readonly rows: Value;
  readonly shape: Shape;
  readonly pivot: boolean;
  readonly dtype: DType;
}

/** Brings the pivot's row to row k, divides it by the pivot, and subtracts it from the other rows. */
function clearColumn(g: GraphBuilder, { matrix, k, rows, shape, pivot, dtype }: Step): Value {
  const [rowAxis, columnAxis] = [shape.length - 2, shape.length - 1];
  const asColumn = (vector: Value) => g.op('Unsqueeze', [vector, g.integers([-1])]);
  const index = g.op('Unsqueeze', [k, g.integers([0])]);
  const top = g.op('Gather', [matrix, index], { axis: rowAxis });
  let [pivotRow, exchanged] = [top, matrix];
  if (pivot) {
    const column = g.op('Abs', [g.op('Gather', [matrix, k], { axis: columnAxis })]);
    const candidates = g.where(g.op('Less', [rows, k]), g.scalar(-1, dtype), column, dtype);
    const best = g.op('ArgMax', [candidates], { axis: rowAxis, keepdims: 1 });
    const rowShape = g.integers(shape.map((length, d) => (d === rowAxis ? 1 : length)));
    const at = g.op('Expand', [asColumn(best), rowShape]);
    pivotRow = g.op('GatherElements', [matrix, at], { axis: rowAxis });
    exchanged = g.where(asColumn(g.op('Equal', [g.cast(rows, 'int64'), best])), top, matrix, dtype);
  }
  const scaled = g.op('Div', [pivotRow, g.op('Gather', [pivotRow, index], { axis: columnAxis })]);
  const factors = g.op('Gather', [exchanged, index], { axis: columnAxis });
  const cleared = g.op('Sub', [exchanged, g.op('Mul', [factors, scaled])]);
  return g.where(asColumn(g.op('Equal', [rows, k])), scaled, cleared, dtype);
}
