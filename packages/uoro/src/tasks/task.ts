/** What a task is: a distribution over episodes of inputs and targets. */
import type { FloatType, Tensor } from '@descant/tensor-ops';
import type { Cell } from '../cells/cell.ts';
import type { Model, Target } from '../models/model.ts';
import { classifier, type LinearReadout, regressor } from '../models/readouts.ts';

/** One sequence of T steps. */
export interface TaskEpisode {
  /** [T, inputs] */
  readonly inputs: Tensor;
  /** `value` [T] of classes or [T, outputs] of numbers, `weight` [T]. */
  readonly targets: Target;
}

/** A task with targets that are classes or numbers. */
export interface Task {
  readonly name: string;
  /** Length of the input vectors. */
  readonly inputs: number;
  /** The number of classes, or of numbers to output. */
  readonly outputs: number;
  readonly kind: 'classes' | 'numbers';
  /** The number of steps T. */
  readonly length: number;
  /** A random episode; batch it with `vmap`. */
  episode(key: Tensor, dtype?: FloatType): TaskEpisode;
}

/**
 * The model that fits a task: a `classifier` or a `regressor` with its number of outputs.
 *
 * @param cell - From the task's number of inputs.
 *
 * @example
 * ```ts
 * import { lstm, modelFor, queueTask } from '@descant/uoro';
 * const model = modelFor(queueTask(), ({ inputs }) => lstm({ inputs, units: 50 }));
 * model.cell.inputs; // => 1
 * ```
 */
export function modelFor(task: Task, cell: (task: Task) => Cell): Model<LinearReadout, Target> {
  return task.kind === 'classes' ? classifier(cell(task), task.outputs) : regressor(cell(task), task.outputs);
}
