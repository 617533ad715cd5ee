/** Grows an ONNX graph: fresh names, constants stored once, bodies that see the values around them. */
import { allocate, type DType, type TypedArray } from '../dtype.ts';
import { type Shape, sameShape } from '../shape.ts';
import type { Attribute, ElementType, Graph, Initializer, OnnxNode, ValueInfo } from './model.ts';
import { TYPE_CODE } from './model.ts';

/** The name of a value in the graph. */
export type Value = string;

/** What a body takes. */
export type Signature = Omit<ValueInfo, 'name'>;

/** Values and the types that a graph gives them. */
export interface TypedValue extends Signature {
  readonly value: Value;
}

const bytesOf = (data: TypedArray | BigInt64Array): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);

/** What the graph of a model and its bodies share: a name is used once in all of them. */
class Scope {
  readonly initializers: Initializer[] = [];
  private readonly taken: Set<string>;
  private readonly byKind = new Map<string, Initializer[]>();
  private count = 0;

  constructor(taken: Iterable<string>) {
    this.taken = new Set(taken);
  }

  fresh(word: string): string {
    for (;;) {
      const name = `${word}_${this.count++}`;
      if (!this.taken.has(name)) return name;
    }
  }

  /** The constant with these bytes. */
  constant(data: TypedArray | BigInt64Array, shape: Shape, type: ElementType): Value {
    const kind = `${type} ${shape.join()}`;
    const alike = this.byKind.get(kind) ?? [];
    const found = alike.find((other) => sameBytes(bytesOf(other.data), bytesOf(data)));
    if (found) return found.name;
    const made = { name: this.fresh('constant'), type, shape, data };
    this.byKind.set(kind, [...alike, made]);
    this.initializers.push(made);
    return made.name;
  }
}

/** One graph under construction. */
export class GraphBuilder {
  private readonly nodes: OnnxNode[] = [];
  private readonly scope: Scope;

  private constructor(scope: Scope) {
    this.scope = scope;
  }

  /** A graph for a model whose inputs and outputs have the given names, made by `build` from the inputs. */
  static model(
    name: string,
    inputs: readonly ValueInfo[],
    outputs: readonly ValueInfo[],
    build: (g: GraphBuilder, inputs: readonly Value[]) => readonly Value[],
  ): Graph {
    const scope = new Scope([...inputs, ...outputs].map((v) => v.name));
    const g = new GraphBuilder(scope);
    const results = build(
      g,
      inputs.map((v) => v.name),
    );
    results.forEach((result, i) => {
      g.node('Identity', [result], {}, [outputs[i].name]);
    });
    return { name, nodes: g.nodes, inputs, outputs, initializers: scope.initializers };
  }

  /** A body for a loop or branch. It may use values of this graph. */
  body(
    inputs: readonly Signature[],
    build: (g: GraphBuilder, inputs: readonly Value[]) => readonly TypedValue[],
  ): Graph {
    const g = new GraphBuilder(this.scope);
    const named = inputs.map((signature) => ({ ...signature, name: this.scope.fresh('input') }));
    const results = build(
      g,
      named.map((v) => v.name),
    );
    // A result must be made in the body itself, even where it is one of its inputs or a value from outside.
    const outputs = results.map(({ value, type, shape }) => ({
      name: g.op('Identity', [value]),
      type,
      shape,
    }));
    return { name: this.scope.fresh('body'), nodes: g.nodes, inputs: named, outputs, initializers: [] };
  }

  private node(
    type: string,
    inputs: readonly Value[],
    attributes: Readonly<Record<string, Attribute>>,
    outputs: readonly Value[],
  ): void {
    this.nodes.push({ type, name: this.scope.fresh(`node_${type}`), inputs, outputs, attributes });
  }

  /** Adds an operation with one output. */
  op(type: string, inputs: readonly Value[], attributes: Readonly<Record<string, Attribute>> = {}): Value {
    return this.ops(type, inputs, attributes, 1)[0];
  }

  /** Adds an operation with several outputs. */
  ops(
    type: string,
    inputs: readonly Value[],
    attributes: Readonly<Record<string, Attribute>>,
    count: number,
  ): Value[] {
    const outputs = Array.from({ length: count }, () => this.scope.fresh(type));
    this.node(type, inputs, attributes, outputs);
    return outputs;
  }

  constant(data: TypedArray, shape: Shape, dtype: DType): Value {
    return this.scope.constant(data, shape, dtype);
  }

  /** A scalar constant. */
  scalar(value: number, type: DType | 'int64'): Value {
    const data = type === 'int64' ? BigInt64Array.of(BigInt(value)) : allocate(type, 1).fill(value);
    return this.scope.constant(data, [], type);
  }

  /** A constant vector of integers: a shape, axes, starts. */
  integers(values: readonly number[]): Value {
    return this.scope.constant(BigInt64Array.from(values, BigInt), [values.length], 'int64');
  }

  cast(x: Value, to: ElementType): Value {
    return this.op('Cast', [x], { to: TYPE_CODE[to] });
  }

  /** Repeats a value from one shape to another. */
  expand(x: Value, from: Shape, to: Shape): Value {
    return sameShape(from, to) ? x : this.op('Expand', [x, this.integers(to)]);
  }

  reshape(x: Value, from: Shape, to: Shape): Value {
    return sameShape(from, to) ? x : this.op('Reshape', [x, this.integers(to)]);
  }

  /** `condition ? yes : no`, which onnxruntime has for neither uint32 nor bool: these pass through wider types. */
  where(condition: Value, yes: Value, no: Value, dtype: ElementType): Value {
    return this.through(WHERE_TYPE[dtype], dtype, [yes, no], (operands) =>
      this.op('Where', [condition, ...operands]),
    );
  }

  /** Computes in `type` (when it is given) and converts back; integers wrap on the way back. */
  through(
    type: ElementType | undefined,
    dtype: ElementType,
    operands: readonly Value[],
    compute: (operands: readonly Value[]) => Value,
  ): Value {
    if (type === undefined || type === dtype) return compute(operands);
    return this.cast(compute(operands.map((x) => this.cast(x, type))), dtype);
  }
}

const WHERE_TYPE: Readonly<Partial<Record<ElementType, ElementType>>> = { uint32: 'int64', bool: 'uint8' };
