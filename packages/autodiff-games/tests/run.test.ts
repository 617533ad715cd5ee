import {
  bilinearGame,
  compileRun,
  type Game,
  initialBatch,
  iteratedPrisonersDilemma,
  logisticGame,
  lola,
  naive,
  type Rule,
  type RunOptions,
  run,
} from '@descant/autodiff-games';
import { at, type Executor, jsExecutor, key, slice, type Tensor, tensor } from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seed } from './support/arbitraries.ts';
import { messageOf } from './support/errors.ts';
import { executors } from './support/executors.ts';
import { elements, relativeError } from './support/numbers.ts';

const game = iteratedPrisonersDilemma();
const rules: readonly Rule[] = [naive(), lola({ kind: 'exact', opponentRate: 25 })];

/** Learning step by step on plain numbers, one play at a time: x [players][logits] at steps 0, 1, ..., steps. */
function stepwise(start: number[][], rates: readonly number[], steps: number): number[][][] {
  const path = [start];
  for (let t = 0; t < steps; t++) {
    const x = path[t].map((logits) => tensor(logits, { dtype: 'float64' }));
    path.push(
      path[t].map((logits, i) => {
        const direction = elements(rules[i].direction(game, x, i));
        return logits.map((v, k) => v + rates[i] * direction[k]);
      }),
    );
  }
  return path;
}

/** The recorded parameters of one pair at one time, [players][logits]. */
const recorded = (parameters: readonly Tensor[], pair: number, time: number): number[][] =>
  parameters.map((p) => elements(at(at(p, pair), time)));

describe.each(executors)('a run on $name', (executor) => {
  test('is the loop over steps and pairs, for every stride', () => {
    const choices = fc.record({
      from: seed,
      stride: fc.constantFrom(1, 2, 3, 6),
      rate: fc.double({ min: 1, max: 25, noNaN: true }),
    });
    fc.assert(
      fc.property(choices, ({ from, stride, rate }) => {
        const [pairs, steps, rates] = [3, 6, [rate, 5]];
        const initial = initialBatch(game, key(from), pairs, 'float64');
        const found = run(game, initial, { rules, learningRate: rates, steps, stride, executor });
        expect(found.steps).toEqual(Array.from({ length: steps / stride + 1 }, (_, i) => i * stride));
        expect(found.values.shape).toEqual([pairs, found.steps.length, 2]);
        for (let pair = 0; pair < pairs; pair++) {
          const path = stepwise(
            initial.map((p) => elements(at(p, pair))),
            rates,
            steps,
          );
          found.steps.forEach((step, time) => {
            const x = recorded(found.parameters, pair, time);
            expect(relativeError(x.flat(), path[step].flat())).toBeLessThan(1e-9);
            const values = elements(game.values(x.map((logits) => tensor(logits, { dtype: 'float64' }))));
            expect(relativeError(elements(at(at(found.values, pair), time)), values)).toBeLessThan(1e-12);
          });
          // One step more or less, or the rates exchanged, would show.
          const last = recorded(found.parameters, pair, found.steps.length - 1).flat();
          expect(relativeError(last, path[steps - 1].flat())).toBeGreaterThan(1e-6);
        }
      }),
      { numRuns: 6, seed: 1 },
    );
  });

  test('gives the same numbers for the same key, whatever the other pairs', () => {
    const options = { rules, learningRate: 25, steps: 20, executor };
    const start = initialBatch(game, key(1), 8, 'float64');
    const again = run(game, initialBatch(game, key(1), 8, 'float64'), options);
    const found = run(game, start, options);
    expect(elements(found.values)).toEqual(elements(again.values));
    const alone = run(
      game,
      start.map((p) => slice(p, [2, 0], [1, 5])),
      options,
    );
    expect(relativeError(elements(alone.values), elements(at(found.values, 2)))).toBeLessThan(1e-10);
    const other = run(game, initialBatch(game, key(2), 8, 'float64'), options);
    expect(elements(other.values)).not.toEqual(elements(found.values));
  });

  test('keeps the dtype', () => {
    const found = run(game, initialBatch(game, key(1), 2), { rules, learningRate: 25, steps: 2, executor });
    expect([found.values, ...found.parameters].map((t) => t.dtype)).toEqual([
      'float32',
      'float32',
      'float32',
    ]);
  });

  test('goes on when one pair diverges, and leaves the others alone', () => {
    const start = [
      [[100], [1]],
      [[90], [2]],
    ].map((x) => tensor(x, { dtype: 'float64' }));
    const options = { rules: [naive(), naive()], learningRate: 1, steps: 40, executor };
    const found = run(logisticGame(), start, options);
    const finite = [0, 1].map((pair) => elements(at(found.values, pair)).every(Number.isFinite));
    expect(finite).toEqual([false, true]);
  });
});

test('parameter trees keep their structure', () => {
  const inTrees: Game<{ readonly w: Tensor }> = {
    name: 'trees',
    players: 2,
    values: (x) => bilinearGame().values(x.map((tree) => tree.w)),
    init: (k, dtype) =>
      bilinearGame()
        .init(k, dtype)
        .map((w) => ({ w })),
  };
  const found = run(inTrees, initialBatch(inTrees, key(0), 4), {
    rules: [naive(), naive()],
    learningRate: 0.1,
    steps: 3,
  });
  expect(found.parameters.map((tree) => tree.w.shape)).toEqual([
    [4, 2, 1],
    [4, 2, 1],
  ]);
});

test('compileRun compiles once for each batch size and dtype', () => {
  let compiled = 0;
  const counting: Executor = {
    name: 'counting',
    compile: (program) => {
      compiled++;
      return jsExecutor.compile(program);
    },
  };
  const learn = compileRun(game, { rules, learningRate: 1, steps: 2, executor: counting });
  for (const from of [1, 2, 3]) learn(initialBatch(game, key(from), 2));
  expect(compiled).toBe(1);
  learn(initialBatch(game, key(4), 3));
  learn(initialBatch(game, key(4), 2, 'float64'));
  expect(compiled).toBe(3);
});

test('initial parameters are those of init with split keys, different for every pair and player', () => {
  const x = initialBatch(game, key(5), 50, 'float64').flatMap((p) => elements(p));
  expect(new Set(x).size).toBe(500);
});

describe('errors', () => {
  const start = initialBatch(game, key(0), 4);
  const options: RunOptions = { rules, learningRate: 1, steps: 4 };
  const withNaN = tensor([0, 1, 2, 3].map((i) => [0, 0, i === 2 ? Number.NaN : 0, 0, 0]));

  test.each([
    [{ rules: [naive()] }, 'run: rules must hold 2 rules, one a player; got 1'],
    [
      { learningRate: [1, 2, 3] },
      'run: learningRate must be a finite number or 2 of them, one a player; got 1,2,3',
    ],
    [
      { learningRate: Number.NaN },
      'run: learningRate must be a finite number or 2 of them, one a player; got NaN',
    ],
    [{ steps: 0 }, 'run: steps must be a whole number of at least 1; got 0'],
    [{ steps: 1.5 }, 'run: steps must be a whole number of at least 1; got 1.5'],
    [{ stride: 3 }, 'run: stride must be a whole number that divides steps = 4; got 3'],
    [{ stride: 0 }, 'run: stride must be a whole number that divides steps = 4; got 0'],
  ])('%j', (change, message) => {
    expect(messageOf(() => run(game, start, { ...options, ...change }))).toBe(message);
  });

  test.each([
    [[start[0]], 'run: initial must hold 2 trees, one a player; got 1'],
    [
      [start[0], at(start[1], 0)],
      'run: initial[1] must have leaves with one leading axis of pairs, here 4; got [5]',
    ],
    [[start[0], withNaN], 'run: initial[1] must hold finite numbers; got NaN in pair 2'],
  ])('initial parameters, case %#', (initial, message) => {
    expect(messageOf(() => run(game, initial, options))).toBe(message);
  });

  test('an aborted signal stops the run before it starts', () => {
    const signal = AbortSignal.abort(new Error('stopped by the user'));
    expect(messageOf(() => run(game, start, { ...options, signal }))).toBe('stopped by the user');
  });

  test('no pairs', () => {
    expect(messageOf(() => initialBatch(game, key(0), 0))).toBe(
      'initialBatch: pairs must be a whole number of at least 1; got 0',
    );
  });
});
