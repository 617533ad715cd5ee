/** Where scalar code lives and what it reads and writes: loop regions, buffers, stores. */

import type { DType } from '../../dtype.ts';
import { present } from '../../errors.ts';

/** The code outside all loops, or the body of one loop. */
export class Region {
  readonly parent: Region | undefined;
  readonly depth: number;
  readonly length: number;
  readonly reverse: boolean;
  /** Scalars written to memory, in order. */
  readonly stores: Store[] = [];
  /** Loops in the region that run for the sake of what they store. */
  readonly loops: LoopProducer[] = [];
  /** Element types, initial and next values of the loop's carried scalars. */
  carryTypes: readonly DType[] = [];
  initial: readonly number[] = [];
  next: readonly number[] = [];

  constructor(parent?: Region, length = 1, reverse = false) {
    this.parent = parent;
    this.depth = parent ? parent.depth + 1 : 0;
    this.length = length;
    this.reverse = reverse;
  }
}

/** Adds `stride` elements for each iteration of the loop. */
export interface Term {
  readonly region: Region;
  readonly stride: number;
}

/**
 * A tensor in linear memory. `external` ones have the layout of typed arrays, and lanes are `laneStride`
 * elements apart (0: all lanes share it); the others hold one block of lanes in frame slots.
 */
export interface Buffer {
  readonly dtype: DType;
  readonly external: boolean;
  readonly laneStride: number;
  /** Elements of one lane; only for frame arrays. */
  readonly length: number;
  /** Byte address; known from the start for external buffers. */
  address: number;
  /** What fills a frame array: the loop that stores into it, or stores of the region around. */
  readonly producer?: Producer;
}

export type Producer = LoopProducer | StoresProducer;

export interface LoopProducer {
  readonly kind: 'loop';
  readonly loop: Region;
}

interface StoresProducer {
  readonly kind: 'stores';
  readonly home: Region;
  readonly stores: Store[];
}

/** The region in which a producer runs. */
export const homeOf = (producer: Producer): Region =>
  producer.kind === 'stores' ? producer.home : present(producer.loop.parent, 'a region');

export interface Destination {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly terms: readonly Term[];
}

/** A scalar of the graph and the places it is written to. */
export interface Store {
  readonly value: number;
  readonly destinations: Destination[];
}

export const deeper = (a: Region, b: Region): Region => (b.depth > a.depth ? b : a);
