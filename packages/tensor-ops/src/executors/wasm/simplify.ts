/** Local identities on scalars; structural zeros annihilate products, a user's own zeros do not. */
import { type DType, isFloat } from '../../dtype.ts';
import type { ScalarFunction } from '../../ir/scalar-functions.ts';
import type { ScalarDag } from './scalar-dag.ts';

/** The node that equals `fn(operands)` and costs less, or undefined. The sign of a zero may change. */
export function simplify(
  dag: ScalarDag,
  fn: ScalarFunction,
  operands: readonly number[],
  dtype: DType,
): number | undefined {
  const [a, b, c] = operands;
  const x = dag.constantOf(a);
  const y = b === undefined ? undefined : dag.constantOf(b);
  const structural = (node: number): boolean => dag.op[node] === 'zero';
  const inner = (node: number): number | undefined =>
    dag.op[node] === 'negate' ? dag.operands[node][0] : undefined;
  const make = (f: ScalarFunction, ...args: number[]): number => dag.apply(f, args, dtype);
  const negated = (f: ScalarFunction, ...args: number[]): number => make('negate', make(f, ...args));
  switch (fn) {
    case 'negate': {
      if (structural(a)) return a;
      if (dag.op[a] === 'subtract') return make('subtract', dag.operands[a][1], dag.operands[a][0]);
      const positive = inner(a);
      if (positive !== undefined) return positive;
      break;
    }
    case 'add': {
      if (structural(a) || x === 0) return b;
      if (structural(b) || y === 0) return a;
      const [minusA, minusB] = [inner(a), inner(b)];
      if (minusB !== undefined) return make('subtract', a, minusB);
      if (minusA !== undefined) return make('subtract', b, minusA);
      break;
    }
    case 'subtract': {
      if (y === 0) return a;
      if (x === 0) return make('negate', b);
      const [minusA, minusB] = [inner(a), inner(b)];
      if (minusB !== undefined) return make('add', a, minusB);
      if (minusA !== undefined) return negated('add', minusA, b);
      break;
    }
    case 'multiply':
    case 'divide': {
      if (structural(a)) return a;
      if (fn === 'multiply' && structural(b)) return b;
      if (y === 1) return a;
      if (fn === 'multiply' && x === 1) return b;
      if (y === -1) return make('negate', a);
      if (fn === 'multiply' && x === -1) return make('negate', b);
      if (fn === 'divide' && !isFloat(dtype)) break;
      const [minusA, minusB] = [inner(a), inner(b)];
      if (minusA !== undefined && minusB !== undefined) return make(fn, minusA, minusB);
      if (minusA !== undefined) return negated(fn, minusA, b);
      if (minusB !== undefined) return negated(fn, a, minusB);
      if (fn === 'divide' && x === undefined && y !== undefined && isPowerOfTwo(y)) {
        return make('multiply', a, dag.constant(dtype, 1 / y));
      }
      break;
    }
    case 'power':
      if (y === 1) return a;
      if (y === 2) return make('multiply', a, a);
      if (y === -1) return make('divide', dag.constant(dtype, 1), a);
      break;
    case 'maximum':
    case 'minimum':
      if (a === b) return a;
      break;
    case 'not':
      if (dag.op[a] === 'not') return dag.operands[a][0];
      break;
    case 'and':
    case 'or': {
      const absorbing = fn === 'and' ? 0 : 1;
      if (x === absorbing || y === absorbing) return dag.constant('bool', absorbing);
      if (x !== undefined) return b;
      if (y !== undefined || a === b) return a;
      break;
    }
    case 'select':
      if (x !== undefined) return x !== 0 ? b : c;
      if (b === c) return b;
      if (dag.op[a] === 'not') return make('select', dag.operands[a][0], c, b);
      return undefined;
  }
  return operands.every((node) => dag.isConstant(node)) ? dag.fold(fn, operands, dtype) : undefined;
}

/** Whether dividing by the number is multiplying by its exact, normal reciprocal. */
function isPowerOfTwo(value: number): boolean {
  const exponent = Math.log2(Math.abs(value));
  return Number.isInteger(exponent) && Math.abs(exponent) < 126;
}
