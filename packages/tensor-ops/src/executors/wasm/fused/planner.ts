/**
 * Schedule S2: a program as groups that run one after the other.
 *
 * Elementwise chains, copies and reductions over one shape become one loop nest; transposes, slices, broadcasts and
 * most reshapes are only other strides; outputs, stacked outputs of loops and the parts of assemblies are computed
 * where they belong. Carries of loops have two places, which exchange their roles in every iteration.
 */

import type { DType } from '../../../dtype.ts';
import { present } from '../../../errors.ts';
import type { Program } from '../../../ir/attributes.ts';
import { uniformValue } from '../../../ir/build.ts';
import { reachable } from '../../../ir/graph.ts';
import { isMulti, multiPrimitiveOf } from '../../../primitives/index.ts';
import { matmulAsSum } from '../../../primitives/matmul.ts';
import { sizeOf } from '../../../shape.ts';
import type { Tensor } from '../../../tensor.ts';
import type { Precision } from '../math/vector-code.ts';
import { viewOf } from '../strides.ts';
import { unsupported } from '../unsupported.ts';
import { contractedProducts } from './contractions.ts';
import { type LoopContext, planCond, planLoop, type Shared } from './control.ts';
import { derivedDepth } from './derived.ts';
import { fuseEpilogues } from './epilogue.ts';
import type { Access, Group, Operand, Plan } from './group.ts';
import { planProduct } from './matrix-product.ts';
import { planMemory } from './memory-plan.ts';
import { Nests, type View, type Wanted } from './nests.ts';
import { type Area, byteSize, byteStrides, contiguous, longAxes, type Place, stridesAlong } from './place.ts';

const precisionOf = (dtype: DType): Precision | undefined =>
  dtype === 'float32' || dtype === 'float64' ? dtype : undefined;

export class Planner implements LoopContext {
  readonly shared: Shared;
  readonly params: number;
  readonly groups: Group[] = [];
  private readonly nests = new Nests(this.groups);
  private readonly views = new Map<Tensor, View>();
  private readonly multiple = new Map<Tensor, readonly Place[]>();
  private readonly destinations = new Map<Tensor, Place>();
  private readonly owned = new Set<Area>();
  /** Nodes that are computed where they are read first; how many of them stand on each other. */
  private readonly deferred = new Map<Tensor, number>();
  /** Products whose sums over the batch are computed in their place. */
  private contracted: ReadonlySet<Tensor> = new Set();

  /** `params`: the number of parameters that the code gets from the loops around. */
  constructor(shared: Shared, params: number) {
    this.shared = shared;
    this.params = params;
  }

  /** Schedules a program that reads its inputs from places and writes its outputs to places. */
  plan(program: Program, inputs: readonly Place[], outputs: readonly Place[]): Plan {
    program.inputs.forEach((variable, i) => {
      this.views.set(variable, { base: variable, place: inputs[i] });
    });
    program.outputs.forEach((output, i) => {
      if (this.computes(output) && !this.destinations.has(output)) this.destinations.set(output, outputs[i]);
    });
    const order = reachable(program.outputs);
    this.contracted = contractedProducts(order, program.outputs);
    for (const node of order) {
      if (!this.views.has(node) && !this.contracted.has(node)) this.schedule(node);
    }
    program.outputs.forEach((output, i) => {
      if (this.views.get(output)?.place !== outputs[i]) this.copy(output, outputs[i]);
    });
    fuseEpilogues(this.groups, this.owned);
    return { groups: this.groups, ...planMemory(this.groups, this.owned), parallel: new Set() };
  }

  inside(program: Program, inputs: readonly Place[], outputs: readonly Place[], more: number): Plan {
    return new Planner(this.shared, this.params + more).plan(program, inputs, outputs);
  }

  /** A new piece of the working memory. */
  area(bytes: number): Area {
    const area: Area = { bytes, address: undefined };
    this.owned.add(area);
    return area;
  }

  fresh({ shape, dtype }: Pick<Tensor, 'shape' | 'dtype'>): Place {
    return contiguous(this.area(byteSize(shape, dtype)), shape, dtype);
  }

  /** The tensor in memory, for a group that is added now. */
  operand(tensor: Tensor): Operand {
    const { base, place } = this.view(tensor);
    this.nests.store(base);
    return { shape: tensor.shape, dtype: tensor.dtype, place };
  }

  /** Where the projection of a loop or cond has to go, if anywhere. */
  destinationOf(node: Tensor, index: number): Place | undefined {
    for (const [tensor, place] of this.destinations) {
      if (tensor.is('projection') && tensor.inputs[0] === node && tensor.attributes.index === index)
        return place;
    }
    return undefined;
  }

  /** Copies a tensor into a place of its shape. */
  copy(tensor: Tensor, place: Place): number {
    const { shape, dtype } = tensor;
    const out: Access = { place, dtype, strides: stridesAlong(place, shape, shape) };
    return this.nests.add(shape, [this.want(tensor, tensor)], ([source]) => ({ kind: 'store', source, out }));
  }

  /** Whether the node's own code can write its result to a given place. */
  private computes(node: Tensor): boolean {
    if (node.is('projection')) {
      const [source] = node.inputs;
      return source.is('cond') || (source.is('loop') && node.attributes.index >= source.attributes.carries);
    }
    return (
      node.is('elementwise') ||
      node.is('cast') ||
      node.is('reduce') ||
      (node.is('matmul') && precisionOf(node.dtype) !== undefined) ||
      node.is('assemble')
    );
  }

  private placeFor(node: Tensor): Place {
    return this.destinations.get(node) ?? this.fresh(node);
  }

  private view = (tensor: Tensor): View => {
    if (this.deferred.has(tensor)) this.computeDeferred(tensor, 0);
    return present(this.views.get(tensor), tensor.op);
  };

  private want(tensor: Tensor, over: Pick<Tensor, 'shape'>): Wanted {
    return this.nests.want(tensor, this.view, over.shape);
  }

  private schedule(node: Tensor): void {
    if (node.is('constant')) {
      this.views.set(node, { base: node, place: this.shared.constant(node) });
    } else if (node.is('projection')) {
      const places = present(this.multiple.get(node.inputs[0]), node.op);
      this.settle(node, places[node.attributes.index]);
      this.nests.finish(node);
    } else if (node.is('loop')) {
      this.multiple.set(node, planLoop(this, node));
    } else if (node.is('cond')) {
      this.multiple.set(node, planCond(this, node));
    } else if (isMulti(node.op)) {
      const { plan } = multiPrimitiveOf(node.op);
      if (!plan) throw unsupported(node.op);
      this.multiple.set(node, plan(this, node));
    } else if (!this.scheduleView(node)) {
      this.scheduleNode(node);
    }
  }

  /** Nodes that only look at their operand in another order; other reshapes are copies. */
  private scheduleView(node: Tensor): boolean {
    if (!node.is('broadcast') && !node.is('transpose') && !node.is('slice') && !node.is('reshape'))
      return false;
    const [x] = node.inputs;
    const { base, place } = this.view(x);
    const view = viewOf(node, x.shape, place.strides, node.shape);
    if (view) {
      this.views.set(node, {
        base,
        place: { ...place, start: place.start + view.start, strides: view.strides },
      });
      return true;
    }
    const packed = this.fresh(node);
    const index = this.copy(x, { ...packed, strides: byteStrides(x.shape, x.dtype) });
    this.settle(node, packed);
    this.nests.finishIn(node, index);
    return true;
  }

  private settle(node: Tensor, place: Place): void {
    this.views.set(node, { base: node, place });
  }

  private scheduleNode(node: Tensor): void {
    const depth = this.destinations.has(node) ? undefined : derivedDepth(node, this.deferred);
    if (depth !== undefined) {
      this.deferred.set(node, depth);
      return;
    }
    const place = this.placeFor(node);
    const precision = precisionOf(node.dtype);
    if (node.is('elementwise') || node.is('cast')) this.compute(node, place);
    else if (node.is('reduce')) {
      const [x] = node.inputs;
      if (precision && x.is('matmul') && this.contracted.has(x)) this.matmul(x, node, precision, place);
      else this.reduce(node, place);
    } else if (node.is('assemble')) this.assemble(node, place);
    else if (node.is('matmul')) {
      if (!precision || node.inputs[0].shape[node.inputs[0].rank - 1] < 2) {
        this.views.set(node, this.inNests(matmulAsSum(node.inputs[0], node.inputs[1]), node));
        return;
      }
      this.matmul(node, node, precision, place);
    } else this.primitive(node, place);
    this.settle(node, place);
  }

  /** Schedules new nodes that stand for a node of the program. */
  private inNests(instead: Tensor, node: Tensor): View {
    for (const made of reachable([instead])) if (made.id > node.id) this.schedule(made);
    return this.view(instead);
  }

  /** Computes a node in a group from `earliest` on; its deferred operands where the others are ready. */
  private compute(node: Tensor<'elementwise'> | Tensor<'cast'>, place: Place, earliest = 0): void {
    const isLate = (x: Tensor): boolean => this.deferred.has(x);
    const prompt = node.inputs.filter((x) => !isLate(x) && uniformValue(x) === undefined);
    const ready = Math.max(earliest, ...prompt.map((x) => this.nests.readyOf(this.view(x).base)));
    for (const x of node.inputs) if (isLate(x)) this.computeDeferred(x, ready);
    const wanted = node.inputs.map((x) => this.want(x, node));
    this.nests.compute(node, wanted, place, this.destinations.has(node), earliest);
  }

  private computeDeferred(node: Tensor, earliest: number): void {
    this.deferred.delete(node);
    if (!node.is('elementwise')) throw new Error(`wasm executor: ${node.op} is not deferred`);
    const place = this.fresh(node);
    this.compute(node, place, earliest);
    this.settle(node, place);
  }

  private reduce(node: Tensor<'reduce'>, place: Place): void {
    const [x] = node.inputs;
    const { axes, kind } = node.attributes;
    const { dtype, shape } = node;
    const long = longAxes(x.shape);
    const access = (target: Place, type: DType): Access => {
      const own = [...target.strides];
      const full = x.shape.map((_, d) => (axes.includes(d) ? 0 : (own.shift() ?? 0)));
      return { place: target, dtype: type, strides: long.map((d) => full[d]) };
    };
    const out = access(place, dtype);
    const reduced = long.map((d) => axes.includes(d));
    const across = reduced.includes(true) && reduced.indexOf(true) < reduced.lastIndexOf(false);
    const wide =
      across && kind === 'sum' && dtype === 'float32'
        ? access(this.fresh({ shape, dtype: 'float64' }), 'float64')
        : undefined;
    const index = this.nests.add(x.shape, [this.want(x, x)], ([source]) => ({
      kind: 'reduce',
      node,
      source,
      out,
      reduced,
      wide,
    }));
    this.nests.finishIn(node, index);
  }

  /** Each part is stored into its block; the background first, where the parts leave some of it. */
  private assemble(node: Tensor<'assemble'>, place: Place): void {
    const { begins, fill } = node.attributes;
    const { dtype, shape } = node;
    const covered = node.inputs.reduce((sum, part) => sum + sizeOf(part.shape), 0);
    let background = -1;
    if (covered < sizeOf(shape)) {
      const out: Access = { place, dtype, strides: stridesAlong(place, shape, shape) };
      const source = { kind: 'constant', dtype, value: fill } as const;
      background = this.nests.add(shape, [], () => ({ kind: 'store', source, out }));
    }
    let last = background;
    node.inputs.forEach((part, i) => {
      const start = begins[i].reduce((sum, b, d) => sum + b * place.strides[d], place.start);
      const block: Place = { ...place, start };
      const out: Access = { place: block, dtype, strides: stridesAlong(block, part.shape, part.shape) };
      const wanted = [this.want(part, part)];
      const index = this.nests.add(
        part.shape,
        wanted,
        ([source]) => ({ kind: 'store', source, out }),
        background,
      );
      last = Math.max(last, index);
    });
    this.nests.finishIn(node, last);
  }

  /** `node` is the product itself or its sum over all batch axes. */
  private matmul({ inputs }: Tensor<'matmul'>, node: Tensor, dtype: Precision, place: Place): void {
    const [a, b] = inputs.map((x) => this.operand(x));
    const { shape } = node;
    if (sizeOf(shape) === 0) return;
    const product = planProduct(this.shared.g, a, b, { shape, dtype, place });
    this.owned.add(product.scratch);
    this.groups.push({ kind: 'product', product });
    this.nests.finish(node);
  }

  /** Scalar loops, which know only constant addresses: what a loop moves is copied before. */
  private primitive(node: Tensor, place: Place): void {
    const operands = node.inputs.map((x): Operand => {
      if (this.view(x).place.terms.length === 0) return this.operand(x);
      const still = this.fresh(x);
      this.copy(x, still);
      return { shape: x.shape, dtype: x.dtype, place: still };
    });
    const out = { shape: node.shape, dtype: node.dtype, place };
    this.groups.push({ kind: 'primitive', node, operands, out });
    this.nests.finish(node);
  }
}
