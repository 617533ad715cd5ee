/** The network of the bench, with random scores in place of the chorales, and its inputs as flat arrays. */
import {
  beginTraining,
  type CoconetDescription,
  describe,
  layersOf,
  orderlessMask,
  type Parameters,
  stepOperations,
} from '@descant/coconet';
import { foldIn, key, randint, tensor } from '@descant/tensor-ops';
import type { Case, Outputs } from '../harness/protocol.ts';

/** The shape of a batch: crops and steps. */
export const [BATCH, STEPS] = [16, 32];

/** The network that comes with @descant/coconet. */
export const DESCRIPTION: CoconetDescription = describe({
  layers: 16,
  channels: 48,
  dilations: [
    [1, 1],
    [1, 2],
    [1, 1],
    [2, 4],
    [1, 1],
    [2, 8],
  ],
});

const START = beginTraining({ description: DESCRIPTION, batchSize: BATCH, cropSteps: STEPS });

/** GFLOP of a training step, and of a forward pass. */
export const OPERATIONS = {
  train: stepOperations(START.config) / 1e9,
  forward: stepOperations(START.config) / 3e9,
};

export const PARAMETERS: Case = {
  batch: BATCH,
  steps: STEPS,
  instruments: DESCRIPTION.instruments,
  pitches: DESCRIPTION.highestPitch - DESCRIPTION.lowestPitch + 1,
  lowestPitch: DESCRIPTION.lowestPitch,
  layers: JSON.stringify(layersOf(DESCRIPTION)),
};

/** Pitches, known cells, and filters, scales and offsets of each layer. */
export function inputs(): Outputs {
  const { instruments, lowestPitch, highestPitch } = DESCRIPTION;
  const cells = STEPS * instruments;
  const pitches = randint(key(0), [BATCH * cells], lowestPitch, highestPitch + 1).data;
  const hidden = Array.from({ length: BATCH }, (_, b) => [...orderlessMask(foldIn(key(1), b), cells)]);
  const parameters = START.state.parameters.flatMap(({ filters, scale, offset }) => [
    filters[0],
    scale,
    offset,
  ]);
  return [[...pitches], hidden.flat().map((h) => 1 - h), ...parameters.map(({ data }) => Array.from(data))];
}

/** The parameters among the inputs. */
export function parametersOf(arrays: Outputs): Parameters {
  return layersOf(DESCRIPTION).map(({ size, inputs: before, outputs: after }, i) => {
    const [filters, scale, offset] = arrays.slice(2 + 3 * i, 5 + 3 * i).map((x) => Float32Array.from(x));
    return {
      filters: [tensor(filters, { shape: [size, size, before, after] })],
      scale: tensor(scale),
      offset: tensor(offset),
    };
  });
}
