/** The agent of M-FOS on games with known values: a Gaussian meta-policy that learns by PPO. */
import { returnsToGo } from '@descant/estimators';
import { ArgumentError, expandDims, type FloatType, squeeze, type Tensor } from '@descant/tensor-ops';
import { adam, type Optimizer } from '@descant/tensor-ops/optim';
import { checkWidth } from '../networks/network.ts';
import { type Optimised, type PpoSettings, ppoEpochs, standardised } from './clipped-objective.ts';
import { evaluateGaussian, type GaussianParameters, initGaussian } from './gaussian-policy.ts';

/** How M-FOS learns on games with known values; the defaults are the authors'. */
export interface MFosOptions extends Omit<PpoSettings, 'optimizer'> {
  /** Default: Adam with the rate 0.002, against another M-FOS 0.0002. */
  readonly optimizer?: Optimizer<unknown>;
  /** Weight of the entropy; default 0.01. */
  readonly entropy?: number;
  /** B, plays side by side; default 4096. */
  readonly plays?: number;
  /** T, steps of a play; default 100. */
  readonly steps?: number;
  /** gamma between steps, in [0, 1]; default 0.99. */
  readonly discount?: number;
  /** Units of the tanh layers of actor and critic; default 256. */
  readonly hidden?: number;
}

/** The state of an M-FOS agent. */
export type MFosState = Optimised<GaussianParameters>;

/** Whole plays of one agent, [T, B, ...]. */
export interface MetaPlays {
  readonly observations: Tensor;
  readonly actions: Tensor;
  readonly logProbabilities: Tensor;
  readonly rewards: Tensor;
}

/** One agent's functions. */
export interface MFosAgent {
  init(key: Tensor): MFosState;
  learn(state: MFosState, plays: MetaPlays): MFosState;
}

/** All options, checked. */
export function mFosSettings(fn: string, options: MFosOptions, learningRate: number) {
  const { plays = 4096, steps = 100, discount = 0.99, hidden = 256, entropy = 0.01 } = options;
  checkWidth(fn, 'plays', plays);
  checkWidth(fn, 'steps', steps);
  checkWidth(fn, 'hidden', hidden);
  const { epochs = 4, clip = 0.2, optimizer = adam({ learningRate }) as Optimizer<unknown> } = options;
  checkWidth(fn, 'epochs', epochs);
  if (!(discount >= 0 && discount <= 1)) {
    throw new ArgumentError(fn, 'discount', 'lie in [0, 1]', String(discount));
  }
  if (!(clip > 0)) throw new ArgumentError(fn, 'clip', 'be positive', String(clip));
  if (plays * steps < 2) {
    throw new ArgumentError(fn, 'plays', 'be at least 2 with one step, to standardise returns', '1');
  }
  return { plays, steps, discount, hidden, entropy, epochs, clip, optimizer };
}

/** An agent that sees [inputs] and plays [outputs]. */
export function mFosAgent(
  inputs: number,
  outputs: number,
  dtype: FloatType,
  settings: ReturnType<typeof mFosSettings>,
): MFosAgent {
  return {
    init(key) {
      const parameters = initGaussian(key, inputs, settings.hidden, outputs, dtype);
      return { parameters, optimizer: settings.optimizer.init(parameters) };
    },
    learn(state, { observations, actions, logProbabilities, rewards }) {
      const [paid, drawn] = [rewards, logProbabilities].map((x) => expandDims(x, 2));
      const rollout = { logProbabilities: drawn, rewards: paid, discount: settings.discount };
      return ppoEpochs(
        state,
        (parameters) => evaluateGaussian(parameters, observations, actions),
        { logProbabilities, returns: standardised(squeeze(returnsToGo(rollout), 2)) },
        settings,
      );
    },
  };
}
