/** Scalar functions applied element by element, with NumPy broadcasting among the inputs. */
import { allocate, type DType } from '../dtype.ts';
import { ArgumentError } from '../errors.ts';
import { sumTo, zerosLike } from '../ir/arithmetic.ts';
import { isZero, makeNode } from '../ir/build.ts';
import { derivatives } from '../ir/derivatives.ts';
import { type ScalarFunction, scalarFunction } from '../ir/scalar-functions.ts';
import { broadcastShapes, broadcastStrides, offsets, type Shape, sameShape, sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { broadcast } from './broadcast.ts';
import { simplifyElementwise } from './elementwise-simplify.ts';
import { notLinear, type Primitive } from './primitive.ts';
import { reshape } from './reshape.ts';

/** The tensor below a broadcast: elementwise nodes broadcast their inputs themselves. */
const bare = (x: Tensor): Tensor => (x.is('broadcast') ? x.inputs[0] : x);

/** The dtype of the result; the operands (other than select's condition) must share one that the function takes. */
function resultType(fn: ScalarFunction, inputs: readonly Tensor[]): DType {
  const { domain, result } = scalarFunction(fn);
  const operands = fn === 'select' ? inputs.slice(1) : inputs;
  const dtype = operands[0].dtype;
  const float = dtype === 'float32' || dtype === 'float64';
  const accepted =
    domain === 'any' ||
    (domain === 'float' && float) ||
    (domain === 'integer' && !float && dtype !== 'bool') ||
    (domain === 'number' && dtype !== 'bool') ||
    (domain === 'bool' && dtype === 'bool');
  if (!accepted || operands.some((o) => o.dtype !== dtype)) {
    const types = operands.map((o) => o.dtype).join(', ');
    throw new ArgumentError(fn, 'operands', `be ${domain === 'any' ? 'of one dtype' : domain}`, types);
  }
  if (fn === 'select' && inputs[0].dtype !== 'bool') {
    throw new ArgumentError(fn, 'condition', 'be bool', inputs[0].dtype);
  }
  return result === 'bool' ? 'bool' : dtype;
}

/** Applies a scalar function; inputs of one dtype broadcast together. */
export function elementwise(fn: ScalarFunction, inputs: readonly Tensor[]): Tensor {
  const dtype = resultType(fn, inputs);
  const full = broadcastShapes(fn, ...inputs.map((x) => x.shape));
  const bares = inputs.map(bare);
  const simpler = simplifyElementwise(fn, bares);
  if (simpler) return broadcast(simpler, full);
  const shape = broadcastShapes(fn, ...bares.map((x) => x.shape));
  return broadcast(makeNode('elementwise', bares, { fn }, shape, dtype), full);
}

/** One function of up to four operands over broadcast storage. */
function evaluateAll(fn: ScalarFunction, inputs: readonly Tensor[], shape: Shape, dtype: DType) {
  const out = allocate(dtype, sizeOf(shape));
  const { evaluate } = scalarFunction(fn);
  const exact = fn === 'multiply' && dtype !== 'float32' && dtype !== 'float64' ? Math.imul : evaluate;
  const readers = inputs.map((x) => {
    const { data } = bare(x);
    const from = bare(x).shape;
    return { data, at: sameShape(from, shape) ? undefined : offsets(shape, broadcastStrides(from, shape)) };
  });
  const read = (r: (typeof readers)[number] | undefined, i: number): number =>
    r ? r.data[r.at ? r.at[i] : i] : 0;
  const [a, b, c, d] = readers;
  for (let i = 0; i < out.length; i++) out[i] = exact(read(a, i), read(b, i), read(c, i), read(d, i));
  return out;
}

/** A sum or a choice with a part that is constant is affine, not linear, unless that part is zero. */
function requireLinear(
  node: Tensor<'elementwise'>,
  linear: readonly boolean[],
  parts: readonly number[],
): void {
  if (parts.some((i) => !linear[i] && !isZero(node.inputs[i]))) throw notLinear(node.attributes.fn);
}

export const elementwisePrimitive: Primitive<'elementwise'> = {
  rebuild: (inputs, node) => elementwise(node.attributes.fn, inputs),
  evaluate: (inputs, { fn }, shape, dtype) => evaluateAll(fn, inputs, shape, dtype),
  jvp(node, tangents) {
    const { fn } = node.attributes;
    const [a, b] = tangents;
    const full = (t: Tensor | null) => t && broadcast(t, node.shape);
    if (fn === 'add') return a && b ? elementwise('add', [a, b]) : full(a ?? b ?? null);
    if (fn === 'subtract') {
      if (a && b) return elementwise('subtract', [a, b]);
      return a ? full(a) : b && full(elementwise('negate', [b]));
    }
    if (fn === 'negate') return a && elementwise('negate', [a]);
    if (fn === 'select') {
      const [, yes, no] = tangents.map((t, i) => t ?? zerosLike(node.inputs[i]));
      return tangents[1] || tangents[2] ? elementwise('select', [node.inputs[0], yes, no]) : null;
    }
    let total: Tensor | null = null;
    derivatives(node).forEach((partial, i) => {
      const tangent = tangents[i];
      if (!partial || !tangent) return;
      const term = elementwise('multiply', [partial(), tangent]);
      total = total ? elementwise('add', [total, term]) : term;
    });
    return full(total);
  },
  transpose(node, cotangent, linear) {
    const { fn } = node.attributes;
    const [x, y] = node.inputs;
    const to = (i: number, c: Tensor) => (linear[i] ? sumTo(c, node.inputs[i].shape) : null);
    switch (fn) {
      case 'add':
        requireLinear(node, linear, [0, 1]);
        return [to(0, cotangent), to(1, cotangent)];
      case 'subtract':
        requireLinear(node, linear, [0, 1]);
        return [to(0, cotangent), linear[1] ? to(1, elementwise('negate', [cotangent])) : null];
      case 'negate':
        return [elementwise('negate', [cotangent])];
      case 'multiply':
        if (linear[0] && linear[1]) throw notLinear(fn);
        return linear[0]
          ? [to(0, elementwise('multiply', [cotangent, y])), null]
          : [null, to(1, elementwise('multiply', [cotangent, x]))];
      case 'divide':
        if (linear[1]) throw notLinear(fn);
        return [to(0, elementwise('divide', [cotangent, y])), null];
      case 'select': {
        if (linear[0]) throw notLinear(fn);
        requireLinear(node, linear, [1, 2]);
        const zero = zerosLike(cotangent);
        return [
          null,
          linear[1] ? to(1, elementwise('select', [x, cotangent, zero])) : null,
          linear[2] ? to(2, elementwise('select', [x, zero, cotangent])) : null,
        ];
      }
      default:
        throw notLinear(fn);
    }
  },
  batch(inputs, node, batched, size) {
    const rank = node.shape.length;
    const aligned = inputs.map((x, i) => {
      if (!batched[i]) return x;
      const own = x.shape.slice(1);
      return reshape(x, [size, ...new Array<number>(rank - own.length).fill(1), ...own]);
    });
    return elementwise(node.attributes.fn, aligned);
  },
};
