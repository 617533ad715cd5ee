/** Measures a training step and a forward pass of the network of @descant/coconet. */
import {
  beginTraining,
  coconet,
  initPopulation,
  logProbabilities,
  networkInput,
  pianoRolls,
  trainingStep,
} from '@descant/coconet';
import { flatten, jit, setThreads, sub, type Tensor, tensor } from '@descant/tensor-ops';
import type { Outputs, Prepared } from '../harness/protocol.ts';
import { serve } from '../harness/serve.ts';
import { BATCH, DESCRIPTION, parametersOf, STEPS } from './network.ts';

/** Filters whose gradients are compared, by layer: the first two and the last. */
const COMPARED = [0, 1, -1];

/** Gradients in units of their length: they are small, and differences are counted beside one. */
function direction(gradient: Tensor): number[] {
  const values = Array.from(gradient.data);
  const length = Math.hypot(...values);
  return values.map((g) => g / length);
}

await setThreads(Number(process.env.DESCANT_BENCH_THREADS));
await serve({
  description: {
    versions: { node: process.version, V8: process.versions.v8 ?? 'unknown' },
    variants: [{ name: 'compiled', compiled: true }],
  },
  prepare(_variant, { task }, inputs): Prepared {
    const shape = [BATCH, STEPS, DESCRIPTION.instruments];
    const pitches = tensor(Int32Array.from(inputs[0]), { shape, dtype: 'int32' });
    const known = tensor(Float32Array.from(inputs[1]), { shape });
    const parameters = parametersOf(inputs);
    const prepare = <State>(run: () => State, outputs: (state: State) => Outputs) =>
      ({ steps: 1, run, once: run, outputs }) as Prepared;
    if (task === 'forward') {
      const statistics = initPopulation(DESCRIPTION);
      const forward = jit((p: typeof parameters, x: Tensor, c: Tensor) =>
        logProbabilities(coconet(DESCRIPTION, p, statistics, networkInput(pianoRolls(DESCRIPTION, x), c))),
      );
      return prepare(
        () => forward(parameters, pitches, known),
        (logs) => [Array.from(logs.data)],
      );
    }
    const step = trainingStep(DESCRIPTION, { averaging: 0.999 });
    const start = { ...beginTraining({ description: DESCRIPTION }).state, parameters, average: parameters };
    const batch = { pitches, known, hidden: sub(1, known) };
    const { leaves } = flatten(parameters);
    return prepare(
      () => step(start, batch, tensor(1e-3)),
      // After one step Adam's first moment is a multiple of the gradient.
      ({ loss, state }) => [
        [loss.item()],
        ...COMPARED.map((layer) =>
          direction(state.optimizer.firstMoment[leaves.indexOf(parameters.at(layer)!.filters[0])]),
        ),
      ],
    );
  },
});
