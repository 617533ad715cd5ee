/** Whether the memory of UORO grows with the length of the stream. */
import { jit, key, mean, ones, type Tensor, tensor, uniform } from '@descant/tensor-ops';
import { classifier, lstm, uoro } from '@descant/uoro';
import type { Bar } from '../harness/report.ts';
import { growthPerStep, measureMemory, watchWasmMemory } from '../memory/memory.ts';

const STEPS = 100_000;
/** Bytes a step: a pointer is more. */
const LIMIT = 1;

/** Takes 100,000 steps on one stream, each a compiled call, and compares what is in use, garbage collected, in ten places. */
export async function measureStreamMemory(): Promise<Bar> {
  watchWasmMemory();
  const model = classifier(lstm({ inputs: 28, units: 50 }), 10);
  const learner = uoro(model);
  const step = jit((state: typeof now, input: Tensor, k: Tensor) => {
    const target = { value: tensor(3, { dtype: 'int32' }), weight: ones([]) };
    const { state: next, gradient, loss } = learner.step(state, input, target, k);
    return { next, loss, size: mean(gradient.weights[0]) };
  });
  let now = learner.init(model.init(key(0)));
  const input = uniform(key(1), [28]);
  const keys = Array.from({ length: 16 }, (_, i) => key(i));
  let t = 0;
  const usages = await measureMemory(
    () => {
      now = step(now, input, keys[t++ % keys.length]).next;
    },
    // Before that the engine still compiles and drops code.
    { warmUp: STEPS / 5, steps: STEPS, parts: 10 },
  );
  const growth = growthPerStep(usages, ({ heap, buffers, wasm }) => heap + buffers + wasm);
  const { heap, buffers, wasm } = usages[usages.length - 1];
  const total = ((heap + buffers + wasm) / 1e6).toFixed(1);
  return {
    text: `memory of UORO over ${STEPS} steps: grows by ${growth.toFixed(3)} bytes a step, bar below ${LIMIT}; ${total} MB at the end`,
    reached: growth < LIMIT,
  };
}
