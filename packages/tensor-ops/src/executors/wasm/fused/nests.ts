/** Collects statements into loop nests: each joins the first nest of its shape that comes after all it reads. */

import { uniformValue } from '../../../ir/build.ts';
import type { Shape } from '../../../shape.ts';
import type { Tensor } from '../../../tensor.ts';
import type { Access, Group, Nest, Source, Statement } from './group.ts';
import { longAxes, type Place, stridesAlong } from './place.ts';

/** More statements than this in one nest would not fit in the machine's registers and instruction cache. */
const MOST_STATEMENTS = 60;

/** A tensor as a view of the tensor that computes its elements. */
export interface View {
  readonly base: Tensor;
  readonly place: Place;
}

/** A value that a statement wants, before it is known in which nest the statement is. */
export interface Wanted {
  readonly base: Tensor;
  readonly source: Source;
}

type Compute = Extract<Statement, { kind: 'compute' }>;

const sameStrides = (a: readonly number[], b: readonly number[]): boolean => a.every((s, i) => s === b[i]);

export class Nests {
  private readonly groups: Group[];
  /** The group after which the elements of a computed tensor are in memory. */
  private readonly finished = new Map<Tensor, number>();
  private readonly computed = new Map<Tensor, { nest: Nest; statement: Compute }>();
  private readonly byShape = new Map<string, { nest: Nest; index: number }[]>();

  constructor(groups: Group[]) {
    this.groups = groups;
  }

  /** Notes that the last group writes a tensor. */
  finish(tensor: Tensor): void {
    this.finished.set(tensor, this.groups.length - 1);
  }

  /** The group that computes a tensor; 0 for what is in memory from the start. */
  readyOf(base: Tensor): number {
    return this.finished.get(base) ?? 0;
  }

  /** Makes sure that the elements of a tensor reach memory. */
  store(base: Tensor): void {
    const found = this.computed.get(base);
    if (found) found.statement.stored = true;
  }

  /** The tensor as operand of a nest over `shape`. */
  want(tensor: Tensor, view: (tensor: Tensor) => View, shape: Shape): Wanted {
    const value = uniformValue(tensor);
    const { dtype } = tensor;
    if (value !== undefined) return { base: tensor, source: { kind: 'constant', dtype, value } };
    const { base, place } = view(tensor);
    const strides = stridesAlong(place, tensor.shape, shape);
    return { base, source: { kind: 'memory', access: { place, dtype, strides } } };
  }

  /** Adds the statement that `make` makes of its sources; returns the index of its nest. */
  add(
    shape: Shape,
    wanted: readonly Wanted[],
    make: (sources: readonly Source[]) => Statement,
    after = -1,
  ): number {
    const long = longAxes(shape).map((axis) => shape[axis]);
    const key = long.join();
    let first = after + 1;
    for (const want of wanted) {
      const ready = this.finished.get(want.base);
      if (ready === undefined || want.source.kind === 'constant') continue;
      first = Math.max(first, this.inRegister(want, key) ? ready : ready + 1);
    }
    const list = this.byShape.get(key) ?? [];
    this.byShape.set(key, list);
    let found = list.find(({ nest, index }) => index >= first && nest.statements.length < MOST_STATEMENTS);
    if (!found) {
      const nest: Nest = { kind: 'nest', shape: long, statements: [] };
      found = { nest, index: this.groups.length };
      this.groups.push(nest);
      list.push(found);
    }
    const { nest, index } = found;
    const sources = wanted.map((want): Source => {
      if (this.inRegister(want, key) && this.computed.get(want.base)?.nest === nest) {
        return { kind: 'register', node: want.base };
      }
      if (want.source.kind === 'memory') this.store(want.base);
      return want.source;
    });
    nest.statements.push(make(sources));
    return index;
  }

  /** Adds a computation in a group from `earliest` on; its result is in memory only when somebody reads it there. */
  compute(
    node: Compute['node'],
    wanted: readonly Wanted[],
    place: Place,
    stored: boolean,
    earliest: number,
  ): void {
    const strides = stridesAlong(place, node.shape, node.shape);
    const out: Access = { place, dtype: node.dtype, strides };
    let statement: Compute | undefined;
    const make = (sources: readonly Source[]): Statement => {
      statement = { kind: 'compute', node, sources, out, stored };
      return statement;
    };
    const index = this.add(node.shape, wanted, make, earliest - 1);
    const nest = this.groups[index];
    if (!statement || nest.kind !== 'nest') throw new Error('wasm executor: a computation has no nest');
    this.finished.set(node, index);
    this.computed.set(node, { nest, statement });
  }

  /** Notes the nest that writes a tensor. */
  finishIn(tensor: Tensor, index: number): void {
    this.finished.set(tensor, index);
  }

  /** Whether a nest of the given shape computes exactly the wanted element in the same iteration. */
  private inRegister({ base, source }: Wanted, key: string): boolean {
    const found = this.computed.get(base);
    if (!found || source.kind !== 'memory' || found.nest.shape.join() !== key) return false;
    const { place, strides } = source.access;
    const own = found.statement.out;
    return (
      own.place.area === place.area && own.place.start === place.start && sameStrides(own.strides, strides)
    );
  }
}
