import { grad, key, mul, normal, ones, sum, type Tensor, tensor } from '@descant/tensor-ops';
import {
  episodeLosses,
  type LinearReadout,
  type Model,
  type ModelParameters,
  type Target,
} from '@descant/uoro';
import { elements, inputs, model, parameters, start, targets } from './network.ts';

/** A network and an episode. */
export interface Setting {
  readonly model: Model<LinearReadout, Target>;
  readonly parameters: ModelParameters<LinearReadout>;
  readonly start: Tensor;
  readonly inputs: Tensor;
  readonly targets: Target;
}

/** A small network with random parameters, inputs and targets. */
export function setting(model: Model<LinearReadout, Target>, steps: number, seed: number): Setting {
  const { cell } = model;
  const random = (s: number, shape: readonly number[]) => normal(key(seed + s), shape, 'float64');
  const { weights, readout } = model.init(key(seed), 'float64');
  return {
    model,
    // Larger weights than at initialisation: the past must matter.
    parameters: { weights: weights.map((w) => mul(1.5, w)), readout },
    start: random(1, [cell.stateSize]),
    inputs: random(2, [steps, cell.inputs]),
    targets: {
      value: tensor(
        Array.from({ length: steps }, (_, t) => t % 2),
        { dtype: 'int32' },
      ),
      weight: ones([steps], 'float64'),
    },
  };
}

/** The gradient of the summed losses in the weights. */
export const exactGradient = ({ model, parameters, inputs, targets, start }: Setting): number[] =>
  elements(
    grad((p: typeof parameters) => sum(episodeLosses(model, p, inputs, targets, start)))(parameters).weights,
  );

/** The network of the reference values. */
export const rnn: Setting = { model, parameters, start, inputs, targets };
