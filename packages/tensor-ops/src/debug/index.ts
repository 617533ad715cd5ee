/** What to reach for when something is wrong. */

export {
  type CheckGradientsOptions,
  checkGradients,
  type GradientEntry,
  type GradientReport,
} from './check-gradients.ts';
export { debugNaNs } from './debug-nans.ts';
export { type Explanation, explain } from './explain.ts';
export { NonFiniteError } from './non-finite.ts';
