/** Training with UORO on whole episodes, with everything that the theory of its variance says about each. */
import {
  add,
  at,
  cast,
  cumsum,
  exp,
  eye,
  jit,
  log,
  mapTree,
  matmul,
  mean,
  min,
  mul,
  scan,
  split,
  square,
  sub,
  sum,
  type Tensor,
  transpose,
  vmap,
  zeros,
} from '@descant/tensor-ops';
import { type AdamState, adam, applyUpdates } from '@descant/tensor-ops/optim';
import {
  type Credit,
  creditAssignment,
  type LinearReadout,
  type Model,
  type ModelParameters,
  optimalAlpha,
  optimalMatrix,
  preactivationCount,
  type Scaling,
  spatialMatrix,
  type Target,
  type Task,
  temporalMatrix,
  uoro,
  uoroVariance,
} from '@descant/uoro';
import type { ScalingSetting } from './settings.ts';

type Parameters = ModelParameters<LinearReadout>;

/** What training carries from one episode to the next. */
interface Training {
  readonly parameters: Parameters;
  readonly optimizer: AdamState;
  /** B-bar [N, N]; zero before the first episode. */
  readonly average: Tensor;
}

/** What is known of an episode: means over its batch. */
export interface Observed {
  /** The loss of a step. */
  readonly loss: number;
  /** |d L / d W|^2 */
  readonly intrinsic: number;
  /** V(Q) by the theory. */
  readonly expected: number;
  /** V(Q) as measured: the squared error of the estimate, less the part R that does not depend on Q. */
  readonly actual: number;
  /** log alpha_s, less its smallest value. */
  readonly logAlpha: readonly number[];
}

/** A training under way; `step` makes one update, from one episode of a batch of sequences. */
export interface Trainer {
  /** The loss of a step; with `observe` all that is observed. */
  step(key: Tensor): number;
  observe(key: Tensor): Observed;
}

/** One sequence run by UORO with fixed parameters: the summed gradient, the losses and all coefficients. */
function runSequence(
  model: Model<LinearReadout, Target>,
  parameters: Parameters,
  scaling: Scaling,
  inputs: Tensor,
  targets: Target,
  key: Tensor,
) {
  const { alpha } = scaling;
  const learner = uoro(model, {
    noise: 'normal',
    rescaling: alpha === undefined ? 'gir' : 'none',
    scaling,
  });
  const { time, cellState, memory } = learner.init(parameters);
  type Carry = { time: Tensor; cellState: Tensor; memory: typeof memory; gradient: Parameters };
  const none = mapTree((p) => zeros(p.shape, p.dtype), parameters);
  const [{ gradient }, { losses, gamma, beta }] = scan(
    ({ gradient: sofar, ...rest }: Carry, now: { x: Tensor; y: Target; k: Tensor }) => {
      const { state, gradient: own, loss } = learner.step({ parameters, ...rest }, now.x, now.y, now.k);
      const carry: Carry = {
        time: state.time,
        cellState: state.cellState,
        memory: state.memory,
        gradient: mapTree((a, b) => add(a, b), sofar, own),
      };
      const { gamma, beta } = state.memory.coefficients;
      return [carry, { losses: loss, gamma, beta }] as [
        Carry,
        { losses: Tensor; gamma: Tensor; beta: Tensor },
      ];
    },
    { time, cellState, memory, gradient: none } as Carry,
    { x: inputs, y: targets, k: split(key, inputs.shape[0]) },
  );
  // alpha_s = beta_s gamma_(s+1) ... gamma_T
  const logGamma = log(gamma);
  const later = sub(sum(logGamma), cumsum(logGamma));
  return { gradient, loss: mean(losses), alpha: alpha ?? exp(add(log(beta), later)) };
}

/** The exact gradient in the weights, [N, A]: sum over s of (sum over t of b_s^(t)) a_s'. */
const exactGradient = ({ b, features }: Credit): Tensor => matmul(transpose(sum(b, 0)), features[0]);

/**
 * A function that starts trainings from keys: everything but the eigenvectors of B-bar is one compiled call for each
 * episode, which they share.
 */
export function trainers(
  model: Model<LinearReadout, Target>,
  task: Task,
  setting: ScalingSetting,
  batch: number,
): (key: Tensor) => Trainer {
  const size = preactivationCount(model.cell);
  const optimizer = adam({ learningRate: setting.learningRate, beta1: setting.momentum });
  const usesMatrix = setting.matrix === 'ours';
  const episode = (now: Training, given: Tensor, key: Tensor, observing: boolean) => {
    const matrix = usesMatrix ? given : undefined;
    const scalingWith = (alpha: Tensor | undefined): Scaling => ({
      ...(matrix && { matrix }),
      ...(alpha && { alpha }),
    });
    const keys = split(key, 2);
    const { inputs, targets } = vmap((k: Tensor) => task.episode(k))(split(at(keys, 0), batch));
    const needsCredit = observing || setting.alpha === 'ours' || usesMatrix;
    const credit = needsCredit
      ? vmap((x: Tensor, y: Target) => creditAssignment(model, now.parameters, x, y))(inputs, targets)
      : undefined;
    const best = (c: Credit) => cast(optimalAlpha(cast(temporalMatrix(c, matrix), 'float64')), 'float32');
    const alphas = setting.alpha === 'ours' && credit ? vmap(best)(credit) : undefined;
    const run = (x: Tensor, y: Target, k: Tensor, alpha?: Tensor) =>
      runSequence(model, now.parameters, scalingWith(alpha), x, y, k);
    const noise = split(at(keys, 1), batch);
    const found = alphas ? vmap(run)(inputs, targets, noise, alphas) : vmap(run)(inputs, targets, noise);

    const gradient = mapTree((g) => mul(mean(g, 0), 1 / task.length), found.gradient);
    const { updates, state } = optimizer.update(gradient, now.optimizer, now.parameters);
    const next = { parameters: applyUpdates(now.parameters, updates), optimizer: state };
    const average =
      usesMatrix && credit
        ? mean(vmap((c: Credit, a: Tensor) => spatialMatrix(c, a))(credit, found.alpha), 0)
        : now.average;
    const loss = mean(found.loss);
    if (!observing || !credit) return { next, average, loss, observed: [] };
    const measured = vmap((c: Credit, g: Tensor, alpha: Tensor) => {
      const exact = exactGradient(c);
      const { v, r } = uoroVariance(c, { scaling: scalingWith(alpha), noise: 'normal' });
      const logs = log(alpha);
      return {
        intrinsic: sum(square(exact)),
        expected: v,
        actual: sub(sum(square(sub(g, exact))), r),
        logAlpha: sub(logs, min(logs)),
      };
    })(credit, found.gradient.weights[0], found.alpha);
    const { intrinsic, expected, actual, logAlpha } = mapTree((t) => mean(t, 0), measured);
    return { next, average, loss, observed: [intrinsic, expected, actual, logAlpha] };
  };
  const compiled = [false, true].map((observing) =>
    jit((now: Training, matrix: Tensor, key: Tensor) => episode(now, matrix, key, observing)),
  );
  // Single precision is enough: whatever matrix is used, the estimates are unbiased and the theory is of this matrix.
  const matrixOf = jit((average: Tensor) => optimalMatrix(average, { damping: setting.damping }));
  return (start) => {
    const parameters = model.init(start);
    let training: Training = {
      parameters,
      optimizer: optimizer.init(parameters),
      average: zeros([size, size]),
    };
    let episodes = 0;
    const advance = (key: Tensor, observing: boolean) => {
      const matrix = usesMatrix && episodes > 0 ? matrixOf(training.average) : eye(size);
      const { next, average, loss, observed } = compiled[observing ? 1 : 0](training, matrix, key);
      // The moving average starts at the first B.
      const share = episodes === 0 ? 0 : setting.decay;
      const mixed = add(mul(share, training.average), mul(1 - share, average));
      training = { ...next, average: usesMatrix ? mixed : training.average };
      episodes++;
      return { loss: loss.item(), observed };
    };
    return {
      step: (key) => advance(key, false).loss,
      observe(key) {
        const { loss, observed } = advance(key, true);
        const [intrinsic, expected, actual] = observed.slice(0, 3).map((t) => t.item());
        return { loss, intrinsic, expected, actual, logAlpha: Array.from(observed[3].data, Number) };
      },
    };
  };
}
