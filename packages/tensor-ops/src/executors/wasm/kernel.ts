/**
 * Schedule S1: a program as straight-line scalar code, one SIMD lane for each example of the batch.
 *
 * The outermost loop runs over blocks of lanes; for each block the whole program runs with all its time steps, so
 * that what a loop carries stays in the same few frame slots.
 */
import type { DType } from '../../dtype.ts';
import type { Program } from '../../ir/attributes.ts';
import { type Shape, sizeOf, stridesOf } from '../../shape.ts';
import { BYTES, loadsAtOnce } from './access.ts';
import { type Kernel, LANE } from './emit-memory.ts';
import { SegmentEmitter } from './emit-segment.ts';
import { type FunctionBuilder, I32 } from './encoder.ts';
import type { Generator } from './generator.ts';
import { readsOf } from './items.ts';
import { type Lanes, laneShape, NO_LANES, UNIFORM } from './lane-shape.ts';
import { findLanes } from './lanes.ts';
import { control, i32 } from './opcodes.ts';
import { writeOutput } from './outputs.ts';
import type { Buffer, Region } from './region.ts';
import { ScalarDag, TooLarge } from './scalar-dag.ts';
import { Scalariser } from './scalarise.ts';
import { type Schedule, schedule } from './schedule.ts';
import { ScalarTarget, type Target } from './target.ts';
import type { Value } from './values.ts';
import { VectorTarget } from './vector-target.ts';

/** Room for constants, loads and scalars that turn out to be unused. */
const NODES_PER_OPERATION = 4;

export interface BuiltKernel {
  /** The function without parameters that runs the program for the whole batch. */
  readonly run: FunctionBuilder;
  readonly report: Readonly<Record<string, string | number | boolean>>;
}

/** A tensor of the program in memory. */
function externalBuffer(shape: Shape, dtype: DType, axis: number, address: number): Buffer {
  const laneStride = axis === UNIFORM ? 0 : stridesOf(shape)[axis];
  return { dtype, external: true, laneStride, length: sizeOf(shape), address };
}

/**
 * Compiles a program by this schedule, with its inputs and outputs in typed-array layout at the given addresses;
 * gives the reason instead when it is too large.
 */
export function tryKernel(
  g: Generator,
  program: Program,
  inputs: readonly number[],
  outputs: readonly number[],
): BuiltKernel | string {
  const found = findLanes(program);
  const lanes = typeof found === 'string' ? NO_LANES : found;
  try {
    return buildKernel(g, scalariseProgram(g, program, lanes, inputs, outputs));
  } catch (reason) {
    if (!(reason instanceof TooLarge)) throw reason;
    return typeof found === 'string' ? `${found}, and ${reason.message}` : reason.message;
  }
}

interface Scalarised {
  readonly dag: ScalarDag;
  readonly lanes: Lanes;
  /** The element types that occur, which decide the number of lanes. */
  readonly wide: boolean;
}

/** Takes the program apart; its inputs and outputs are at the given addresses. */
function scalariseProgram(
  g: Generator,
  program: Program,
  lanes: Lanes,
  inputs: readonly number[],
  outputs: readonly number[],
): Scalarised {
  const dag = new ScalarDag(NODES_PER_OPERATION * g.mostOperations);
  const values = program.inputs.map((variable, i): Value => {
    const axis = lanes.axis(variable);
    const buffer = externalBuffer(variable.shape, variable.dtype, axis, inputs[i]);
    return { kind: 'view', buffer, offset: 0, strides: stridesOf(variable.shape), terms: [] };
  });
  const results = new Scalariser(dag, g.memory).program(program, values, lanes, dag.root);
  program.outputs.forEach((output, i) => {
    const axis = lanes.axis(output);
    const buffer = externalBuffer(output.shape, output.dtype, axis, outputs[i]);
    const shape = laneShape(output.shape, axis);
    writeOutput(dag, { shape, value: results[i] }, buffer, stridesOf(output.shape));
  });
  return { dag, lanes, wide: dag.dtype.includes('float64') };
}

function buildKernel(g: Generator, { dag, lanes, wide }: Scalarised): BuiltKernel {
  const { batch } = lanes;
  const width = wide ? 2 : 4;
  const target: Target = batch >= width ? new VectorTarget(g, width) : new ScalarTarget(g);
  const isCheap = (id: number): boolean => {
    const leaf = dag.leaf[id];
    if (leaf?.kind !== 'load') return leaf !== undefined;
    const { buffer, dtype } = { buffer: leaf.buffer, dtype: dag.dtype[id] };
    return !buffer.external || loadsAtOnce(target, dtype, buffer.laneStride * BYTES[dtype]);
  };
  const plan = schedule(dag, isCheap);
  if (plan.items > g.mostOperations) throw new TooLarge(`${plan.items} scalar operations`);
  const frame = new Frame(g, dag, target, plan);
  const kernel: Kernel = {
    g,
    dag,
    target,
    schedule: plan,
    slot: (id) => frame.slot(id),
    carrySlot: (loop, index) => frame.carrySlot(loop, index),
    counter: (loop) => LANE + loop.depth,
  };
  frame.placeArrays();
  const segments = buildSegments(kernel);
  const block = g.module.function([I32], []);
  const runRegion = (region: Region, counters: readonly number[]): void => {
    for (const step of plan.steps.get(region) ?? []) {
      if (step.kind === 'loop') {
        block.loop(
          step.loop.length,
          (counter) => runRegion(step.loop, [...counters, counter]),
          step.loop.reverse,
        );
      } else {
        for (const local of counters) block.get(local);
        block.call(segments[step.index].index);
      }
    }
  };
  runRegion(dag.root, [LANE]);
  const run = g.module.function([], []);
  const blocks = Math.ceil(batch / target.lanes);
  run.loop(blocks, (counter) => {
    const start = run.local(I32);
    run.get(counter).i32(target.lanes).op(i32.multiply).tee(start);
    // The last block overlaps the one before it when the lanes do not divide the batch.
    const last = batch - target.lanes;
    run.i32(last).get(start).i32(last).op(i32.less, control.select).call(block.index);
  });
  return {
    run,
    report: {
      schedule: 'S1',
      lanes: target.lanes,
      batch,
      operations: plan.operations,
      functions: plan.segments,
      fma: g.fma && target.lanes > 1,
    },
  };
}

function buildSegments(kernel: Kernel): FunctionBuilder[] {
  const out: FunctionBuilder[] = [];
  for (const [region, steps] of kernel.schedule.steps) {
    for (const step of steps) {
      if (step.kind !== 'segment') continue;
      const f = kernel.g.module.function(new Array(region.depth + 1).fill(I32), []);
      new SegmentEmitter(kernel, f, step.index).emit(step.items);
      out[step.index] = f;
    }
  }
  return out;
}

/** The working memory of one block of lanes. */
class Frame {
  private readonly g: Generator;
  private readonly dag: ScalarDag;
  private readonly bytes: number;
  private readonly slots = new Map<number, number>();
  private readonly carries = new Map<Region, number>();
  private readonly plan: Schedule;

  constructor(g: Generator, dag: ScalarDag, target: Target, plan: Schedule) {
    this.g = g;
    this.dag = dag;
    this.bytes = target.slotBytes;
    this.plan = plan;
    const crossing: number[] = [];
    plan.crossing.forEach((crosses, id) => {
      if (crosses) crossing.push(id);
    });
    const start = g.memory.allocate(crossing.length * this.bytes);
    crossing.forEach((id, i) => {
      this.slots.set(id, start + i * this.bytes);
    });
    for (const region of plan.steps.keys()) {
      this.carries.set(region, g.memory.allocate(region.next.length * this.bytes));
    }
  }

  slot(id: number): number {
    const address = this.slots.get(id);
    if (address === undefined) throw new Error('wasm executor: a scalar has no frame slot');
    return address;
  }

  carrySlot(loop: Region, index: number): number {
    const start = this.carries.get(loop);
    if (start === undefined) throw new Error('wasm executor: a loop has no frame');
    return start + index * this.bytes;
  }

  /** Gives an address to every frame array that is read; stores to the others are dropped. */
  placeArrays(): void {
    const visit = (id: number): void => {
      const leaf = this.dag.leaf[id];
      if (leaf?.kind !== 'load' || leaf.buffer.external || leaf.buffer.address > 0) return;
      leaf.buffer.address = this.g.memory.allocate(leaf.buffer.length * this.bytes);
    };
    for (const steps of this.plan.steps.values()) {
      for (const step of steps) {
        if (step.kind !== 'segment') continue;
        for (const item of step.items) for (const id of readsOf(this.dag, item)) visit(id);
      }
    }
  }
}
