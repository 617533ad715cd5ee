/** Orders the scalar graph: straight-line segments of limited length, and loops between them. */
import { interleave } from './interleave.ts';
import { type Item, readsOf } from './items.ts';
import { homeOf, type Producer, type Region, type Store } from './region.ts';
import type { ScalarDag } from './scalar-dag.ts';

type Step =
  | { readonly kind: 'segment'; readonly items: readonly Item[]; readonly index: number }
  | { readonly kind: 'loop'; readonly loop: Region };

export interface Schedule {
  readonly steps: ReadonlyMap<Region, readonly Step[]>;
  /** The segment that computes each node; -1: none does. */
  readonly home: Int32Array;
  /** 1 where a node is computed in one segment and used in another, so that it needs a frame slot. */
  readonly crossing: Uint8Array;
  readonly segments: number;
  /** Scalar operations; and all pieces of work, with what only moves data. */
  readonly operations: number;
  readonly items: number;
}

/** Segments longer than this are split: V8 compiles huge functions badly. */
const SEGMENT_ITEMS = 1500;

/** What one region needs from the regions around it. */
interface Needs {
  readonly nodes: Set<number>;
  readonly producers: Set<Producer>;
}

type Unordered = Item | { readonly kind: 'loop'; readonly loop: Region };

class Scheduler {
  private readonly dag: ScalarDag;
  private readonly isCheap: (id: number) => boolean;
  private readonly done: Uint8Array;
  private readonly weight: Float64Array;
  private readonly produced = new Set<Region | StoresKey>();
  private readonly items = new Map<Region, Unordered[]>();

  constructor(dag: ScalarDag, isCheap: (id: number) => boolean) {
    this.dag = dag;
    this.isCheap = isCheap;
    this.done = new Uint8Array(dag.size);
    this.weight = new Float64Array(dag.size);
    for (let id = 0; id < dag.size; id++) {
      let weight = 1;
      for (const operand of dag.operands[id]) weight += this.weight[operand];
      this.weight[id] = Math.min(weight, 1e9);
    }
  }

  /** Orders a region and the loops in it; returns what it needs from outside. */
  region(region: Region): Needs {
    const items: Unordered[] = [];
    const needs: Needs = { nodes: new Set(), producers: new Set() };
    this.items.set(region, items);
    for (const store of region.stores) this.store(region, store, items, needs);
    for (const loop of region.loops) this.produce(region, loop, items, needs);
    for (const id of region.next) this.visit(region, id, items, needs);
    if (region.next.length > 0) items.push({ kind: 'commit', loop: region });
    return needs;
  }

  get ordered(): ReadonlyMap<Region, readonly Unordered[]> {
    return this.items;
  }

  private store(region: Region, store: Store, items: Unordered[], needs: Needs): void {
    this.visit(region, store.value, items, needs);
    items.push({ kind: 'store', store });
  }

  /** Depth first, the larger operand first, so that few values are alive at a time. */
  private visit(region: Region, root: number, items: Unordered[], needs: Needs): void {
    const { dag, done } = this;
    const stack: { id: number; operands: number[] | undefined }[] = [{ id: root, operands: undefined }];
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const { id } = top;
      if (dag.isConstant(id) || done[id]) {
        stack.pop();
      } else if (!top.operands) {
        this.require(region, id, items, needs);
        if (this.isCheap(id)) {
          stack.pop();
        } else if (dag.region[id] !== region) {
          needs.nodes.add(id);
          stack.pop();
        } else {
          top.operands = [...dag.operands[id]].sort((a, b) => this.weight[a] - this.weight[b]);
        }
      } else {
        const operand = top.operands.pop();
        if (operand !== undefined) {
          stack.push({ id: operand, operands: undefined });
        } else {
          stack.pop();
          done[id] = 1;
          items.push({ kind: 'node', id });
        }
      }
    }
  }

  /** Makes sure that what a leaf reads has been written. */
  private require(region: Region, id: number, items: Unordered[], needs: Needs): void {
    const leaf = this.dag.leaf[id];
    if (leaf?.kind === 'load' && leaf.buffer.producer) {
      this.produce(region, leaf.buffer.producer, items, needs);
    } else if (leaf?.kind === 'carry' && this.dag.op[id] === 'result') {
      this.produce(region, { kind: 'loop', loop: leaf.loop }, items, needs);
    }
  }

  private produce(region: Region, producer: Producer, items: Unordered[], needs: Needs): void {
    if (homeOf(producer) !== region) {
      needs.producers.add(producer);
      return;
    }
    const key = producer.kind === 'loop' ? producer.loop : producer.stores;
    if (this.produced.has(key)) return;
    this.produced.add(key);
    if (producer.kind === 'stores') {
      for (const store of producer.stores) this.store(region, store, items, needs);
      return;
    }
    const { loop } = producer;
    const inner = this.region(loop);
    for (const needed of inner.producers) this.produce(region, needed, items, needs);
    for (const id of inner.nodes) this.visit(region, id, items, needs);
    for (const id of loop.initial) this.visit(region, id, items, needs);
    if (loop.initial.length > 0) items.push({ kind: 'initialise', loop });
    items.push({ kind: 'loop', loop });
  }
}

type StoresKey = readonly Store[];

/** `isCheap` tells which nodes are read again in each segment instead of being kept. */
export function schedule(dag: ScalarDag, isCheap: (id: number) => boolean): Schedule {
  const scheduler = new Scheduler(dag, isCheap);
  const outside = scheduler.region(dag.root);
  if (outside.nodes.size > 0) throw new Error('internal: the root needs values');
  const steps = new Map<Region, Step[]>();
  const home = new Int32Array(dag.size).fill(-1);
  const segments: (readonly Item[])[] = [];
  let operations = 0;
  for (const [region, ordered] of scheduler.ordered) {
    const list: Step[] = [];
    steps.set(region, list);
    let run: Item[] = [];
    const flush = (): void => {
      const work = interleave(dag, run);
      const pieces = Math.ceil(work.length / SEGMENT_ITEMS);
      for (let p = 0; p < pieces; p++) {
        const border = (piece: number): number => Math.round((piece * work.length) / pieces);
        const items = work.slice(border(p), border(p + 1));
        for (const item of items) {
          if (item.kind !== 'node') continue;
          home[item.id] = segments.length;
          if (dag.op[item.id] !== 'load') operations++;
        }
        list.push({ kind: 'segment', items, index: segments.length });
        segments.push(items);
      }
      run = [];
    };
    for (const item of ordered) {
      if (item.kind === 'loop') {
        flush();
        list.push(item);
      } else {
        run.push(item);
      }
    }
    flush();
  }
  const crossing = new Uint8Array(dag.size);
  segments.forEach((items, index) => {
    for (const item of items) {
      for (const id of readsOf(dag, item)) {
        if (home[id] >= 0 && home[id] !== index) crossing[id] = 1;
      }
    }
  });
  const items = segments.reduce((sum, segment) => sum + segment.length, 0);
  return { steps, home, crossing, segments: segments.length, operations, items };
}
