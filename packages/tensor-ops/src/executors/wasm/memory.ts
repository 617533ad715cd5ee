/** The linear memory of one compiled program: a bump allocator and the data written before the first call. */
import type { TypedArray } from '../../dtype.ts';

const PAGE_BYTES = 65536;

/** Bytes behind the last array that may be read, because matrix products read whole vectors. */
const SLACK_BYTES = 64;

/** Room for this many vector constants is taken at a time, so that they share cache lines. */
const POOL_BLOCK = 64;

const roundUp = (bytes: number): number => Math.ceil(bytes / 64) * 64;

export class MemoryPlan {
  /** Address 0 stays unused. */
  private end = 64;
  private readonly free: { address: number; size: number }[] = [];
  private readonly contents: { address: number; bytes: Uint8Array }[] = [];
  private readonly placed = new Map<TypedArray, number>();
  private readonly pool = new Map<string, number>();
  private poolEnd = 0;
  private poolFree = 0;

  /** The address of `bytes` bytes that nothing else uses, aligned to a cache line. */
  allocate(bytes: number): number {
    const size = roundUp(bytes);
    const free = this.free.findIndex((area) => area.size >= size);
    if (free >= 0 && size > 0) {
      const area = this.free[free];
      const { address } = area;
      if (area.size === size) this.free.splice(free, 1);
      else this.free[free] = { address: address + size, size: area.size - size };
      return address;
    }
    return this.extend(size);
  }

  private extend(size: number): number {
    const address = this.end;
    this.end += size;
    return address;
  }

  /** Gives an area of the given length back, for later use by other data. */
  release(address: number, bytes: number): void {
    const size = roundUp(bytes);
    if (size > 0) this.free.push({ address, size });
  }

  /** The address of a copy of `data`, written when the program is instantiated; one copy of each array. */
  place(data: TypedArray): number {
    const known = this.placed.get(data);
    if (known !== undefined) return known;
    const address = this.extend(roundUp(data.byteLength));
    this.placed.set(data, address);
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
      this.poolFree = this.extend(16 * POOL_BLOCK);
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
    return Math.ceil((this.end + SLACK_BYTES) / PAGE_BYTES);
  }

  initialise(buffer: ArrayBuffer): void {
    const target = new Uint8Array(buffer);
    for (const { address, bytes } of this.contents) target.set(bytes, address);
  }
}
