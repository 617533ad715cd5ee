import { jit, jsExecutor, tensor, wasmExecutor } from '@descant/tensor-ops';
import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { ALPHA, ETA, step, train } from '../src/tensor-ops/w1.ts';

/** The value by following the play for a thousand steps: .96^1000 is below 1e-17. */
function simulatedValue(own: readonly number[], other: readonly number[]): number {
  const cooperation = (logits: readonly number[], state: number) => 1 / (1 + Math.exp(-logits[state]));
  const mirrored = [0, 1, 3, 2, 4];
  const outcome = (state: number) => {
    const [p, q] = [cooperation(own, state), cooperation(other, mirrored[state])];
    return [p * q, p * (1 - q), (1 - p) * q, (1 - p) * (1 - q)];
  };
  const next = [1, 2, 3, 4].map(outcome);
  let chances = outcome(0);
  let value = 0;
  for (let time = 0, weight = 1; time < 1000; time++, weight *= 0.96) {
    value += weight * (-chances[0] - 3 * chances[1] - 2 * chances[3]);
    chances = [0, 1, 2, 3].map((to) => chances.reduce((sum, p, from) => sum + p * next[from][to], 0));
  }
  return value;
}

/** Central differences. */
function slope(fn: (x: readonly number[]) => number, x: readonly number[], width: number): number[] {
  return x.map((_, i) => {
    const moved = (by: number) => fn(x.map((v, k) => (k === i ? v + by : v)));
    return (moved(width) - moved(-width)) / (2 * width);
  });
}

function simulatedStep(own: readonly number[], other: readonly number[], alpha: number): number[] {
  const foreseen = (x: readonly number[]) => {
    const naive = slope((y) => simulatedValue(y, x), other, 1e-4);
    return other.map((v, i) => v + alpha * naive[i]);
  };
  const direction = slope((x) => simulatedValue(x, foreseen(x)), own, 1e-3);
  return own.map((v, i) => v + ETA * direction[i]);
}

const largest = (a: readonly number[], b: readonly number[]) =>
  Math.max(...a.map((v, i) => Math.abs(v - b[i])));

const logits = fc.array(fc.double({ min: -1.5, max: 1.5, noNaN: true }), { minLength: 5, maxLength: 5 });
const batchOf = (rows: number[][]) => tensor(rows, { dtype: 'float64' });

describe('W1', () => {
  test.prop([logits, logits], { numRuns: 10 })('is a step of exact LOLA by both players', (a, b) => {
    const [first, second] = step(batchOf([a]), batchOf([b]));
    expect(largest(Array.from(first.data), simulatedStep(a, b, ALPHA))).toBeLessThan(1e-3);
    expect(largest(Array.from(second.data), simulatedStep(b, a, ALPHA))).toBeLessThan(1e-3);
  });

  test('the comparison above finds a step that foresees nothing', () => {
    const [a, b] = [
      [0.3, -0.4, 1.2, 0.1, -0.9],
      [1.1, 0.2, -0.3, 0.5, -0.6],
    ];
    const [first] = step(batchOf([a]), batchOf([b]));
    expect(largest(Array.from(first.data), simulatedStep(a, b, 0))).toBeGreaterThan(0.05);
  });

  test('the loop is the step repeated, on both executors', () => {
    const start = [0, 1].map((player) =>
      batchOf([0, 1, 2].map((row) => [0, 1, 2, 3, 4].map((i) => Math.sin(7 * player + 5 * row + i)))),
    );
    let players = [start[0], start[1]] as const;
    for (let i = 0; i < 4; i++) players = step(...players);
    for (const executor of [jsExecutor, wasmExecutor]) {
      const looped = jit(train(4), { executor })(start[0], start[1]);
      looped.forEach((player, i) => {
        expect(largest(Array.from(player.data), Array.from(players[i].data))).toBeLessThan(1e-12);
      });
    }
  });
});
