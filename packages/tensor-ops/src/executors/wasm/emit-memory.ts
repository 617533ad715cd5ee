/** Generates the reads and writes of one segment: inputs, outputs, frame arrays and carried scalars. */
import type { DType } from '../../dtype.ts';
import { BYTES, type Location, load, loadSlot, store, storeSlot } from './access.ts';
import { type FunctionBuilder, I32 } from './encoder.ts';
import type { Generator } from './generator.ts';
import { i32 } from './opcodes.ts';
import type { Buffer, Destination, Region, Term } from './region.ts';
import type { ScalarDag } from './scalar-dag.ts';
import type { Schedule } from './schedule.ts';
import type { Target } from './target.ts';

/** What the segments of a kernel share. */
export interface Kernel {
  readonly g: Generator;
  readonly dag: ScalarDag;
  readonly target: Target;
  readonly schedule: Schedule;
  /** Byte address of the frame slot of a node that crosses segments. */
  slot(id: number): number;
  /** Byte address of the frame slot of a carried scalar. */
  carrySlot(loop: Region, index: number): number;
  /** The parameter of every segment that counts the iterations of a loop around it. */
  counter(loop: Region): number;
  /** Pushes how far the frame of the thread lies behind that of the first. */
  pushFrame(f: FunctionBuilder): void;
}

/** Parameter 0 of every segment: the first lane of the block. */
export const LANE = 0;

export class MemoryEmitter {
  private readonly k: Kernel;
  private readonly f: FunctionBuilder;
  /** Locals with moving parts of addresses, computed once in a segment. */
  private readonly bases = new Map<string, number>();

  constructor(kernel: Kernel, f: FunctionBuilder) {
    this.k = kernel;
    this.f = f;
  }

  /** Pushes what a leaf of the scalar graph reads. */
  read(id: number): void {
    const { f, k } = this;
    const leaf = k.dag.leaf[id];
    const dtype = k.dag.dtype[id];
    if (leaf?.kind === 'carry') {
      k.pushFrame(f);
      loadSlot(f, k.target, dtype, k.carrySlot(leaf.loop, leaf.index));
    } else if (leaf) {
      const at = this.locate(leaf.buffer, leaf.offset, leaf.terms);
      if (leaf.buffer.external) {
        load(f, k.target, dtype, at);
      } else {
        at.address();
        loadSlot(f, k.target, dtype, at.offset);
      }
    }
  }

  /** Writes the value in a local. */
  write({ buffer, offset, terms }: Destination, dtype: DType, local: number): void {
    const { f, k } = this;
    const at = this.locate(buffer, offset, terms);
    if (buffer.external) {
      store(f, k.target, dtype, at, local);
    } else {
      at.address();
      f.get(local);
      storeSlot(f, k.target, dtype, at.offset);
    }
  }

  private locate(buffer: Buffer, offset: number, terms: readonly Term[]): Location {
    const size = buffer.external ? BYTES[buffer.dtype] : this.k.target.slotBytes;
    const laneBytes = buffer.laneStride * size;
    return {
      address: () => this.moving(laneBytes, terms, size, !buffer.external),
      offset: buffer.address + offset * size,
      laneBytes,
    };
  }

  /** Pushes lane * laneBytes + the loops' terms in bytes, + the distance of the frame for what is in it. */
  private moving(laneBytes: number, terms: readonly Term[], size: number, inFrame: boolean): void {
    const { f, k } = this;
    const parts = terms.map(({ region, stride }) => ({ local: k.counter(region), bytes: stride * size }));
    if (laneBytes > 0) parts.push({ local: LANE, bytes: laneBytes });
    const moving = parts.filter(({ bytes }) => bytes !== 0);
    if (moving.length === 0) {
      if (inFrame) k.pushFrame(f);
      else f.i32(0);
      return;
    }
    const key = `${inFrame} ${moving.map(({ local, bytes }) => `${local}*${bytes}`).join()}`;
    const known = this.bases.get(key);
    if (known !== undefined) {
      f.get(known);
      return;
    }
    moving.forEach(({ local, bytes }, i) => {
      f.get(local).i32(bytes).op(i32.multiply);
      if (i > 0) f.op(i32.add);
    });
    if (inFrame) {
      k.pushFrame(f);
      f.op(i32.add);
    }
    const base = f.local(I32);
    this.bases.set(key, base);
    f.tee(base);
  }
}
