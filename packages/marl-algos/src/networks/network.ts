/** What policies and critics are made of. */
import { ArgumentError, type FloatType, type Tensor } from '@descant/tensor-ops';

/**
 * A network that reads what one seat of a game sees, step after step: a policy when its outputs are logits of the
 * actions, a critic when it has one output. P is its tree of parameters, M its memory between steps, a tree, too.
 */
export interface Network<P = unknown, M = unknown> {
  /** The architecture as text: networks of the same name take each other's parameters. */
  readonly name: string;
  /** The shape I of one observation. */
  readonly inputShape: readonly number[];
  readonly outputs: number;
  readonly dtype: FloatType;
  init(key: Tensor): P;
  /** The memory at the beginning of B plays; its leaves have the shapes [B, ...]. */
  begin(plays: number): M;
  /** One step of B plays: outputs [B, outputs] from the observations [B, ...I]. */
  step(parameters: P, observations: Tensor, memory: M): { readonly outputs: Tensor; readonly memory: M };
  /** Whole plays from their beginning: [T, B, outputs] from [T, B, ...I]. */
  sequence(parameters: P, observations: Tensor): Tensor;
}

/** A network without memory, from its function [..., ...I] -> [..., outputs]. */
export function memoryless<P>(
  description: Pick<Network<P, null>, 'name' | 'inputShape' | 'outputs' | 'dtype' | 'init'>,
  apply: (parameters: P, observations: Tensor) => Tensor,
): Network<P, null> {
  return {
    ...description,
    begin: () => null,
    step: (parameters, observations) => ({ outputs: apply(parameters, observations), memory: null }),
    sequence: apply,
  };
}

/** Checks a number of states, units or outputs. */
export function checkWidth(fn: string, argument: string, width: number): void {
  if (!Number.isSafeInteger(width) || width < 1) {
    throw new ArgumentError(fn, argument, 'be a whole number of at least 1', String(width));
  }
}
