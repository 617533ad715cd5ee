/** Takes a tensor program apart into scalars: every element of every tensor becomes a node of the scalar graph. */
import { present } from '../../errors.ts';
import type { Op, Program } from '../../ir/attributes.ts';
import { reachable } from '../../ir/graph.ts';
import { primitiveOf } from '../../primitives/index.ts';
import { sizeOf, stridesOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { type Lanes, laneShape, UNIFORM } from './lane-shape.ts';
import type { MemoryPlan } from './memory.ts';
import { Region } from './region.ts';
import { type ScalarDag, TooLarge } from './scalar-dag.ts';
import * as operations from './scalar-operations.ts';
import { unsupported } from './unsupported.ts';
import { elements, idsOf, lookAt, MOST_ELEMENTS, type Shaped, toMemory, type Value } from './values.ts';

/** Nodes that only look at their operand in another order. */
const VIEWS: readonly Op[] = ['broadcast', 'reshape', 'transpose', 'slice'];

/** A uniform constant with more elements than this stays in memory. */
const LARGE_CONSTANT = 1024;

export class Scalariser {
  private readonly dag: ScalarDag;
  private readonly memory: MemoryPlan;

  constructor(dag: ScalarDag, memory: MemoryPlan) {
    this.dag = dag;
    this.memory = memory;
  }

  /** The outputs of a program whose inputs have the given values, computed in a region. */
  program(program: Program, inputs: readonly Value[], lanes: Lanes, region: Region): Value[] {
    const values = new Map<Tensor, Value>();
    const multiple = new Map<Tensor, readonly (Value | undefined)[]>();
    program.inputs.forEach((variable, i) => {
      values.set(variable, inputs[i]);
    });
    const shaped = (tensor: Tensor): Shaped => {
      const value = present(values.get(tensor), tensor.op);
      return { shape: laneShape(tensor.shape, lanes.axis(tensor)), value };
    };
    const order = reachable(program.outputs);
    for (const node of order) {
      if (values.has(node)) continue;
      const operands = node.inputs.map((input) => (multiple.has(input) ? undefined : shaped(input)));
      const sources = operands.filter((source) => source !== undefined);
      if (node.is('loop')) {
        const used = new Set(
          order.flatMap((n) => (n.is('projection') && n.inputs[0] === node ? [n.attributes.index] : [])),
        );
        multiple.set(node, this.loop(node, sources, used, lanes, region));
      } else if (node.is('cond')) {
        multiple.set(node, this.cond(node, sources, lanes, region));
      } else if (node.is('projection')) {
        const value = multiple.get(node.inputs[0])?.[node.attributes.index];
        if (value) values.set(node, value);
      } else {
        values.set(node, this.node(node, sources, lanes.axis(node)));
      }
    }
    return program.outputs.map((output) => shaped(output).value);
  }

  private node(node: Tensor, sources: readonly Shaped[], axis: number): Value {
    const { dag } = this;
    const shape = laneShape(node.shape, axis);
    const [source] = sources;
    if (node.is('constant')) return this.constant(node, axis);
    if (VIEWS.includes(node.op)) return lookAt(dag, node, source, shape);
    if (sizeOf(shape) > MOST_ELEMENTS) throw new TooLarge(`a tensor of ${sizeOf(shape)} elements`);
    const tensors = sources.map((s) => ({ shape: s.shape, ids: idsOf(dag, s) }));
    const [x, y] = tensors;
    if (node.is('elementwise')) return elements(operations.elementwise(dag, node, shape, tensors));
    if (node.is('cast')) return elements(x.ids.map((id) => dag.cast(id, node.dtype)));
    if (node.is('assemble')) return elements(operations.assemble(dag, node, shape, tensors));
    if (node.is('reduce')) return elements(operations.reduce(dag, node, shape, x));
    if (node.is('matmul')) return elements(operations.matmul(dag, node.dtype, shape, x, y));
    if (node.is('gather')) return elements(operations.gather(dag, node, x, y));
    if (node.is('scatterAdd')) return elements(operations.scatterAdd(dag, node, shape, x, y));
    if (node.is('argmax')) return elements(operations.argmax(dag, node.attributes.axis, x));
    if (node.is('cumsum')) return elements(operations.cumsum(dag, node, x));
    // Which element goes where, and how often a loop runs, is known only at run time.
    if (node.is('sort') || node.is('while')) throw new TooLarge(`a '${node.op}' is no scalar code`);
    const { wasm } = primitiveOf(node.op);
    if (wasm) return elements(wasm.scalars(dag, node, shape, x, y));
    throw unsupported(node.op);
  }

  private constant(node: Tensor<'constant'>, axis: number): Value {
    const { data } = node.attributes;
    if (axis === UNIFORM && data.length <= LARGE_CONSTANT) {
      return elements(Array.from(data, (value) => this.dag.constant(node.dtype, value)));
    }
    const strides = stridesOf(node.shape);
    const laneStride = axis === UNIFORM ? 0 : strides[axis];
    const address = this.memory.place(data);
    const buffer = { dtype: node.dtype, external: true, laneStride, length: data.length, address };
    return { kind: 'view', buffer, offset: 0, strides, terms: [] };
  }

  /** Both branches are computed, and the results selected. */
  private cond(
    node: Tensor<'cond'>,
    [predicate, ...operands]: readonly Shaped[],
    lanes: Lanes,
    region: Region,
  ) {
    const { dag } = this;
    const { whenTrue, whenFalse } = node.attributes;
    const [condition] = idsOf(dag, predicate);
    const values = operands.map((operand) => operand.value);
    const [yes, no] = [whenTrue, whenFalse].map((branch) => {
      const inside = lanes.inside(node, branch);
      const outputs = this.program(branch, values, inside, region);
      return outputs.map((value, i) => {
        const output = branch.outputs[i];
        return idsOf(dag, { shape: laneShape(output.shape, inside.axis(output)), value });
      });
    });
    return yes.map((ids, i) =>
      elements(ids.map((id, k) => dag.apply('select', [condition, id, no[i][k]], whenTrue.outputs[i].dtype))),
    );
  }

  /** The body becomes a region of its own; scanned tensors and stacked outputs are in memory. */
  private loop(
    node: Tensor<'loop'>,
    sources: readonly Shaped[],
    used: ReadonlySet<number>,
    lanes: Lanes,
    parent: Region,
  ): (Value | undefined)[] {
    const { dag } = this;
    const { length, reverse, carries, scanned, body } = node.attributes;
    const initial = sources.slice(0, carries).map((source) => idsOf(dag, source));
    if (length === 0)
      return [...initial.map(elements), ...body.outputs.slice(carries).map(() => elements([]))];
    const region = new Region(parent, length, reverse);
    region.initial = initial.flat();
    region.carryTypes = initial.flatMap((ids, i) => ids.map(() => body.inputs[i].dtype));
    let next = 0;
    const carried = initial.map((ids) => elements(ids.map(() => dag.carry(region, next++))));
    const slices = sources.slice(carries, carries + scanned).map((source, i): Value => {
      const view = this.inMemory(source, node.inputs[carries + i], parent);
      const [step, ...strides] = view.strides;
      return { ...view, strides, terms: [...view.terms, { region, stride: step }] };
    });
    const invariants = sources.slice(carries + scanned).map((source) => source.value);
    const inside = lanes.inside(node, body);
    const outputs = this.program(body, [...carried, ...slices, ...invariants], inside, region);
    const outputIds = outputs.map((value, i) => {
      const output = body.outputs[i];
      if (i >= carries && !used.has(i)) return [];
      return idsOf(dag, { shape: laneShape(output.shape, inside.axis(output)), value });
    });
    region.next = outputIds.slice(0, carries).flat();
    const producer = { kind: 'loop', loop: region } as const;
    let at = 0;
    return outputIds.map((ids, i): Value | undefined => {
      if (i < carries) return elements(ids.map(() => dag.result(producer, at++)));
      if (!used.has(i)) return undefined;
      const { dtype } = body.outputs[i];
      const size = ids.length;
      const buffer = { dtype, external: false, laneStride: 0, length: size * length, address: 0, producer };
      ids.forEach((value, offset) => {
        region.stores.push({ value, destinations: [{ buffer, offset, terms: [{ region, stride: size }] }] });
      });
      const shape = laneShape(body.outputs[i].shape, inside.axis(body.outputs[i]));
      return { kind: 'view', buffer, offset: 0, strides: [size, ...stridesOf(shape)], terms: [] };
    });
  }

  /** A tensor as a view of memory. */
  private inMemory(source: Shaped, tensor: Tensor, home: Region) {
    if (source.value.kind === 'view') return source.value;
    const buffer = toMemory(this.dag, this.memory, home, source.value.ids, tensor.dtype);
    return { kind: 'view', buffer, offset: 0, strides: stridesOf(source.shape), terms: [] } as const;
  }
}
