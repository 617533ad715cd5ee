/** Makes nodes: hash-consing while a transformation traces, and evaluation at once when every input is concrete. */
import { allocate, type DType, isFloat, type TypedArray } from '../dtype.ts';
import { ArgumentError, showShape } from '../errors.ts';
import { type MultiOp, primitiveOf } from '../primitives/index.ts';
import { type Shape, sizeOf } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import type { Attributes, Op, Program } from './attributes.ts';
import { currentSource, recorder } from './source.ts';

/** Nodes of the trace under way by structure, so that equal expressions are one node; undefined outside of traces. */
let interned: Map<string, Tensor> | undefined;

/** Runs `trace` with hash-consing; the table lives as long as the outermost trace. */
export function withInterning<T>(trace: () => T): T {
  if (interned) return trace();
  interned = new Map();
  try {
    return trace();
  } finally {
    interned = undefined;
  }
}

/** A fresh symbolic variable, equal to nothing but itself. */
export const variable = (name: string, shape: Shape, dtype: DType): Tensor<'variable'> =>
  new Tensor('variable', [], { name }, [...shape], dtype, currentSource());

/** A variable that stands for a tensor of the same shape and dtype. */
export const variableLike = (name: string, like: Pick<Tensor, 'shape' | 'dtype'>): Tensor<'variable'> =>
  variable(name, like.shape, like.dtype);

/** A concrete tensor around storage that nobody else changes. */
export function constant(data: TypedArray, shape: Shape, dtype: DType): Tensor<'constant'> {
  if (data.length !== sizeOf(shape)) {
    throw new ArgumentError(
      'constant',
      'data',
      `have ${sizeOf(shape)} elements for ${showShape(shape)}`,
      `${data.length}`,
    );
  }
  return new Tensor('constant', [], { data }, [...shape], dtype, undefined);
}

/** A concrete scalar; equal scalars of one trace are one node. */
export function scalar(value: number, dtype: DType): Tensor {
  const stored = dtype === 'bool' ? Number(value !== 0) : value;
  const make = () => constant(allocate(dtype, 1).fill(stored), [], dtype);
  if (!interned) return make();
  const key = `scalar ${Object.is(value, -0) ? '-0' : value} ${dtype}`;
  let node = interned.get(key);
  if (!node) {
    node = make();
    interned.set(key, node);
  }
  return node;
}

/** The number that every element of a concrete tensor equals, when it is stored as such; otherwise undefined. */
export function uniformValue(x: Tensor): number | undefined {
  const source = x.is('broadcast') ? x.inputs[0] : x;
  return source.is('constant') && source.size === 1 ? source.attributes.data[0] : undefined;
}

/** An operation on constants, done now; while debugging, the place where it stops being finite is reported now too. */
function folded<K extends Op>(
  op: K,
  inputs: readonly Tensor[],
  attributes: Attributes[K],
  shape: Shape,
  dtype: DType,
): TypedArray {
  const data = primitiveOf(op).evaluate(inputs, attributes, shape, dtype);
  if (isFloat(dtype)) {
    recorder()?.folded('fn' in attributes ? String(attributes.fn) : op, inputs, data, shape, currentSource());
  }
  return data;
}

/** True for a concrete tensor of zeros. */
export const isZero = (x: Tensor): boolean => x.isConcrete && x.data.every((value) => value === 0);

/** JSON has one text, null, for NaN and both infinities. */
const nonFiniteAsText = (_: string, value: unknown) =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;

/**
 * The node for a single-output primitive: evaluated when all inputs are concrete, shared when an equal one exists.
 */
export function makeNode<K extends Op>(
  op: K,
  inputs: readonly Tensor[],
  attributes: Attributes[K],
  shape: Shape,
  dtype: DType,
): Tensor {
  if (op !== 'broadcast' && inputs.every((i) => i.isConcrete)) {
    return new Tensor<Op>(
      'constant',
      [],
      { data: folded(op, inputs, attributes, shape, dtype) },
      [...shape],
      dtype,
    );
  }
  const fresh = () => new Tensor<Op>(op, inputs, attributes, [...shape], dtype, currentSource());
  if (!interned) return fresh();
  const detail = JSON.stringify(attributes, nonFiniteAsText);
  const key = `${op} ${inputs.map((i) => i.id).join()} ${detail} ${shape.join()} ${dtype}`;
  let node = interned.get(key);
  if (!node) {
    node = fresh();
    interned.set(key, node);
  }
  return node;
}

const programIds = new WeakMap<Program, number>();
let nextProgramId = 0;

/** A number for each program object, for comparing nodes that contain programs. */
function programId(program: Program): number {
  let id = programIds.get(program);
  if (id === undefined) {
    id = nextProgramId++;
    programIds.set(program, id);
  }
  return id;
}

/** True while a transformation traces: work that a compiled program should do must not be done now. */
export const isTracing = (): boolean => interned !== undefined;

/**
 * The outputs of a node with several; the same node when one with the same programs and inputs exists. `identity`
 * stands for attributes that cannot be compared as text (functions and nodes).
 */
export function makeMultiNode<K extends MultiOp>(
  op: K,
  inputs: readonly Tensor[],
  attributes: Attributes[K],
  programs: readonly Program[],
  outputs: readonly Pick<Tensor, 'shape' | 'dtype'>[],
  identity?: string,
): Tensor[] {
  const shared = <T extends Tensor>(key: string, make: () => T): Tensor => {
    const found = interned?.get(key);
    if (found) return found;
    const node = make();
    interned?.set(key, node);
    return node;
  };
  const plain = (_: string, value: unknown) => (programs.includes(value as Program) ? undefined : value);
  const detail = `${programs.map(programId).join()} ${identity ?? JSON.stringify(attributes, plain)}`;
  const key = `${op} ${inputs.map((i) => i.id).join()} ${detail}`;
  const node = shared(key, () => new Tensor<Op>(op, inputs, attributes, [], 'float32', currentSource()));
  return outputs.map(({ shape, dtype }, index) =>
    shared(
      `projection ${node.id} ${index}`,
      () => new Tensor<Op>('projection', [node], { index }, [...shape], dtype, currentSource()),
    ),
  );
}
