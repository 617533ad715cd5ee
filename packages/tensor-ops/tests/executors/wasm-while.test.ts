/** Random while loops, with loops, branches and sorts inside and around: compiled code equals the reference. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { whileLoop } from '../../src/control/index.ts';
import { compileProgram, MOST_OPERATIONS } from '../../src/executors/wasm/compile.ts';
import {
  add,
  cast,
  cond,
  fori,
  greater,
  jvp,
  less,
  max,
  mul,
  sort,
  sum,
  type Tensor,
  tanh,
  tensor,
  vmap,
} from '../../src/index.ts';
import { countOperations } from '../../src/ir/print.ts';
import { randomArguments, randomFunction } from './random-programs.ts';
import { dataOf, difference, programOf, reference } from './support.ts';

const MODES = {
  groups: { fma: false, mostOperations: 0 },
  mixed: { fma: false, mostOperations: MOST_OPERATIONS },
} as const;

interface State {
  n: Tensor;
  x: Tensor;
  y: Tensor;
  z: Tensor;
}

/** A loop of as many steps as the largest integer argument says, whose body is a random program of state and arguments. */
function randomLoop(seed: number) {
  return (...args: Tensor[]): Tensor[] => {
    const [first, second, third, integers, ...rest] = args;
    const body = randomFunction(seed, 'float64', 9, 1);
    const step = ({ n, x, y, z }: State): State => {
      const made = body(x, y, z, add(integers, n), ...rest);
      const bounded = made.map((t) => tanh(sum(cast(t, 'float64')))).reduce((a, b) => add(a, b), tensor(0.1));
      const total = cast(bounded, 'float64');
      return {
        n: add(n, 1),
        x: sort(add(mul(x, 0.5), total)),
        y: add(mul(y, 0.3), x),
        z: add(total, max(y)),
      };
    };
    const zero = tensor(0, { dtype: 'int32' });
    const run = (x: Tensor): State =>
      whileLoop(({ n }: State) => less(n, max(integers)), step, { n: zero, x, y: second, z: third });
    const once = run(first);
    const shapes = [
      () => once,
      () => fori(0, 2, (_i, s: State) => ({ ...run(sort(add(s.x, 1))), n: add(s.n, 2) }), once),
      () =>
        cond(
          greater(third, 0),
          (s: State) => run(tanh(s.x)),
          (s: State) => s,
          once,
        ),
    ];
    const { n, x, y, z } = shapes[seed % shapes.length]();
    return [n, x, add(y, x), mul(z, once.z)];
  };
}

function randomCase(seed: number, batch: number, tangent: boolean) {
  const loop = randomLoop(seed);
  const fn = tangent
    ? (...args: Tensor[]) => jvp((x: Tensor) => loop(x, ...args.slice(1)), args[0], args[0])[1]
    : loop;
  const single = randomArguments(seed + 1, 'float64');
  if (batch === 0) return { program: programOf(fn, single), args: single };
  const axes = single.map((_, i) => ((seed >> i) % 3 === 0 && i !== seed % single.length ? null : 0));
  const many = randomArguments(seed + 1, 'float64', [batch]);
  const args = many.map((a, i) => (axes[i] === null ? single[i] : a));
  return { program: programOf(vmap(fn, axes), args), args };
}

describe.each(Object.keys(MODES) as (keyof typeof MODES)[])('%s', (mode) => {
  test.each([false, true])('values (false) and tangents (true): %s', (tangent) => {
    const check = (seed: number, batch: number): void => {
      const { program, args } = randomCase(seed, batch, tangent);
      const actual = compileProgram(program, MODES[mode]).run(dataOf(args));
      expect(difference(actual, reference(program, args), 1e-9)).toBeUndefined();
    };
    fc.assert(fc.property(fc.integer({ min: 0, max: 1e6 }), fc.constantFrom(0, 1, 3, 5), check), {
      numRuns: 60,
      seed: 12,
    });
  });
});

test('the programs hold loops in loops, and numbers of steps differ', () => {
  const steps = new Set<number>();
  const counted = { while: 0, loop: 0, cond: 0, sort: 0 };
  for (let seed = 0; seed < 30; seed++) {
    const { program, args } = randomCase(seed, 0, false);
    steps.add(reference(program, args)[0][0]);
    const counts = countOperations(program);
    for (const name of Object.keys(counted) as (keyof typeof counted)[]) counted[name] += counts[name] ?? 0;
  }
  expect(steps.size).toBeGreaterThan(4);
  for (const count of Object.values(counted)) expect(count).toBeGreaterThan(15);
});

test('the comparison notices one wrong element', () => {
  const { program, args } = randomCase(4, 3, true);
  const wrong = reference(program, args).map((data) => data.slice());
  wrong[1][0] += 1e-6;
  expect(difference(wrong, reference(program, args), 1e-9)).toMatch(/^output 1 element 0: /);
});
