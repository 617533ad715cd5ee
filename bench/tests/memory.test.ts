import { jit, key, matmul, normal, scan, sum, type Tensor, tanh, valueAndGrad } from '@descant/tensor-ops';
import { describe, expect, test } from 'vitest';
import { growthPerStep, measureMemory, type Usage, watchWasmMemory } from '../src/memory/memory.ts';

const PLAN = { warmUp: 4000, steps: 8000, parts: 4 };

const [w, xs, h] = [
  [8, 8],
  [5, 4, 8],
  [4, 8],
].map((shape, i) => normal(key(i), shape));

const loss = (weights: Tensor, inputs: Tensor, state: Tensor): Tensor =>
  sum(
    scan((s: Tensor, x: Tensor) => [tanh(matmul(s, weights)), sum(x)] as [Tensor, Tensor], state, inputs)[0],
  );

watchWasmMemory();

describe('the memory in use after calls of a compiled gradient', () => {
  const gradient = jit(valueAndGrad(loss));

  test('does not grow', async () => {
    const usages = await measureMemory(() => gradient(w, xs, h), PLAN);
    // Whatever is kept of every step takes more; less is what V8 itself changes.
    expect(growthPerStep(usages, (u) => u.heap)).toBeLessThan(50);
    expect(growthPerStep(usages, (u) => u.buffers)).toBeLessThan(8);
    expect(growthPerStep(usages, (u) => u.wasm)).toBe(0);
    expect(usages[0].wasm).toBeGreaterThan(0);
  });

  test('grows when results are kept: the measurement can fail', async () => {
    const kept: unknown[] = [];
    const usages = await measureMemory(() => kept.push(gradient(w, xs, h)), PLAN);
    expect(growthPerStep(usages, (u) => u.heap)).toBeGreaterThan(100);
    expect(growthPerStep(usages, (u) => u.buffers)).toBeGreaterThan(200);
  });

  test('grows when programs are compiled again: the measurement can fail', async () => {
    const kept: unknown[] = [];
    const compileAgain = () => {
      const again = jit(valueAndGrad(loss));
      again(w, xs, h);
      kept.push(again);
    };
    const usages = await measureMemory(compileAgain, { warmUp: 1, steps: 8, parts: 4 });
    expect(growthPerStep(usages, (u) => u.wasm)).toBeGreaterThanOrEqual(65_536);
  });
});

test('growth is the slope of a line', () => {
  const usages: Usage[] = [0, 10, 20].map((steps) => ({ steps, heap: 5 + 3 * steps, buffers: 7, wasm: 0 }));
  expect(growthPerStep(usages, (u) => u.heap)).toBeCloseTo(3, 12);
  expect(growthPerStep(usages, (u) => u.buffers)).toBe(0);
});
