/** Generates the code of one straight-line segment of the scalar graph. */
import { isFloat } from '../../dtype.ts';
import { loadSlot, storeSlot } from './access.ts';
import { type Kernel, MemoryEmitter } from './emit-memory.ts';
import type { FunctionBuilder } from './encoder.ts';
import { type Item, readsOf } from './items.ts';
import type { Region, Store } from './region.ts';
import { VectorTarget } from './vector-target.ts';

/** Expressions nested deeper than this are broken up by locals. */
const DEEPEST = 40;

export class SegmentEmitter {
  private readonly k: Kernel;
  private readonly f: FunctionBuilder;
  private readonly index: number;
  private readonly uses = new Map<number, number>();
  private readonly locals = new Map<number, number>();
  private readonly depth = new Map<number, number>();
  private readonly memory: MemoryEmitter;

  constructor(kernel: Kernel, f: FunctionBuilder, index: number) {
    this.k = kernel;
    this.f = f;
    this.index = index;
    this.memory = new MemoryEmitter(kernel, f);
  }

  emit(items: readonly Item[]): void {
    for (const item of items) {
      for (const id of readsOf(this.k.dag, item)) this.uses.set(id, (this.uses.get(id) ?? 0) + 1);
    }
    for (const item of items) this.item(item);
  }

  private item(item: Item): void {
    const { f, k } = this;
    switch (item.kind) {
      case 'node':
        if (!this.isInline(item.id) && !this.locals.has(item.id)) this.materialise(item.id);
        break;
      case 'store':
        this.store(item.store);
        break;
      case 'initialise':
        item.loop.initial.forEach((id, i) => {
          k.pushFrame(f);
          this.push(id);
          storeSlot(f, k.target, item.loop.carryTypes[i], k.carrySlot(item.loop, i));
        });
        break;
      case 'commit': {
        // Every next value is known before the first carry changes.
        const changed = item.loop.next.flatMap((id, i) =>
          this.isCarry(id, item.loop, i) ? [] : [{ id, i }],
        );
        const values = changed.map(({ id }) => (k.dag.isConstant(id) ? undefined : this.inLocal(id)));
        changed.forEach(({ id, i }, n) => {
          const local = values[n];
          k.pushFrame(f);
          if (local === undefined) this.push(id);
          else f.get(local);
          storeSlot(f, k.target, item.loop.carryTypes[i], k.carrySlot(item.loop, i));
        });
      }
    }
  }

  /** Whether a node is the current value of a carry. */
  private isCarry(id: number, loop: Region, index: number): boolean {
    const leaf = this.k.dag.leaf[id];
    return leaf?.kind === 'carry' && leaf.loop === loop && leaf.index === index;
  }

  /** Whether a node is computed on the stack where its only use is. */
  private isInline(id: number): boolean {
    const { dag, schedule } = this.k;
    if (schedule.home[id] !== this.index || schedule.crossing[id] || this.uses.get(id) !== 1) return false;
    const fn = dag.op[id];
    return fn !== 'threefry0' && fn !== 'threefry1' && this.depthOf(id) < DEEPEST;
  }

  /** Levels of inline expressions below a node; nodes are asked for after their operands. */
  private depthOf(id: number): number {
    let depth = this.depth.get(id);
    if (depth === undefined) {
      depth = 1;
      for (const operand of this.k.dag.operands[id]) {
        if (this.isInline(operand)) depth = Math.max(depth, 1 + this.depthOf(operand));
      }
      this.depth.set(id, depth);
    }
    return depth;
  }

  /** Computes a node into a local and, where other segments read it, into its frame slot. */
  private materialise(id: number): number {
    const { f, k } = this;
    const dtype = k.dag.dtype[id];
    const local = f.local(k.target.valueType(dtype));
    const fn = k.dag.op[id];
    if (fn === 'threefry0' || fn === 'threefry1') {
      this.threefry(id, local);
    } else {
      this.compute(id);
      f.set(local);
    }
    this.keep(id, local);
    return local;
  }

  private keep(id: number, local: number): void {
    const { f, k } = this;
    this.locals.set(id, local);
    if (!k.schedule.crossing[id]) return;
    k.pushFrame(f);
    f.get(local);
    storeSlot(f, k.target, k.dag.dtype[id], k.slot(id));
  }

  /** One call computes both words; the other one is kept if this segment computes it too. */
  private threefry(id: number, local: number): void {
    const { f, k } = this;
    const first = k.dag.op[id] === 'threefry0';
    const operands = k.dag.operands[id];
    for (const operand of operands) this.push(operand);
    f.call(k.target.threefry());
    const sibling = k.dag.lookup(first ? 'threefry1' : 'threefry0', operands);
    const wanted = sibling !== undefined && k.schedule.home[sibling] === this.index;
    const other = f.local(k.target.valueType('uint32'));
    f.set(first ? other : local).set(first ? local : other);
    if (wanted) this.keep(sibling, other);
  }

  /** Pushes a scalar's value. */
  private push(id: number): void {
    const { f, k } = this;
    const { dag, schedule, target } = k;
    const dtype = dag.dtype[id];
    const known = this.locals.get(id);
    if (known !== undefined) {
      f.get(known);
    } else if (dag.isConstant(id)) {
      target.constant(f, dtype, dag.value[id]);
    } else if (this.isInline(id)) {
      this.compute(id);
    } else if (schedule.home[id] === this.index) {
      f.get(this.materialise(id));
    } else {
      if (schedule.home[id] >= 0) {
        k.pushFrame(f);
        loadSlot(f, target, dtype, k.slot(id));
      } else {
        this.memory.read(id);
      }
      if ((this.uses.get(id) ?? 0) > 1) {
        const local = f.local(target.valueType(dtype));
        this.locals.set(id, local);
        f.tee(local);
      }
    }
  }

  private inLocal(id: number): number {
    const known = this.locals.get(id);
    if (known !== undefined) return known;
    const local = this.f.local(this.k.target.valueType(this.k.dag.dtype[id]));
    this.push(id);
    this.f.set(local);
    return local;
  }

  /** Computes a node from its operands, on the stack. */
  private compute(id: number): void {
    const { f, k } = this;
    const { dag, target } = k;
    const fn = dag.op[id];
    const dtype = dag.dtype[id];
    const operands = dag.operands[id];
    if (fn === 'constant' || fn === 'zero' || fn === 'load' || fn === 'carry' || fn === 'result') {
      this.memory.read(id);
    } else if (fn === 'cast') {
      this.push(operands[0]);
      target.cast(f, dag.dtype[operands[0]], dtype);
    } else if (fn === 'select') {
      this.push(operands[1]);
      this.push(operands[2]);
      this.push(operands[0]);
      target.apply(f, fn, dtype);
    } else if (!this.fused(id)) {
      const shift = fn === 'shiftRight' ? dag.constantOf(operands[1]) : undefined;
      this.push(operands[0]);
      if (shift !== undefined && target instanceof VectorTarget) {
        target.shiftRight(f, shift);
        return;
      }
      for (const operand of operands.slice(1)) this.push(operand);
      target.apply(f, fn, dag.dtype[operands[0]]);
    }
  }

  /** A sum or difference with a product that nothing else reads, as one fused operation. */
  private fused(id: number): boolean {
    const { g, dag, target } = this.k;
    const fn = dag.op[id];
    const dtype = dag.dtype[id];
    if (!g.fma || !(target instanceof VectorTarget) || !isFloat(dtype)) return false;
    if (fn !== 'add' && fn !== 'subtract') return false;
    const [a, b] = dag.operands[id];
    const isProduct = (x: number): boolean =>
      dag.op[x] === 'multiply' && this.isInline(x) && !this.locals.has(x);
    const product = isProduct(b) ? b : fn === 'add' && isProduct(a) ? a : undefined;
    if (product === undefined) return false;
    for (const factor of dag.operands[product]) this.push(factor);
    this.push(product === b ? a : b);
    target.multiplyAdd(this.f, dtype === 'float32' ? 'float32' : 'float64', fn === 'subtract');
    return true;
  }

  private store({ value, destinations }: Store): void {
    const { k } = this;
    const wanted = destinations.filter(({ buffer }) => buffer.external || buffer.address > 0);
    if (wanted.length === 0) return;
    const dtype = k.dag.dtype[value];
    const local = this.inLocal(value);
    for (const destination of wanted) this.memory.write(destination, dtype, local);
    if ((this.uses.get(value) ?? 0) > 1) this.locals.set(value, local);
  }
}
