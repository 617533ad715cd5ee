/**
 * ONNX models as plain objects, and their bytes.
 *
 * Only the messages and fields that an exported function needs. Source: onnx.proto of ONNX 1.21 (field numbers below);
 * the wire format is written by `@bufbuild/protobuf`, which has no dependencies, and of which only the writer is used.
 */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { DType, TypedArray } from '../dtype.ts';
import type { Shape } from '../shape.ts';

/** Element types in a model: those of tensors, and two that only lowerings use. */
export type ElementType = DType | 'int64' | 'uint8';

/** TensorProto.DataType. */
export const TYPE_CODE: Readonly<Record<ElementType, number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float64: 11,
  uint32: 12,
};

/** A named value with its type. */
export interface ValueInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: Shape;
}

/** A named constant. */
export interface Initializer extends ValueInfo {
  readonly data: TypedArray | BigInt64Array;
}

/** An attribute of a node: an integer, a text, integers, or a body. */
export type Attribute = number | string | readonly number[] | Graph;

/** An operation. */
export interface OnnxNode {
  readonly type: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A graph, or the body of a loop or branch; the initialisers of a model are all in its outermost graph. */
export interface Graph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly initializers: readonly Initializer[];
}

/**
 * The version of the operator set: the newest one that onnxruntime 1.30 supports officially. What the lowerings use
 * has had the same schemas since version 18.
 */
const OPSET = 26;

/** The version of the file format that came with the operator set. */
const IR_VERSION = 13;

/** AttributeProto.AttributeType. */
const ATTRIBUTE_TYPE = { integer: 2, text: 3, graph: 5, integers: 7 } as const;

const text = (w: BinaryWriter, field: number, value: string) =>
  w.tag(field, WireType.LengthDelimited).string(value);

const integer = (w: BinaryWriter, field: number, value: number) => w.tag(field, WireType.Varint).int64(value);

function message(w: BinaryWriter, field: number, write: (w: BinaryWriter) => void): void {
  w.tag(field, WireType.LengthDelimited).fork();
  write(w);
  w.join();
}

function writeAttribute(w: BinaryWriter, name: string, value: Attribute): void {
  text(w, 1, name);
  if (typeof value === 'number') {
    integer(w, 3, value);
    integer(w, 20, ATTRIBUTE_TYPE.integer);
  } else if (typeof value === 'string') {
    text(w, 4, value);
    integer(w, 20, ATTRIBUTE_TYPE.text);
  } else if ('nodes' in value) {
    message(w, 6, (inner) => writeGraph(inner, value));
    integer(w, 20, ATTRIBUTE_TYPE.graph);
  } else {
    for (const entry of value) integer(w, 8, entry);
    integer(w, 20, ATTRIBUTE_TYPE.integers);
  }
}

function writeNode(w: BinaryWriter, node: OnnxNode): void {
  for (const name of node.inputs) text(w, 1, name);
  for (const name of node.outputs) text(w, 2, name);
  text(w, 3, node.name);
  text(w, 4, node.type);
  for (const [name, value] of Object.entries(node.attributes)) {
    message(w, 5, (inner) => writeAttribute(inner, name, value));
  }
}

function writeInitializer(w: BinaryWriter, { name, type, shape, data }: Initializer): void {
  for (const length of shape) integer(w, 1, length);
  integer(w, 2, TYPE_CODE[type]);
  text(w, 8, name);
  // raw_data is little-endian, as are the typed arrays of every platform that runs JavaScript engines today.
  w.tag(9, WireType.LengthDelimited).bytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

/** name, type { tensor_type { elem_type, shape { dim { dim_value } } } } */
function writeValueInfo(w: BinaryWriter, { name, type, shape }: ValueInfo): void {
  text(w, 1, name);
  message(w, 2, (typeProto) =>
    message(typeProto, 1, (tensorType) => {
      integer(tensorType, 1, TYPE_CODE[type]);
      message(tensorType, 2, (shapeProto) => {
        for (const length of shape) message(shapeProto, 1, (dim) => integer(dim, 1, length));
      });
    }),
  );
}

function writeGraph(w: BinaryWriter, graph: Graph): void {
  for (const node of graph.nodes) message(w, 1, (inner) => writeNode(inner, node));
  text(w, 2, graph.name);
  for (const tensor of graph.initializers) message(w, 5, (inner) => writeInitializer(inner, tensor));
  for (const input of graph.inputs) message(w, 11, (inner) => writeValueInfo(inner, input));
  for (const output of graph.outputs) message(w, 12, (inner) => writeValueInfo(inner, output));
}

/** The bytes of a model file. */
export function encodeModel(graph: Graph): Uint8Array {
  const w = new BinaryWriter();
  integer(w, 1, IR_VERSION);
  text(w, 2, '@descant/tensor-ops');
  message(w, 7, (inner) => writeGraph(inner, graph));
  message(w, 8, (opset) => integer(opset, 2, OPSET));
  return w.finish();
}
