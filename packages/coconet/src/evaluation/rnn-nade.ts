/** RNN-NADE: a recurrent network over steps, whose state sets the biases of a NADE over the voices of a step. */
import {
  ArgumentError,
  add,
  arange,
  at,
  cast,
  concat,
  equal,
  expandDims,
  foldIn,
  jit,
  key as keyOf,
  logSoftmax,
  matmul,
  mul,
  neg,
  reshape,
  sigmoid,
  slice,
  split,
  stack,
  sum,
  type Tensor,
  tensor,
  transpose,
  valueAndGrad,
  zeros,
} from '@descant/tensor-ops';
import {
  type GruParameters,
  glorotUniform,
  gru,
  initGru,
  initLinear,
  type LinearParameters,
  linear,
} from '@descant/tensor-ops/nn';
import { adam, applyUpdates } from '@descant/tensor-ops/optim';
import type { Score } from '../data/score.ts';
import { checkFit, pitchCount } from '../model/conditionals.ts';
import { REST } from '../model/input.ts';
import { nextTurn } from '../next-turn.ts';
import { trainingBatch } from '../training/batches.ts';
import type { Range } from './baselines.ts';

/** Parameters, with N hidden units of the NADE, I voices, P pitches. */
export interface RnnNadeParameters {
  /** Reads all voices of a step, I P numbers. */
  readonly gru: GruParameters;
  /** From the state to the biases of the hidden units, [N], and of the pitches, [I P]. */
  readonly hiddenBias: LinearParameters;
  readonly pitchBias: LinearParameters;
  /** From voices to hidden units, [I, P, N], and back, [I, N, P]. */
  readonly encoder: Tensor;
  readonly decoder: Tensor;
}

/** A trained RNN-NADE. */
export interface RnnNade {
  readonly range: Range;
  readonly parameters: RnnNadeParameters;
}

/** Options of `trainRnnNade`. */
export interface RnnNadeOptions {
  /** Units of the GRU and of the NADE; default 128. */
  readonly units?: number;
  /** Default 1500. */
  readonly steps?: number;
  /** Sequences in a batch and steps in each; default 16 and 64. */
  readonly batchSize?: number;
  readonly cropSteps?: number;
  /** Adam's, falling linearly to zero; default 0.003. */
  readonly learningRate?: number;
  /** Lowest and highest random transposition; default [-5, 6]. */
  readonly transposition?: readonly [number, number];
  readonly seed?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (share: number) => void;
}

function initRnnNade(key: Tensor, range: Range, units: number): RnnNadeParameters {
  const { instruments } = range;
  const pitches = pitchCount(range);
  const keys = split(key, 5);
  return {
    gru: initGru(at(keys, 0), instruments * pitches, units),
    hiddenBias: initLinear(at(keys, 1), units, units),
    pitchBias: initLinear(at(keys, 2), units, instruments * pitches),
    encoder: glorotUniform(at(keys, 3), [instruments, pitches, units]),
    decoder: glorotUniform(at(keys, 4), [instruments, units, pitches]),
  };
}

/** Losses of the voices of every step, [B, T, I], of scores [B, T, I]; 0 at rests. */
function lossesOf(parameters: RnnNadeParameters, range: Range, pitches: Tensor): Tensor {
  const { instruments, lowestPitch, highestPitch } = range;
  const [batch, steps] = pitches.shape;
  const count = pitchCount(range);
  // [T, B, I, P], all zero at rests.
  const byStep = transpose(pitches, [1, 0, 2]);
  const rolls = cast(equal(expandDims(byStep, 3), arange(lowestPitch, highestPitch + 1)), 'float32');
  const frames = reshape(rolls, [steps, batch, instruments * count]);
  // Each step is predicted from the state after the one before.
  const first = zeros([1, batch, instruments * count]);
  const past = concat([first, slice(frames, [0, 0, 0], [steps - 1, -1, -1])], 0);
  const { states } = gru(parameters.gru, zeros([batch, parameters.gru.recurrentWeights.shape[0]]), past);
  const biases = reshape(linear(parameters.pitchBias, states), [steps, batch, instruments, count]);
  let hidden = linear(parameters.hiddenBias, states);
  const losses: Tensor[] = [];
  for (let i = 0; i < instruments; i++) {
    const own = at(rolls, i, 2);
    const logits = add(matmul(sigmoid(hidden), at(parameters.decoder, i)), at(biases, i, 2));
    losses.push(neg(sum(mul(own, logSoftmax(logits, -1)), -1)));
    hidden = add(hidden, matmul(own, at(parameters.encoder, i)));
  }
  return transpose(stack(losses, 2), [1, 0, 2]);
}

/**
 * Trains an RNN-NADE on random crops, transposed at random.
 *
 * `p(x_t | x_<t) = prod_i softmax(b_i(s_t) + V_i sigmoid(c(s_t) + sum over j < i of W_j x_j,t))`, with s_t the state of
 * a GRU after step t - 1, and the voices in their order.
 *
 * Source: Boulanger-Lewandowski et al. (2012), in which every pitch is a binary unit; here each voice has one pitch, as
 * in Cooijmans (2023), thesis, section 3.6.1, and the recurrent network is a GRU.
 *
 * @throws ArgumentError when scores do not fit the range; the signal's reason when it is aborted.
 *
 * @example
 * ```ts
 * import { rnnNadeNll, trainRnnNade } from '@descant/coconet';
 * const scores = [Array.from({ length: 32 }, (_, t) => [60 + (t % 3)])];
 * const range = { instruments: 1, lowestPitch: 60, highestPitch: 62 };
 * const options = { units: 8, steps: 150, batchSize: 2, cropSteps: 16, learningRate: 0.05 };
 * const model = await trainRnnNade(scores, range, options);
 * rnnNadeNll(model, scores).mean < 0.3; // => true
 * ```
 */
export async function trainRnnNade(
  scores: readonly Score[],
  range: Range,
  options: RnnNadeOptions = {},
): Promise<RnnNade> {
  const {
    units = 128,
    steps = 1500,
    batchSize = 16,
    cropSteps = 64,
    learningRate = 0.003,
    seed = 0,
  } = options;
  for (const [name, value] of Object.entries({ units, steps, batchSize, cropSteps }))
    if (!Number.isInteger(value) || value < 1)
      throw new ArgumentError('trainRnnNade', name, 'be a whole number of at least 1', String(value));
  for (const score of scores) checkFit('trainRnnNade', 'scores', range, score);
  const key = keyOf(seed);
  let parameters = initRnnNade(foldIn(key, 0), range, units);
  const optimizer = (rate: Tensor) => adam({ learningRate: rate });
  let state = optimizer(tensor(0)).init(parameters);
  const step = jit((p: RnnNadeParameters, s: typeof state, pitches: Tensor, inside: Tensor, rate: Tensor) => {
    const [loss, gradients] = valueAndGrad((q: RnnNadeParameters) => {
      const losses = mul(inside, lossesOf(q, range, pitches));
      return mul(sum(losses), 1 / (batchSize * cropSteps));
    })(p);
    const next = optimizer(rate).update(gradients, s, p);
    return { loss, parameters: applyUpdates(p, next.updates), state: next.state };
  });
  const crops = {
    batchSize,
    steps: cropSteps,
    ...range,
    transposition: options.transposition ?? [-5, 6],
  } as const;
  for (let i = 0; i < steps; i++) {
    options.signal?.throwIfAborted();
    const { pitches, hidden, known } = trainingBatch(foldIn(key, 1), scores, i, crops);
    const rate = tensor(learningRate * (1 - i / steps));
    const next = step(parameters, state, pitches, add(hidden, known), rate);
    ({ parameters, state } = next);
    const loss = next.loss.item();
    if (!Number.isFinite(loss))
      throw new Error(`trainRnnNade: the loss of step ${i + 1} is ${loss}; try a smaller learning rate`);
    options.onProgress?.((i + 1) / steps);
    await nextTurn();
  }
  return { range, parameters };
}

/**
 * The framewise negative log-likelihood of scores under an RNN-NADE, exactly: every step given all those before it.
 *
 * @returns Nats for each frame, over all voices; rests add nothing, their frames count.
 * @throws ArgumentError when scores do not fit the model, or there are none.
 *
 * @example
 * ```ts
 * import { rnnNadeNll, trainRnnNade } from '@descant/coconet';
 * const range = { instruments: 1, lowestPitch: 60, highestPitch: 61 };
 * const model = await trainRnnNade([[[60], [61]]], range, { units: 2, steps: 1, batchSize: 1, cropSteps: 2 });
 * rnnNadeNll(model, [[[60], [61]]]).n; // => 2
 * ```
 */
export function rnnNadeNll(
  { range, parameters }: RnnNade,
  scores: readonly Score[],
): { mean: number; standardError: number; n: number } {
  for (const score of scores) checkFit('rnnNadeNll', 'scores', range, score);
  const frames = scores.reduce((n, score) => n + score.length, 0);
  if (frames === 0) throw new ArgumentError('rnnNadeNll', 'scores', 'have frames', '0');
  const longest = Math.max(...scores.map((score) => score.length));
  const { instruments } = range;
  // One compilation for all: what comes after the end of a score changes nothing before it.
  const run = jit((pitches: Tensor) => sum(lossesOf(parameters, range, pitches), 2));
  const losses = scores.flatMap((score) => {
    const pitches = new Int32Array(longest * instruments).fill(REST);
    pitches.set(score.flat());
    const own = run(tensor(pitches, { shape: [1, longest, instruments], dtype: 'int32' })).data;
    return [...own.subarray(0, score.length)];
  });
  const mean = losses.reduce((a, b) => a + b, 0) / frames;
  const variance = losses.reduce((a, b) => a + (b - mean) ** 2, 0) / Math.max(1, frames - 1);
  return { mean, standardError: Math.sqrt(variance / frames), n: frames };
}
