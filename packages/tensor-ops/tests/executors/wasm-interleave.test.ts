import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { interleave } from '../../src/executors/wasm/interleave.ts';
import { type Item, readsOf } from '../../src/executors/wasm/items.ts';
import { Region } from '../../src/executors/wasm/region.ts';
import { ScalarDag } from '../../src/executors/wasm/scalar-dag.ts';
import { randomFrom } from './random-programs.ts';

const FUNCTIONS = ['add', 'subtract', 'multiply', 'divide', 'maximum'] as const;

/** A random scalar graph in the order of its creation, then a commit of some of its nodes. */
function randomItems(seed: number, size: number): { dag: ScalarDag; items: Item[] } {
  const random = randomFrom(seed);
  const dag = new ScalarDag(10 * size + 100);
  const buffer = { dtype: 'float64', external: true, laneStride: 0, length: 4, address: 64 } as const;
  const pool = [0, 1, 2, 3].map((i) => dag.load(buffer, i, []));
  const pick = (): number => pool[Math.floor(random() ** 0.5 * pool.length)];
  while (pool.length < size)
    pool.push(dag.apply(FUNCTIONS[Math.floor(random() * 5)], [pick(), pick()], 'float64'));
  const items: Item[] = [];
  for (let id = 0; id < dag.size; id++) {
    if (dag.operands[id].length > 0) items.push({ kind: 'node', id });
  }
  const loop = new Region(dag.root, 3);
  loop.next = [pick(), pick()];
  items.push({ kind: 'commit', loop });
  return { dag, items };
}

/** The first item that reads what a later one computes, or a commit that is not last; undefined when there is none. */
function misplaced(dag: ScalarDag, items: readonly Item[]): string | undefined {
  const computed = new Set<number>();
  for (const [i, item] of items.entries()) {
    const missing = readsOf(dag, item).find((id) => dag.operands[id].length > 0 && !computed.has(id));
    if (missing !== undefined) return `item ${i} reads node ${missing} too early`;
    if (item.kind === 'commit' && i !== items.length - 1) return 'the commit is not last';
    if (item.kind === 'node') computed.add(item.id);
  }
  return undefined;
}

describe('interleave', () => {
  test('keeps every item, after those that it reads, and the commit last', () => {
    const sizes = fc.integer({ min: 5, max: 400 });
    fc.assert(
      fc.property(fc.integer(), sizes, (seed, size) => {
        const { dag, items } = randomItems(seed, size);
        const ordered = interleave(dag, items);
        expect(new Set(ordered)).toEqual(new Set(items));
        expect(ordered.length).toBe(items.length);
        expect(misplaced(dag, ordered)).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });

  test('overlaps two chains', () => {
    const dag = new ScalarDag(100);
    const buffer = { dtype: 'float64', external: true, laneStride: 0, length: 2, address: 64 } as const;
    const chains = [0, 1].map((offset) => {
      const chain = [dag.load(buffer, offset, [])];
      for (let i = 0; i < 6; i++)
        chain.push(dag.apply('divide', [chain[i], dag.constant('float64', 3 + i)], 'float64'));
      return chain.slice(1);
    });
    const ordered = interleave(
      dag,
      chains.flat().map((id) => ({ kind: 'node', id }) as const),
    );
    const sides = ordered.map((item) => (item.kind === 'node' && chains[0].includes(item.id) ? 0 : 1));
    expect(sides.filter((side, i) => i > 0 && side !== sides[i - 1]).length).toBeGreaterThanOrEqual(10);
  });

  test('an order with an operand too late is noticed', () => {
    const { dag, items } = randomItems(1, 50);
    expect(misplaced(dag, [...items].reverse())).toBeDefined();
  });
});
