/**
 * Schedule S1: a program as straight-line scalar code, one SIMD lane for each example of the batch.
 *
 * The outermost loop runs over blocks of lanes; for each block the whole program runs with all its time steps, so
 * that what a loop carries stays in the same few frame slots.
 */

import type { DType } from '../../dtype.ts';
import { present } from '../../errors.ts';
import type { Program } from '../../ir/attributes.ts';
import { type Shape, sizeOf, stridesOf } from '../../shape.ts';
import { BYTES, loadsAtOnce } from './access.ts';
import { type Kernel, LANE } from './emit-memory.ts';
import { SegmentEmitter } from './emit-segment.ts';
import { type FunctionBuilder, I32, type ValueType } from './encoder.ts';
import type { Generator } from './generator.ts';
import { readsOf } from './items.ts';
import { type Lanes, laneShape, NO_LANES, UNIFORM } from './lane-shape.ts';
import { findLanes } from './lanes.ts';
import { advance } from './loops/nest.ts';
import { control, i32 } from './opcodes.ts';
import { writeOutput } from './outputs.ts';
import type { Buffer, Region } from './region.ts';
import { ScalarDag, TooLarge } from './scalar-dag.ts';
import { Scalariser } from './scalarise.ts';
import { type Schedule, schedule } from './schedule.ts';
import { ScalarTarget, type Target } from './target.ts';
import { type Chunks, chunksOf, fork, whicheverSize } from './threads/fork.ts';
import type { Value } from './values.ts';
import { VectorTarget } from './vector-target.ts';

/** An estimate. */
const NANOSECONDS_PER_ITEM = 0.5;

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
  const blocks = Math.ceil(batch / target.lanes);
  const chunks = blockChunks(g, blocks * itemsOf(plan, dag.root) * NANOSECONDS_PER_ITEM, batch, target.lanes);
  const frame = new Frame(g, dag, target, plan, chunks ? g.threads.count : 1);
  // The distance of the frame comes behind the lane and the counters.
  const framed: readonly ValueType[] = chunks ? [I32] : [];
  const kernel: Kernel = {
    g,
    dag,
    target,
    schedule: plan,
    slot: (id) => frame.slot(id),
    carrySlot: (loop, index) => frame.carrySlot(loop, index),
    counter: (loop) => LANE + loop.depth,
    pushFrame: (f) => (chunks ? f.get(f.params.length - 1) : f.i32(0)),
  };
  const segments = buildSegments(kernel, framed);
  const block = g.module.function([I32, ...framed], []);
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
        if (chunks) block.get(1);
        block.call(segments[step.index].index);
      }
    }
  };
  runRegion(dag.root, [LANE]);
  const run = g.module.function([], []);
  const last = batch - target.lanes;
  const runBlock = (f: FunctionBuilder, start: number): void => {
    // The last block overlaps the one before it when the lanes do not divide the batch.
    f.i32(last).get(start).i32(last).op(i32.less, control.select);
  };
  if (chunks) {
    fork(g, run, chunks.count, [], (f, { chunk, thread }) => {
      const start = f.local(I32);
      f.get(chunk)
        .i32(chunks.size * target.lanes)
        .op(i32.multiply)
        .set(start);
      whicheverSize(f, chunks, chunk, (size) => {
        f.loop(size, () => {
          f.get(start);
          runBlock(f, start);
          f.get(thread).i32(frame.bytes).op(i32.multiply).call(block.index);
          advance(f, start, target.lanes);
        });
      });
    });
  } else {
    run.loop(blocks, (counter) => {
      const start = run.local(I32);
      run.get(counter).i32(target.lanes).op(i32.multiply).tee(start);
      runBlock(run, start);
      run.call(block.index);
    });
  }
  return {
    run,
    report: {
      schedule: 'S1',
      lanes: target.lanes,
      batch,
      operations: plan.operations,
      functions: plan.segments,
      fma: g.fma && target.lanes > 1,
      ...(chunks && { threads: g.threads.count }),
    },
  };
}

/** Chunks of blocks; two blocks with lanes in common are in the same one. */
function blockChunks(g: Generator, nanoseconds: number, batch: number, lanes: number): Chunks | undefined {
  const apart = Math.floor(batch / lanes);
  const chunks = chunksOf(g, nanoseconds, apart);
  return chunks && { ...chunks, last: chunks.last + (batch > apart * lanes ? 1 : 0) };
}

/** Pieces of work in one block of lanes, those of loops as often as they run. */
function itemsOf(plan: Schedule, region: Region): number {
  return (plan.steps.get(region) ?? []).reduce(
    (sum, step) =>
      sum + (step.kind === 'loop' ? step.loop.length * itemsOf(plan, step.loop) : step.items.length),
    0,
  );
}

function buildSegments(kernel: Kernel, framed: readonly ValueType[]): FunctionBuilder[] {
  const out: FunctionBuilder[] = [];
  for (const [region, steps] of kernel.schedule.steps) {
    for (const step of steps) {
      if (step.kind !== 'segment') continue;
      const f = kernel.g.module.function(
        [...new Array<ValueType>(region.depth + 1).fill(I32), ...framed],
        [],
      );
      new SegmentEmitter(kernel, f, step.index).emit(step.items);
      out[step.index] = f;
    }
  }
  return out;
}

/** The working memory of one block of lanes, for each thread. */
class Frame {
  /** Bytes for one thread. */
  readonly bytes: number;
  private readonly slotBytes: number;
  private readonly slots = new Map<number, number>();
  private readonly carries = new Map<Region, number>();

  constructor(g: Generator, dag: ScalarDag, { slotBytes }: Target, plan: Schedule, threads: number) {
    this.slotBytes = slotBytes;
    let used = 0;
    const take = (scalars: number): number => {
      used += scalars;
      return used - scalars;
    };
    plan.crossing.forEach((crosses, id) => {
      if (crosses) this.slots.set(id, take(1));
    });
    for (const region of plan.steps.keys()) this.carries.set(region, take(region.next.length));
    // Frame arrays that are read get an address; stores to the others are dropped.
    const arrays = new Map<Buffer, number>();
    const visit = (id: number): void => {
      const leaf = dag.leaf[id];
      if (leaf?.kind !== 'load' || leaf.buffer.external || arrays.has(leaf.buffer)) return;
      arrays.set(leaf.buffer, take(leaf.buffer.length));
    };
    for (const steps of plan.steps.values()) {
      for (const step of steps) {
        if (step.kind !== 'segment') continue;
        for (const item of step.items) for (const id of readsOf(dag, item)) visit(id);
      }
    }
    this.bytes = Math.ceil((used * slotBytes) / 64) * 64;
    const start = g.memory.allocate(threads * this.bytes);
    const address = (scalar: number): number => start + scalar * slotBytes;
    for (const [id, at] of this.slots) this.slots.set(id, address(at));
    for (const [region, at] of this.carries) this.carries.set(region, address(at));
    for (const [buffer, at] of arrays) buffer.address = address(at);
  }

  slot(id: number): number {
    return present(this.slots.get(id), 'a slot');
  }

  carrySlot(loop: Region, index: number): number {
    return present(this.carries.get(loop), 'a slot') + index * this.slotBytes;
  }
}
