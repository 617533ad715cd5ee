/** The axes of a loop nest and the offsets that move along them. */
import { present } from '../../../errors.ts';
import { type FunctionBuilder, I32 } from '../encoder.ts';
import { advance } from '../loops/nest.ts';
import { advanceByChunk, type Chunks } from '../threads/fork.ts';
import type { Access, Nest, Statement } from './group.ts';
import { addressOf, pushTerms, type Term } from './place.ts';

/** The part of a nest that one chunk of a parallel region is, and where the region has its number and its loops' parameters. */
export interface NestPart {
  readonly axis: number;
  readonly size: number;
  readonly chunks: Chunks;
  readonly chunk: number;
  readonly params: readonly number[];
}

/** Accesses with the same strides and terms share one offset from their addresses. */
interface Walk {
  readonly strides: readonly number[];
  readonly terms: readonly Term[];
  /** Undefined when the offset is always zero. */
  readonly local: number | undefined;
}

/** What a statement reads from or writes to memory. */
function accessesOf(statement: Statement): Access[] {
  const sources = statement.kind === 'compute' ? statement.sources : [statement.source];
  const read = sources.flatMap((source) => (source.kind === 'memory' ? [source.access] : []));
  if (statement.kind === 'compute' && !statement.stored) return read;
  const wide = statement.kind === 'reduce' && statement.wide ? [statement.wide] : [];
  return [...read, statement.out, ...wide];
}

const keyOf = ({ place, strides }: Access): string => JSON.stringify([strides, place.terms]);

export class Axes {
  /** Extents after joining neighbours that every access walks as one. */
  readonly extents: number[] = [];
  private readonly f: FunctionBuilder;
  private readonly part: NestPart | undefined;
  private readonly walks = new Map<string, Walk>();
  /** The first original axis of each joined one. */
  private readonly firsts: number[] = [];

  constructor(f: FunctionBuilder, nest: Nest, part?: NestPart) {
    this.f = f;
    this.part = part;
    const accesses = nest.statements.flatMap(accessesOf);
    const { shape } = nest;
    for (let d = shape.length - 1; d >= 0; d--) {
      const joined =
        d + 1 < shape.length && accesses.every(({ strides }) => strides[d] === strides[d + 1] * shape[d + 1]);
      if (joined) {
        this.extents[0] *= shape[d];
        this.firsts[0] = d;
      } else {
        this.extents.unshift(shape[d]);
        this.firsts.unshift(d);
      }
    }
    const lasts = [...this.firsts.slice(1), shape.length].map((next) => next - 1);
    for (const access of accesses) {
      const key = keyOf(access);
      if (this.walks.has(key)) continue;
      const strides = lasts.map((d) => access.strides[d]);
      const { terms } = access.place;
      const moves = terms.length > 0 || strides.some((s) => s !== 0);
      const local = moves ? f.local(I32) : undefined;
      this.walks.set(key, { strides, terms, local });
    }
    if (part) this.extents[part.axis] = part.size;
  }

  /** Sets all offsets to where the nest, or the part of it, begins. */
  start(): void {
    const { f, part } = this;
    for (const { local, terms, strides } of this.walks.values()) {
      if (local === undefined) continue;
      pushTerms(f, part ? terms.map(({ param, bytes }) => ({ param: part.params[param], bytes })) : terms);
      f.set(local);
      if (part) advanceByChunk(f, local, part.chunk, part.chunks.size * strides[part.axis]);
    }
  }

  /** Moves all offsets by a number of steps along an axis. */
  advance(axis: number, steps: number): void {
    for (const { local, strides } of this.walks.values()) {
      if (local !== undefined) advance(this.f, local, steps * strides[axis]);
    }
  }

  /** For each joined axis what holds for the original ones. */
  map<T>(values: readonly T[]): T[] {
    return this.firsts.map((d) => values[d]);
  }

  /** The stride of an access along the last axis. */
  innerStride(access: Access): number {
    return this.walkOf(access).strides.at(-1) ?? 0;
  }

  /** Pushes the part of the address that moves; `offset` is the rest. */
  locate(access: Access): { readonly address: () => void; readonly offset: number } {
    const { local } = this.walkOf(access);
    const address = (): void => {
      if (local === undefined) this.f.i32(0);
      else this.f.get(local);
    };
    return { address, offset: addressOf(access.place) };
  }

  private walkOf(access: Access): Walk {
    return present(this.walks.get(keyOf(access)), 'an offset');
  }
}
