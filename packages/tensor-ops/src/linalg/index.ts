/**
 * Linear algebra: functions of matrices, batched over leading axes, and solvers that need no matrix.
 *
 * @module
 */
export { type Balanced, type BalanceOptions, balance } from './balance.ts';
export { cholesky } from './cholesky.ts';
export { conjugateGradient } from './conjugate-gradient.ts';
export { determinant, type LogDeterminant, logDeterminant } from './determinant.ts';
export { type Eigh, eigh } from './eigh.ts';
export { gmres } from './gmres.ts';
export { inverse } from './inverse.ts';
export type { LinearSolution, Operator, SolverOptions } from './iterative.ts';
export { inverseRoot, matrixRoot, sqrtm } from './roots.ts';
export { type SolveOptions, solve } from './solve.ts';
