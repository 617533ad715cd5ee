/** The graph of scalar operations that schedule S1 makes of a tensor program: hash-consed and simplified. */
import type { DType } from '../../dtype.ts';
import type { ScalarFunction } from '../../ir/scalar-functions.ts';
import { castScalar, evaluateScalar } from './fold.ts';
import { type Buffer, deeper, homeOf, type LoopProducer, Region, type Term } from './region.ts';
import { simplify } from './simplify.ts';

/**
 * `zero` is a structural zero, from the absent background of an `assemble`: unlike a constant 0 it annihilates products.
 * `carry` and `result` read a carried scalar inside and after its loop.
 */
export type ScalarOp = ScalarFunction | 'constant' | 'zero' | 'cast' | 'load' | 'carry' | 'result';

/** What a `load`, `carry` or `result` reads. */
type Leaf =
  | {
      readonly kind: 'load';
      readonly buffer: Buffer;
      readonly offset: number;
      readonly terms: readonly Term[];
    }
  | { readonly kind: 'carry'; readonly loop: Region; readonly index: number };

/** Thrown when the program has more scalar operations than schedule S1 is good for, or parts that are none. */
export class TooLarge extends Error {}

export class ScalarDag {
  readonly op: ScalarOp[] = [];
  readonly dtype: DType[] = [];
  readonly operands: (readonly number[])[] = [];
  readonly value: number[] = [];
  readonly leaf: (Leaf | undefined)[] = [];
  readonly region: Region[] = [];
  readonly root = new Region();
  private readonly limit: number;
  private readonly known = new Map<string, number>();
  private readonly identities = new Map<object, number>();

  constructor(limit: number) {
    this.limit = limit;
  }

  get size(): number {
    return this.op.length;
  }

  constant(dtype: DType, value: number): number {
    const text = Object.is(value, -0) ? '-0' : String(value);
    return this.find(`constant ${dtype} ${text}`, () => this.add('constant', dtype, [], this.root, value));
  }

  zero(dtype: DType): number {
    return this.find(`zero ${dtype}`, () => this.add('zero', dtype, [], this.root, 0));
  }

  load(buffer: Buffer, offset: number, terms: readonly Term[]): number {
    const moves = terms.map(({ region, stride }) => `${this.identify(region)}*${stride}`);
    return this.find(`load ${this.identify(buffer)} ${offset} ${moves}`, () => {
      let region = buffer.producer ? homeOf(buffer.producer) : this.root;
      for (const term of terms) region = deeper(region, term.region);
      return this.add('load', buffer.dtype, [], region, NaN, { kind: 'load', buffer, offset, terms });
    });
  }

  carry(loop: Region, index: number): number {
    const leaf: Leaf = { kind: 'carry', loop, index };
    return this.find(`carry ${this.identify(loop)} ${index}`, () =>
      this.add('carry', loop.carryTypes[index], [], loop, NaN, leaf),
    );
  }

  result(producer: LoopProducer, index: number): number {
    const { loop } = producer;
    const leaf: Leaf = { kind: 'carry', loop, index };
    return this.find(`result ${this.identify(loop)} ${index}`, () =>
      this.add('result', loop.carryTypes[index], [], homeOf(producer), NaN, leaf),
    );
  }

  cast(a: number, to: DType): number {
    const from = this.dtype[a];
    if (from === to) return a;
    if (this.op[a] === 'zero') return this.zero(to);
    if (this.op[a] === 'constant') return this.constant(to, castScalar(this.value[a], from, to));
    return this.find(`cast ${to} ${a}`, () => this.add('cast', to, [a], this.region[a]));
  }

  /** The operands have their final types; `dtype` is the result's. */
  apply(fn: ScalarFunction, operands: readonly number[], dtype: DType): number {
    const simpler = simplify(this, fn, operands, dtype);
    if (simpler !== undefined) return simpler;
    const ordered = isCommutative(fn) && operands[0] > operands[1] ? [operands[1], operands[0]] : operands;
    return this.find(`${fn} ${ordered}`, () => {
      let region = this.root;
      for (const operand of ordered) region = deeper(region, this.region[operand]);
      return this.add(fn, dtype, ordered, region);
    });
  }

  /** The node of exactly this function and these operands, when it exists. */
  lookup(fn: ScalarFunction, operands: readonly number[]): number | undefined {
    return this.known.get(`${fn} ${operands}`);
  }

  /** A constant's value (a structural zero's is 0), or undefined. */
  constantOf(a: number): number | undefined {
    return this.isConstant(a) ? this.value[a] : undefined;
  }

  isConstant(a: number): boolean {
    return this.op[a] === 'constant' || this.op[a] === 'zero';
  }

  /** Evaluates a function of constants. */
  fold(fn: ScalarFunction, operands: readonly number[], dtype: DType): number {
    const values = operands.map((a) => this.value[a]);
    return this.constant(dtype, evaluateScalar(fn, values, dtype));
  }

  private identify(thing: object): number {
    let id = this.identities.get(thing);
    if (id === undefined) {
      id = this.identities.size;
      this.identities.set(thing, id);
    }
    return id;
  }

  private find(key: string, make: () => number): number {
    let id = this.known.get(key);
    if (id === undefined) {
      id = make();
      this.known.set(key, id);
    }
    return id;
  }

  private add(
    op: ScalarOp,
    dtype: DType,
    operands: readonly number[],
    region: Region,
    value = NaN,
    leaf?: Leaf,
  ) {
    if (this.op.length >= this.limit) throw new TooLarge(`more than ${this.limit} scalar operations`);
    this.op.push(op);
    this.dtype.push(dtype);
    this.operands.push(operands);
    this.value.push(value);
    this.leaf.push(leaf);
    this.region.push(region);
    return this.op.length - 1;
  }
}

const COMMUTATIVE: readonly ScalarFunction[] = [
  'add',
  'multiply',
  'equal',
  'notEqual',
  'and',
  'or',
  'bitXor',
];
const isCommutative = (fn: ScalarFunction): boolean => COMMUTATIVE.includes(fn);
