/** Running learners: over an episode, and on a batch of sequences. */
import {
  ArgumentError,
  add,
  broadcastTo,
  expandDims,
  mapTree,
  mean,
  scan,
  split,
  type Tensor,
  vmap,
  zeros,
} from '@descant/tensor-ops';
import type { ModelParameters } from '../models/model.ts';
import type { Learner, LearnerState, LearnerStep, StepInFactors } from './learner.ts';
import { meanMatrix, wholeMatrix } from './outer-sum.ts';

/** What an episode gives. */
export interface Episode<R, M> {
  readonly state: LearnerState<R, M>;
  /** The sum of the gradients of all steps. */
  readonly gradient: ModelParameters<R>;
  /** [T], or [T, B] of a batch. */
  readonly losses: Tensor;
}

/** Something that steps: a `Learner`, or a `BatchLearner`. */
type Stepping<R, M, Y> = Pick<Learner<R, M, Y>, 'name' | 'step'>;

/**
 * Runs a learner over an episode with fixed parameters, as one loop: inputs [T, X], targets with a leading axis [T].
 *
 * A pure function, to be compiled by `jit` and batched by `vmap`.
 *
 * @throws ArgumentError when a loss is not finite, which names the step (not while tracing: then `losses` tells).
 *
 * @example
 * ```ts
 * import { regressor, rtrl, runEpisode, tanhRnn } from '@descant/uoro';
 * import { key, ones, zeros } from '@descant/tensor-ops';
 * const learner = rtrl(regressor(tanhRnn({ inputs: 2, units: 3 }), 1));
 * const start = learner.init(learner.model.init(key(0)));
 * const targets = { value: zeros([7, 1]), weight: ones([7]) };
 * runEpisode(learner, start, zeros([7, 2]), targets, key(1)).losses.shape; // => [7]
 * ```
 */
export function runEpisode<R, M, Y>(
  learner: Stepping<R, M, Y>,
  state: LearnerState<R, M>,
  inputs: Tensor,
  targets: Y,
  key: Tensor,
): Episode<R, M> {
  const { parameters } = state;
  const keys = split(key, inputs.shape[0]);
  type Carry = Omit<LearnerState<R, M>, 'parameters'> & { gradient: ModelParameters<R> };
  const none = mapTree((p) => zeros(p.shape, p.dtype), parameters);
  const start: Carry = { time: state.time, cellState: state.cellState, memory: state.memory, gradient: none };
  const [{ gradient, ...end }, losses] = scan(
    ({ gradient: sofar, ...rest }: Carry, at: { input: Tensor; target: Y; key: Tensor }): [Carry, Tensor] => {
      const {
        state: next,
        gradient,
        loss,
      } = learner.step({ parameters, ...rest }, at.input, at.target, at.key);
      const { parameters: _, ...carried } = next;
      return [{ ...carried, gradient: mapTree((a, b) => add(a, b), sofar, gradient) }, loss];
    },
    start,
    { input: inputs, target: targets, key: keys },
  );
  checkLosses(learner.name, losses);
  return { state: { parameters, ...end }, gradient, losses };
}

/**
 * Checks that losses are finite.
 *
 * @throws ArgumentError that names the first step (and sequence of a batch) with another loss; not while tracing.
 *
 * @example
 * ```ts
 * import { checkLosses } from '@descant/uoro';
 * import { tensor } from '@descant/tensor-ops';
 * let message = '';
 * try {
 *   checkLosses('uoro', tensor([0.5, Number.NaN]));
 * } catch (error) {
 *   message = String(error);
 * }
 * message; // => 'ArgumentError: uoro: losses must be finite; got NaN at step 1'
 * ```
 */
export function checkLosses(fn: string, losses: Tensor): void {
  if (!losses.isConcrete) return;
  const bad = losses.data.findIndex((v: number) => !Number.isFinite(v));
  if (bad < 0) return;
  const batch = losses.rank === 2 ? losses.shape[1] : 1;
  const where = losses.rank === 2 ? ` of sequence ${bad % batch}` : '';
  throw new ArgumentError(
    fn,
    'losses',
    'be finite',
    `${losses.data[bad]} at step ${Math.floor(bad / batch)}${where}`,
  );
}

/** A learner on a batch of B sequences, each with an estimate of its own; they share the parameters. */
export interface BatchLearner<R, M, Y> {
  readonly name: string;
  readonly batch: number;
  init(parameters: ModelParameters<R>): LearnerState<R, M>;
  /** One step: inputs [B, X], targets with a leading axis [B]; the mean gradient of the sequences, and their losses [B]. */
  step(state: LearnerState<R, M>, inputs: Tensor, targets: Y, key: Tensor): LearnerStep<R, M>;
  /** One step with the noise given, [B, noiseSize]. */
  stepWithNoise(state: LearnerState<R, M>, inputs: Tensor, targets: Y, noise: Tensor): LearnerStep<R, M>;
}

/** Options of `batched`. */
export interface BatchOptions {
  /**
   * Takes the sequences one after the other, in a loop, in place of all at once; default false. For learners that have a
   * large matrix for each sequence, `rtrl` and `preUoro`: what is computed on the way stays in the processor's cache.
   */
  readonly sequential?: boolean;
}

/**
 * A learner for a batch of sequences: by `vmap`, so that each sequence has factors and noise of its own.
 *
 * @throws ArgumentError when the batch is not a whole number of at least 1.
 *
 * @example
 * ```ts
 * import { batched, classifier, lstm, uoro } from '@descant/uoro';
 * import { key } from '@descant/tensor-ops';
 * const learner = batched(uoro(classifier(lstm({ inputs: 2, units: 3 }), 2)), 5);
 * const start = learner.init(classifier(lstm({ inputs: 2, units: 3 }), 2).init(key(0)));
 * start.cellState.shape; // => [5, 6]
 * ```
 */
export function batched<R, M, Y>(
  learner: Learner<R, M, Y>,
  batch: number,
  options: BatchOptions = {},
): BatchLearner<R, M, Y> {
  if (!Number.isInteger(batch) || batch < 1)
    throw new ArgumentError('batched', 'batch', 'be a whole number of at least 1', String(batch));
  const stepWithNoise: BatchLearner<R, M, Y>['stepWithNoise'] = (state, inputs, targets, noise) => {
    const { parameters, time } = state;
    const one = (cellState: Tensor, memory: M, x: Tensor, y: Y, u: Tensor) => {
      const { state, ...found } = inFactors(learner, { parameters, time, cellState, memory }, x, y, u);
      return { cellState: state.cellState, memory: state.memory, ...found };
    };
    const seen = { s: state.cellState, m: state.memory, x: inputs, y: targets, u: noise };
    const each = options.sequential
      ? scan(
          (none: readonly Tensor[], { s, m, x, y, u }: typeof seen) => [none, one(s, m, x, y, u)],
          [],
          seen,
        )[1]
      : vmap(one)(seen.s, seen.m, seen.x, seen.y, seen.u);
    return {
      state: { parameters, time: add(time, 1), cellState: each.cellState, memory: each.memory },
      gradient: {
        weights: each.weights.map((sum, k) => meanMatrix(sum, parameters.weights[k].shape)),
        readout: mapTree((g) => mean(g, 0), each.readout),
      },
      loss: each.loss,
    };
  };
  return {
    name: learner.name,
    batch,
    init(parameters) {
      const one = learner.init(parameters);
      const spread = <T>(tree: T): T =>
        mapTree((leaf) => broadcastTo(expandDims(leaf, 0), [batch, ...leaf.shape]), tree);
      return { ...one, cellState: spread(one.cellState), memory: spread(one.memory) };
    },
    step(state, inputs, targets, key) {
      const draw = (k: Tensor) => learner.drawNoise(k, state.cellState.dtype);
      return stepWithNoise(state, inputs, targets, vmap(draw)(split(key, batch)));
    },
    stepWithNoise,
  };
}

/** A step of any learner with its gradient as outer products. */
function inFactors<R, M, Y>(
  learner: Learner<R, M, Y>,
  ...args: Parameters<Learner<R, M, Y>['stepWithNoise']>
): StepInFactors<R, M> {
  if (learner.stepInFactors) return learner.stepInFactors(...args);
  const { gradient, ...step } = learner.stepWithNoise(...args);
  return { ...step, weights: gradient.weights.map(wholeMatrix), readout: gradient.readout };
}
