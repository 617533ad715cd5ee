/** Estimators of gradients of expectations, and the exact enumeration that proves them. */

export type { Chance, StochasticProgram } from './enumeration/chance.ts';
export {
  type EnumerateOptions,
  type Enumeration,
  enumerate,
  expectation,
} from './enumeration/enumerate.ts';
export { type Moments, moments } from './enumeration/moments.ts';
