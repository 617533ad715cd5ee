import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { jit, matmul, ones, setThreads, type Tensor, tanh } from '@descant/tensor-ops';
import { explain } from '@descant/tensor-ops/debug';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { otherBits } from './support.ts';

afterEach(async () => {
  vi.unstubAllGlobals();
  await setThreads(1);
});

test('numbers that are not 1 to 256', () => {
  const whole = (x: unknown): boolean => Number.isInteger(x) && Number(x) >= 1 && Number(x) <= 256;
  const wrong = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(undefined, null, '2', [2]));
  fc.assert(
    fc.property(
      wrong.filter((x) => !(typeof x === 'number' && whole(x))),
      (x) => {
        expect(() => setThreads(x as number)).toThrow(
          `setThreads: threads must be a whole number from 1 to 256; got ${String(x)}`,
        );
      },
    ),
  );
});

describe('what the runtime lacks', () => {
  test('shared memory', async () => {
    vi.stubGlobal('SharedArrayBuffer', undefined);
    expect(() => setThreads(2)).toThrow(
      'setThreads: 2 threads need SharedArrayBuffer (in browsers: a cross-origin isolated page)',
    );
    await setThreads(1);
  });

  test('workers', () => {
    vi.stubGlobal('process', {});
    expect(() => setThreads(2)).toThrow('setThreads: 2 threads need workers (Node 20.16 or later)');
  });
});

test('functions are compiled again for the number of threads, with the same results', async () => {
  const f = (x: Tensor) => tanh(matmul(x, x));
  const x = ones([301, 301]);
  const compiled = jit(f);
  const threads = () => explain(f, [x]).report.parts.map((part) => part.threads);
  const results = [];
  for (const n of [1, 2, 3, 1]) {
    await setThreads(n);
    results.push(compiled(x).data);
    expect(threads().filter((count) => count !== undefined)).toEqual(n === 1 ? [] : [n]);
    expect(otherBits([results[results.length - 1]], [results[0]])).toBeUndefined();
  }
});

test('small functions stay on one thread', async () => {
  await setThreads(2);
  const { parts } = explain((x: Tensor) => tanh(matmul(x, x)), [ones([8, 8])]).report;
  expect(parts.every((part) => part.threads === undefined)).toBe(true);
});

const run = async (code: string, ...flags: string[]) => {
  const args = ['--conditions=@descant/source', ...flags, '--input-type=module', '--eval', code];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: import.meta.dirname,
    timeout: 25_000,
  });
  return stdout.trim();
};

describe('processes end by themselves', () => {
  const program = (wait: string) => `
    import { jit, matmul, ones, setThreads } from '@descant/tensor-ops';
    ${wait} setThreads(2);
    const product = jit(matmul);
    let last;
    for (let i = 0; i < 20; i++) last = product(ones([256, 256]), ones([256, 256]));
    console.log(last.data[0]);
  `;
  test.each(['await', ''])('%s setThreads(2)', async (wait) => {
    expect(await run(program(wait))).toBe('256');
  });
});

test('the memory of programs that are no longer used is given back', async () => {
  // Each program has 28 MiB that it writes to; all of them together would have 1.4 GiB.
  const code = `
    import { add, jit, setThreads, zeros } from '@descant/tensor-ops';
    await setThreads(2);
    const x = zeros([2 ** 20]);
    let most = 0;
    for (let i = 0; i < 50; i++) {
      const f = jit((x) => [add(x, i), add(x, i + 0.5), add(x, i + 0.25)]);
      f(x);
      if (i % 10 === 0) { globalThis.gc(); await new Promise((done) => setTimeout(done, 5)); }
      most = Math.max(most, process.memoryUsage.rss());
    }
    console.log(Math.round(most / 2 ** 20));
  `;
  const megabytes = Number(await run(code, '--expose-gc'));
  expect(megabytes).toBeGreaterThan(60);
  expect(megabytes).toBeLessThan(900);
});
