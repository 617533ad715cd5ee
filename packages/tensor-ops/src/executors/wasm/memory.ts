/** The linear memory of one compiled program: a bump allocator and the data written before the first call. */
import type { TypedArray } from '../../dtype.ts';

const PAGE_BYTES = 65536;

/** Room for this many vector constants is taken at a time, so that they share cache lines. */
const POOL_BLOCK = 64;

export class MemoryPlan {
  /** Address 0 stays unused. */
  private end = 64;
  private readonly contents: { address: number; bytes: Uint8Array }[] = [];
  private readonly pool = new Map<string, number>();
  private poolEnd = 0;
  private poolFree = 0;

  /** The address of `bytes` fresh bytes, aligned to a cache line. */
  allocate(bytes: number): number {
    const address = this.end;
    this.end += Math.ceil(bytes / 64) * 64;
    return address;
  }

  /** The address of a copy of `data`, written when the program is instantiated. */
  place(data: TypedArray): number {
    const address = this.allocate(data.byteLength);
    this.contents.push({ address, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) });
    return address;
  }

  /**
   * The address of a 16-byte constant. Constants of vectors live in memory, because V8 rebuilds a `v128.const`
   * from integer registers at every use.
   */
  constant(words: readonly [number, number, number, number]): number {
    const key = words.join();
    const known = this.pool.get(key);
    if (known !== undefined) return known;
    if (this.poolFree === this.poolEnd) {
      this.poolFree = this.allocate(16 * POOL_BLOCK);
      this.poolEnd = this.poolFree + 16 * POOL_BLOCK;
    }
    const address = this.poolFree;
    this.poolFree += 16;
    this.contents.push({ address, bytes: new Uint8Array(Uint32Array.from(words).buffer) });
    this.pool.set(key, address);
    return address;
  }

  get bytes(): number {
    return this.end;
  }

  get pages(): number {
    return Math.ceil(this.end / PAGE_BYTES);
  }

  initialise(buffer: ArrayBuffer): void {
    const target = new Uint8Array(buffer);
    for (const { address, bytes } of this.contents) target.set(bytes, address);
  }
}
