/** The code of a loop nest: vectors along the last axis, scalars for what is left of it. */

import type { DType } from '../../../dtype.ts';
import { present } from '../../../errors.ts';
import type { ScalarFunction } from '../../../ir/scalar-functions.ts';
import { sizeOf } from '../../../shape.ts';
import type { Tensor } from '../../../tensor.ts';
import { type Location, load, store } from '../access.ts';
import type { FunctionBuilder } from '../encoder.ts';
import type { Generator } from '../generator.ts';
import { ScalarTarget } from '../target.ts';
import { chunksOf, fork, whicheverSize } from '../threads/fork.ts';
import { VectorTarget } from '../vector-target.ts';
import { Axes, type NestPart } from './axes.ts';
import type { Access, Nest, Source, Statement } from './group.ts';
import { Reduction } from './reduction.ts';

/** Nests of few statements compute this many vectors in one turn of the innermost loop. */
const UNROLL = 2;
const FEW_STATEMENTS = 8;

const dtypesOf = (statement: Statement): DType[] => {
  const sources = statement.kind === 'compute' ? statement.sources : [statement.source];
  const read = sources.map((s) =>
    s.kind === 'memory' ? s.access.dtype : s.kind === 'constant' ? s.dtype : s.node.dtype,
  );
  return [...read, statement.out.dtype];
};

/** An estimate of the time of one thread. */
const nestNanoseconds = ({ shape, statements }: Nest): number =>
  sizeOf(shape) * statements.reduce((sum, s) => sum + (s.kind === 'compute' && isSlow(s.node) ? 2 : 0.25), 0);

const isSlow = (node: Tensor): boolean => node.is('elementwise') && SLOW.includes(node.attributes.fn);

/** Functions of many instructions. */
const SLOW: readonly ScalarFunction[] = [
  ...(['exp', 'expm1', 'log', 'log1p', 'sin', 'cos', 'tanh', 'sigmoid', 'softplus', 'erf', 'power'] as const),
  ...(['threefry0', 'threefry1'] as const),
];

class NestWriter {
  private readonly f: FunctionBuilder;
  private readonly nest: Nest;
  private readonly axes: Axes;
  private readonly scalar: ScalarTarget;
  private readonly vector: VectorTarget | undefined;
  private readonly unroll: number;
  private readonly reductions = new Map<Statement, Reduction>();

  constructor(g: Generator, f: FunctionBuilder, nest: Nest, part?: NestPart) {
    this.f = f;
    this.nest = nest;
    this.axes = new Axes(f, nest, part);
    this.scalar = new ScalarTarget(g);
    const { statements } = nest;
    const lanes = statements.some((s) => dtypesOf(s).includes('float64')) ? 2 : 4;
    // Masks cannot be combined as numbers.
    const masks = statements.some((s) => s.kind === 'reduce' && s.node.dtype === 'bool');
    const long = (this.axes.extents.at(-1) ?? 0) >= lanes;
    this.vector = long && !masks ? new VectorTarget(g, lanes) : undefined;
    this.unroll = statements.length <= FEW_STATEMENTS ? UNROLL : 1;
    const at = { f, axes: this.axes, scalar: this.scalar, vector: this.vector };
    for (const s of statements) if (s.kind === 'reduce') this.reductions.set(s, new Reduction(at, s));
  }

  /** The nest, or the part of it, for results that `begin` has prepared. */
  run(): void {
    this.axes.start();
    this.level(0);
  }

  /** Before the nest: prepares the results of reductions. */
  begin(): void {
    this.axes.start();
    for (const reduction of this.reductions.values()) reduction.prepare();
  }

  end(): void {
    for (const reduction of this.reductions.values()) reduction.finish();
  }

  /** The axis along which the nest can best be divided among threads, if any: no result depends on the division. */
  division(g: Generator): Pick<NestPart, 'axis' | 'chunks'> | undefined {
    const { axes, nest, vector, unroll } = this;
    const last = axes.extents.length - 1;
    const nanoseconds = nestNanoseconds(nest);
    let best: Pick<NestPart, 'axis' | 'chunks'> | undefined;
    axes.extents.forEach((extent, axis) => {
      if ([...this.reductions.values()].some((r) => r.reduces(axis))) return;
      // Every element has to be computed by the same instructions, those for vectors or those for scalars.
      const inner = axis === last;
      const granule = inner && vector ? vector.lanes * unroll : 1;
      const chunks = chunksOf(
        g,
        nanoseconds,
        extent,
        inner && last > 0 ? { granule, perThread: 1 } : { granule },
      );
      if (chunks && chunks.count > (best?.chunks.count ?? 1)) best = { axis, chunks };
    });
    return best;
  }

  private level(depth: number): void {
    const { f, axes } = this;
    const { extents } = axes;
    const here = depth < extents.length ? [...this.reductions.values()].filter((r) => r.level === depth) : [];
    for (const reduction of here) reduction.open(this.unroll);
    if (depth === extents.length) this.body(this.scalar, 0, 0);
    else if (depth === extents.length - 1) this.innermost(extents[depth]);
    else {
      f.loop(extents[depth], () => {
        this.level(depth + 1);
        axes.advance(depth, 1);
      });
      axes.advance(depth, -extents[depth]);
    }
    for (const reduction of here) reduction.close();
  }

  private innermost(extent: number): void {
    const { f, axes, vector, unroll } = this;
    const axis = axes.extents.length - 1;
    let done = 0;
    const run = (target: ScalarTarget | VectorTarget, copies: number): void => {
      const step = target.lanes * copies;
      const turns = Math.floor((extent - done) / step);
      if (turns === 0) return;
      f.loop(turns, () => {
        for (let copy = 0; copy < copies; copy++) this.body(target, copy * target.lanes, copy);
        axes.advance(axis, step);
      });
      done += turns * step;
    };
    if (vector) {
      if (unroll > 1) run(vector, unroll);
      run(vector, 1);
    }
    run(this.scalar, 1);
    axes.advance(axis, -extent);
  }

  /** All statements for the elements from `shift` on along the last axis. */
  private body(target: ScalarTarget | VectorTarget, shift: number, copy: number): void {
    const { f, axes } = this;
    const registers = new Map<Tensor, number>();
    const loaded = new Map<string, number>();
    const locate = (access: Access): Location => {
      const { address, offset } = axes.locate(access);
      const laneBytes = axes.innerStride(access);
      return { address, offset: offset + shift * laneBytes, laneBytes };
    };
    const fetch = (access: Access): number => {
      const { offset } = axes.locate(access);
      const key = JSON.stringify([offset, access.dtype, access.strides, access.place.terms]);
      const known = loaded.get(key);
      if (known !== undefined) return known;
      const local = f.local(target.valueType(access.dtype));
      load(f, target, access.dtype, locate(access));
      f.set(local);
      loaded.set(key, local);
      return local;
    };
    const push = (source: Source): void => {
      if (source.kind === 'constant') target.constant(f, source.dtype, source.value);
      else f.get(source.kind === 'memory' ? fetch(source.access) : registerOf(registers, source.node));
    };
    const inLocal = (source: Source): number => {
      if (source.kind === 'memory') return fetch(source.access);
      if (source.kind === 'register') return registerOf(registers, source.node);
      const local = f.local(target.valueType(source.dtype));
      push(source);
      f.set(local);
      return local;
    };
    for (const statement of this.nest.statements) {
      if (statement.kind === 'compute') {
        const { node, sources } = statement;
        for (const source of sources) if (source.kind === 'memory') fetch(source.access);
        this.compute(target, statement, push);
        const local = f.local(target.valueType(node.dtype));
        f.set(local);
        registers.set(node, local);
        if (statement.stored) store(f, target, node.dtype, locate(statement.out), local);
      } else if (statement.kind === 'store') {
        store(f, target, statement.out.dtype, locate(statement.out), inLocal(statement.source));
      } else {
        const reduction = this.reductions.get(statement);
        const value = inLocal(statement.source);
        if (!reduction || reduction.level === axes.extents.length)
          reduction?.addInMemory(target, value, shift);
        else if (target.lanes === 1) reduction.addScalar(value);
        else reduction.addVector(value, copy);
      }
    }
  }

  private compute(
    target: ScalarTarget | VectorTarget,
    { node, sources }: Extract<Statement, { kind: 'compute' }>,
    push: (source: Source) => void,
  ): void {
    const { f } = this;
    if (node.is('cast')) {
      push(sources[0]);
      target.cast(f, node.inputs[0].dtype, node.dtype);
    } else if (node.is('elementwise')) {
      const { fn } = node.attributes;
      // The machine's select takes the condition last.
      const order = fn === 'select' ? [1, 2, 0] : sources.map((_, i) => i);
      for (const i of order) push(sources[i]);
      target.apply(f, fn, node.inputs[order[0]].dtype);
    }
  }
}

/** Appends the code of a nest, in parallel where it is large enough; `params`: the parameters of the loops around. */
export function writeNest(g: Generator, f: FunctionBuilder, nest: Nest, params: readonly number[]): void {
  if (nest.shape.includes(0)) return;
  const whole = new NestWriter(g, f, nest);
  const division = whole.division(g);
  whole.begin();
  if (division) {
    const { count } = division.chunks;
    fork(g, f, count, params, (region, { passed, chunk }) => {
      whicheverSize(region, division.chunks, chunk, (size) => {
        new NestWriter(g, region, nest, { ...division, size, chunk, params: passed }).run();
      });
    });
  } else whole.run();
  whole.end();
}

const registerOf = (registers: ReadonlyMap<Tensor, number>, node: Tensor): number =>
  present(registers.get(node), node.op);
