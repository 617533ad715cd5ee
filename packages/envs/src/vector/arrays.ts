/** The arrays of a batch. */
import { ArgumentError } from '@descant/tensor-ops';
import { actionSize } from '../kernel/actions.ts';
import type { KernelActionSpace, ObservationArray } from '../kernel/kernel.ts';
import { type BoxSpace, boxArray } from '../spaces/box.ts';
import { show } from '../spaces/space.ts';
import type { VectorEnvironment, VectorResetOptions } from './vector.ts';

/** What a batch consists of. */
interface BatchForm {
  readonly name: string;
  readonly size: number;
  readonly agents: readonly string[];
  readonly observationSpace: BoxSpace;
  readonly actionSpaces: readonly KernelActionSpace[];
}

/** What all kinds of batches share: arrays, made once, and the checks of what is given. */
export abstract class BatchArrays implements VectorEnvironment {
  readonly name: string;
  readonly size: number;
  readonly agents: readonly string[];
  readonly observationSpace: BoxSpace;
  readonly actionSpaces: readonly KernelActionSpace[];
  readonly observations: ObservationArray;
  readonly finalObservations: ObservationArray;
  readonly rewards: Float64Array;
  readonly terminations: Uint8Array;
  readonly truncations: Uint8Array;
  readonly finished: Uint8Array;
  /** How many numbers an action has. */
  protected readonly width: number;

  constructor({ name, size, agents, observationSpace, actionSpaces }: BatchForm) {
    this.name = name;
    this.size = size;
    this.agents = agents;
    this.observationSpace = observationSpace;
    this.actionSpaces = actionSpaces;
    this.width = actionSize(actionSpaces[0]);
    const count = size * agents.length;
    this.observations = boxArray(observationSpace.dtype, count * observationSpace.size);
    this.finalObservations = boxArray(observationSpace.dtype, count * observationSpace.size);
    this.rewards = new Float64Array(count);
    this.terminations = new Uint8Array(count);
    this.truncations = new Uint8Array(count);
    this.finished = new Uint8Array(size);
  }

  abstract reset(options?: VectorResetOptions): void;
  abstract step(actions: ArrayLike<number>): void;
  abstract getState(): unknown;
  abstract setState(state: unknown): void;
  abstract close(): void;

  /** Forgets what the last step gave. */
  protected clear(): void {
    for (const array of [this.rewards, this.terminations, this.truncations, this.finished]) array.fill(0);
  }

  protected checkActions(actions: ArrayLike<number>, started: boolean): void {
    const { name, size, agents, width } = this;
    if (!started) throw new ArgumentError(`${name}.step`, 'the episodes', 'have begun (call reset)', 'none');
    const length = size * agents.length * width;
    if (actions?.length !== length) {
      const shape = `[${size}, ${agents.length}${width > 1 ? `, ${width}` : ''}]`;
      throw new ArgumentError(
        `${name}.step`,
        'actions',
        `be ${length} numbers, ${shape}`,
        show(actions?.length),
      );
    }
  }

  protected wrongState(state: unknown): ArgumentError {
    const expected = `be one that getState of ${this.size} instances returned`;
    return new ArgumentError(`${this.name}.setState`, 'state', expected, show(state));
  }
}
