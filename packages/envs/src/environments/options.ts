/** Checks that environments share. */
import { ArgumentError } from '@descant/tensor-ops';
import { show } from '../spaces/space.ts';

/** Rejects options that a function does not have: a misspelt one would silently do nothing. */
export function checkNames(fn: string, options: object, names: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new ArgumentError(fn, 'options', `be among ${names.join(', ')}`, unknown);
  }
}

/** Checks that a value is one of a few. */
export function checkChoice(fn: string, argument: string, value: unknown, choices: readonly unknown[]): void {
  if (!choices.includes(value)) {
    throw new ArgumentError(fn, argument, `be one of ${choices.join(', ')}`, show(value));
  }
}

/** Checks a limit of steps: a whole number of at least 1, or Infinity. */
export function checkSteps(fn: string, argument: string, value: unknown): void {
  const valid = value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && (value as number) >= 1);
  if (!valid) {
    throw new ArgumentError(fn, argument, 'be a whole number of at least 1, or Infinity', show(value));
  }
}

/** Checks that a value is a finite number. */
function checkFinite(fn: string, argument: string, value: unknown): void {
  if (!Number.isFinite(value)) throw new ArgumentError(fn, argument, 'be a finite number', show(value));
}

/** `agent_0`, `agent_1`, ... */
export const agentNames = (count: number): readonly string[] =>
  Object.freeze(Array.from({ length: count }, (_, i) => `agent_${i}`));

/** The options that the grid worlds of ma-gym share. */
export interface GridOptions {
  /** Rules of ma-gym's HEAD (default) or of its version before July 2021. */
  readonly rules?: 'head' | '2020';
  /** Steps until the episode is truncated; default: 100 in Checkers, 50 in Switch. */
  readonly maxSteps?: number;
  /** What every step adds to the rewards; default: -0.01 in Checkers, -0.1 in Switch. */
  readonly stepCost?: number;
  /** Whether observations end with the share of `maxSteps` that has passed; default false. */
  readonly clock?: boolean;
}

/** The options of a grid world with their defaults, checked. */
export function gridOptions(
  fn: string,
  options: GridOptions,
  defaults: { readonly maxSteps: number; readonly stepCost: number },
): Required<GridOptions> {
  const {
    rules = 'head',
    maxSteps = defaults.maxSteps,
    stepCost = defaults.stepCost,
    clock = false,
  } = options;
  checkChoice(fn, 'rules', rules, ['head', '2020']);
  checkSteps(fn, 'maxSteps', maxSteps);
  checkFinite(fn, 'stepCost', stepCost);
  checkChoice(fn, 'clock', clock, [false, true]);
  return { rules, maxSteps, stepCost, clock };
}
