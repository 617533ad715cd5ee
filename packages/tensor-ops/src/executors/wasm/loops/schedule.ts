/**
 * The loop schedule: every node a loop nest from buffers to a buffer, in order; works for every program.
 *
 * Transposes, slices, broadcasts and most reshapes are views. A loop whose body is small enough runs as a kernel
 * of schedule S1; otherwise its body is scheduled in the same way, inside a loop.
 */
import type { Program } from '../../../ir/attributes.ts';
import { reachable } from '../../../ir/graph.ts';
import { Tensor } from '../../../tensor.ts';
import { type FunctionBuilder, I32 } from '../encoder.ts';
import type { Generator } from '../generator.ts';
import { type BuiltKernel, tryKernel } from '../kernel.ts';
import { i32 } from '../opcodes.ts';
import { viewOf } from '../strides.ts';
import { KernelWriter } from './kernels.ts';
import {
  allocatePlace,
  byteStrides,
  fixedPlace,
  hold,
  isContiguous,
  letGo,
  type Operand,
  type Place,
  unhold,
} from './place.ts';

export class LoopSchedule {
  /** What was compiled as kernels of schedule S1. */
  readonly kernels: BuiltKernel['report'][] = [];
  /** Loop nests written. */
  nests = 0;
  private readonly g: Generator;

  constructor(g: Generator) {
    this.g = g;
  }

  /** Appends to `driver` the code that runs a program on inputs in memory; the outputs are held for the caller. */
  program(driver: FunctionBuilder, program: Program, inputs: readonly Place[]): Place[] {
    const { memory } = this.g;
    const places = new Map<Tensor, Place>();
    const multiple = new Map<Tensor, readonly Place[]>();
    const order = reachable(program.outputs);
    const uses = new Map<Tensor, number>();
    for (const node of order) for (const input of node.inputs) uses.set(input, (uses.get(input) ?? 0) + 1);
    const results = new Set(program.outputs);
    const settle = (tensor: Tensor, place: Place): void => {
      places.set(tensor, place);
      hold(place);
    };
    const operand = (tensor: Tensor): Operand => {
      const place = places.get(tensor);
      if (!place) throw new Error(`wasm executor: a ${tensor.op} node has no place`);
      return { shape: tensor.shape, dtype: tensor.dtype, place };
    };
    program.inputs.forEach((variable, i) => {
      if (uses.has(variable) || results.has(variable)) settle(variable, inputs[i]);
    });
    for (const node of order) {
      if (places.has(node)) continue;
      if (node.is('projection')) {
        const place = multiple.get(node.inputs[0])?.[node.attributes.index];
        if (place) settle(node, place);
        continue;
      }
      const operands = node.inputs.map(operand);
      if (node.is('loop')) multiple.set(node, this.loop(driver, node, operands));
      else if (node.is('cond')) multiple.set(node, this.cond(driver, node, operands));
      else settle(node, this.node(driver, node, operands));
      for (const input of node.inputs) {
        const left = (uses.get(input) ?? 0) - 1;
        uses.set(input, left);
        if (left === 0 && !results.has(input)) letGo(memory, operand(input).place);
      }
    }
    const outputs = program.outputs.map((output) => operand(output).place);
    outputs.forEach(hold);
    for (const result of results) letGo(memory, operand(result).place);
    return outputs;
  }

  /** A copy as a function of its own; `offsets` push what is added to the two addresses, if anything. */
  copy(
    driver: FunctionBuilder,
    from: Operand,
    to: Operand,
    offsets?: readonly [() => void, () => void],
  ): void {
    const f = this.g.module.function(offsets ? [I32, I32] : [], []);
    this.nests++;
    new KernelWriter(this.g, f).copy(from, to, offsets ? [0, 1] : []);
    for (const push of offsets ?? []) push();
    driver.call(f.index);
  }

  private node(driver: FunctionBuilder, node: Tensor, operands: readonly Operand[]): Place {
    const { g } = this;
    if (node.is('constant')) {
      return fixedPlace(g.memory.place(node.attributes.data), node.shape, node.dtype);
    }
    const [x] = operands;
    const view = x && viewOf(node, x.shape, x.place.strides, node.shape);
    if (view) return { ...x.place, address: x.place.address + view.start, strides: view.strides };
    const place = allocatePlace(g.memory, node.shape, node.dtype);
    if (node.is('reshape')) {
      const packed = { ...place, strides: byteStrides(x.shape, x.dtype) };
      this.copy(driver, x, { ...x, place: packed });
      return place;
    }
    const f = g.module.function([], []);
    this.nests++;
    new KernelWriter(g, f).write(node, operands, { shape: node.shape, dtype: node.dtype, place });
    driver.call(f.index);
    return place;
  }

  private cond(
    driver: FunctionBuilder,
    node: Tensor<'cond'>,
    [predicate, ...operands]: readonly Operand[],
  ): Place[] {
    const { whenTrue, whenFalse } = node.attributes;
    const outputs = whenTrue.outputs.map((output) => this.fresh(output));
    const inputs = operands.map(({ place }) => place);
    const run = (branch: Program) => (): void => {
      this.program(driver, branch, inputs).forEach((place, i) => {
        this.copy(driver, { ...outputs[i], place }, outputs[i]);
        letGo(this.g.memory, place);
      });
    };
    driver.i32(0).memory(i32.load8, predicate.place.address);
    driver.branch(run(whenTrue), run(whenFalse));
    return outputs.map(({ place }) => place);
  }

  private loop(driver: FunctionBuilder, node: Tensor<'loop'>, operands: readonly Operand[]): Place[] {
    return this.loopAsKernel(driver, node, operands) ?? this.loopOfNests(driver, node, operands);
  }

  /** The loop by itself as a kernel of schedule S1, unless it is too large. */
  private loopAsKernel(
    driver: FunctionBuilder,
    node: Tensor<'loop'>,
    operands: readonly Operand[],
  ): Place[] | undefined {
    const { g } = this;
    const { length, carries, body } = node.attributes;
    const inputs = node.inputs.map((x) => new Tensor('variable', [], { name: 'operand' }, x.shape, x.dtype));
    const inner = new Tensor('loop', inputs, node.attributes, [], node.dtype);
    const outputs = body.outputs.map(({ shape, dtype }, index) => {
      const stacked = index < carries ? shape : [length, ...shape];
      return new Tensor('projection', [inner], { index }, stacked, dtype);
    });
    const packed = operands.map((operand) =>
      isContiguous(operand.place, operand.shape, operand.dtype) ? operand : this.fresh(operand),
    );
    const results = outputs.map((output) => this.fresh(output).place);
    const addresses = (places: readonly Place[]): number[] => places.map(({ address }) => address);
    const kernel = tryKernel(
      g,
      { inputs, outputs },
      addresses(packed.map((p) => p.place)),
      addresses(results),
    );
    const copies = packed.filter((operand, i) => operand !== operands[i]);
    if (typeof kernel !== 'string') {
      packed.forEach((operand, i) => {
        if (operand !== operands[i]) this.copy(driver, operands[i], operand);
      });
      driver.call(kernel.run.index);
      this.kernels.push(kernel.report);
    }
    for (const { place } of copies) {
      hold(place);
      letGo(g.memory, place);
    }
    if (typeof kernel !== 'string') return results;
    for (const place of results) {
      hold(place);
      letGo(g.memory, place);
    }
    return undefined;
  }

  /** A loop around the scheduled body. */
  private loopOfNests(driver: FunctionBuilder, node: Tensor<'loop'>, operands: readonly Operand[]): Place[] {
    const { g } = this;
    const { length, reverse, carries, scanned, body } = node.attributes;
    const state = body.inputs.slice(0, carries).map((input) => this.fresh(input));
    const slices = body.inputs.slice(carries, carries + scanned).map((input) => this.fresh(input));
    const invariants = operands.slice(carries + scanned).map(({ place }) => place);
    const stacks = body.outputs
      .slice(carries)
      .map(({ shape, dtype }) => this.fresh({ shape: [length, ...shape], dtype }));
    const own = [...state, ...slices, ...stacks].map(({ place }) => place);
    own.forEach(hold);
    state.forEach((carry, i) => {
      this.copy(driver, operands[i], carry);
    });
    const f = g.module.function([], []);
    const iteration = (counter: number): void => {
      const times = (bytes: number) => () => f.get(counter).i32(bytes).op(i32.multiply);
      const still = () => f.i32(0);
      slices.forEach((slice, i) => {
        const whole = operands[carries + i];
        const [step, ...strides] = whole.place.strides;
        this.copy(f, { ...slice, place: { ...whole.place, strides } }, slice, [times(step), still]);
      });
      const inputs = [...state, ...slices].map(({ place }) => place);
      const outputs = this.program(f, body, [...inputs, ...invariants]).map((place, i) => ({
        ...(i < carries ? state[i] : { shape: body.outputs[i].shape, dtype: body.outputs[i].dtype }),
        place,
      }));
      stacks.forEach((stack, j) => {
        const y = outputs[carries + j];
        const [step, ...strides] = stack.place.strides;
        this.copy(f, y, { ...y, place: { ...stack.place, strides } }, [still, times(step)]);
      });
      // A next carry that is (a view of) a carry is put aside before any carry changes.
      const next = outputs.slice(0, carries).map((output) => {
        if (!state.some(({ place }) => place.area === output.place.area)) return output;
        const aside = this.fresh(output);
        this.copy(f, output, aside);
        return aside;
      });
      next.forEach((value, i) => {
        this.copy(f, value, state[i]);
      });
      for (const { place } of outputs) letGo(g.memory, place);
    };
    if (length > 0) f.loop(length, iteration, reverse);
    driver.call(f.index);
    own.forEach(unhold);
    return [...state, ...stacks].map(({ place }) => place);
  }

  private fresh({ shape, dtype }: Pick<Tensor, 'shape' | 'dtype'>): Operand {
    return { shape, dtype, place: allocatePlace(this.g.memory, shape, dtype) };
  }
}
