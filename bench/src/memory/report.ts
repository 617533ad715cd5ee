/** `npm run bench -- memory`: 10,000 steps of W3, after which neither the heap nor WebAssembly's memory has grown. */
import { at, jit, key, mul, normal, split, type Tensor } from '@descant/tensor-ops';
import { type Bar, barLines, type TextReport } from '../harness/report.ts';
import { table } from '../harness/table.ts';
import * as w3 from '../tensor-ops/w3.ts';
import { growthPerStep, measureMemory, type Usage, watchWasmMemory } from './memory.ts';

const STEPS = 10_000;
const WARM_UP = 2000;
/** A pointer's bytes: whatever is kept of a step takes more. */
const BAR = 8;

const KINDS: readonly (readonly [string, (usage: Usage) => number])[] = [
  ['heap', (u) => u.heap],
  ['array buffers', (u) => u.buffers],
  ['WebAssembly memory', (u) => u.wasm],
];

/** The report as text, and whether all bars are reached. */
export async function measureMemoryOfW3(): Promise<TextReport> {
  watchWasmMemory();
  const keys = split(key(2), w3.INPUTS.length);
  const inputs = w3.INPUTS.map((shape, i) => mul(normal(at(keys, i), shape), 0.3));
  const gradient = jit((...all: Tensor[]) => w3.gradient(all[0], all[1], all[2], ...all.slice(3)));
  const usages = await measureMemory(() => gradient(...inputs), { warmUp: WARM_UP, steps: STEPS, parts: 10 });
  const rows = usages.map((usage) => [String(usage.steps), ...KINDS.map(([, of]) => String(of(usage)))]);
  const bars = KINDS.map(([name, of]): Bar => {
    const growth = growthPerStep(usages, of);
    return { text: `${name}: ${growth.toFixed(2)} bytes a step, bar ${BAR}`, reached: growth < BAR };
  });
  const text = [
    `W3 on Node ${process.version}, bytes after ${WARM_UP} steps to warm up and a collection of garbage`,
    ...table(['steps', ...KINDS.map(([name]) => name)], rows),
    '',
    'Bars:',
    ...barLines(bars),
    '',
  ].join('\n');
  return { text, reached: bars.every(({ reached }) => reached) };
}
