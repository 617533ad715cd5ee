/**
 * The loop: carries that a body updates, inputs scanned along axis 0, stacked outputs.
 *
 * Differentiation makes two loops: the primal one, which also stacks the residuals that the derivative needs, and
 * a linear one over the tangents that reads them. Transposing the linear loop runs it in the other direction.
 */
import { isFloat } from '../dtype.ts';
import { filled, zerosLike } from '../ir/arithmetic.ts';
import type { Attributes } from '../ir/attributes.ts';
import { constant, isTracing, makeMultiNode, variable, variableLike } from '../ir/build.ts';
import { closeOver, dependents, pairs, reachable, substitute } from '../ir/graph.ts';
import { interpret } from '../ir/interpret.ts';
import type { ScalarFunction } from '../ir/scalar-functions.ts';
import type { Tensor } from '../tensor.ts';
import { allBatched, batchGraph } from '../transform/batch-graph.ts';
import { jvpGraph } from '../transform/jvp-graph.ts';
import { transposeGraph } from '../transform/transpose-graph.ts';
import { broadcast } from './broadcast.ts';
import { elementwise } from './elementwise.ts';
import { type Interpret, type MultiPrimitive, notLinear } from './primitive.ts';
import { moveAxis } from './transpose.ts';

type LoopAttributes = Attributes['loop'];

/** The final carries and the stacked outputs of a loop. */
export function loop(attributes: LoopAttributes, inputs: readonly Tensor[]): Tensor[] {
  if (!isTracing() && inputs.every((i) => i.isConcrete)) return runLoop(attributes, inputs, interpret);
  const { body, carries, length } = attributes;
  const outputs = body.outputs.map(({ shape, dtype }, i) => ({
    shape: i < carries ? shape : [length, ...shape],
    dtype,
  }));
  return makeMultiNode('loop', inputs, attributes, [body], outputs);
}

/** A loop whose body may mention outer values: these become invariants. */
function openLoop(
  attributes: Omit<LoopAttributes, 'body'>,
  variables: readonly Tensor<'variable'>[],
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
): Tensor[] {
  const { program, captured } = closeOver(variables, outputs);
  return loop({ ...attributes, body: program }, [...inputs, ...captured]);
}

function runLoop(
  { body, carries, scanned, length, reverse }: LoopAttributes,
  inputs: readonly Tensor[],
  run: Interpret,
): Tensor[] {
  let state = inputs.slice(0, carries);
  const xs = inputs
    .slice(carries, carries + scanned)
    .map((x) => ({ x, data: x.data, size: x.size / length }));
  const invariants = inputs.slice(carries + scanned);
  const stacks = body.outputs.slice(carries).map((y) => filled(0, [length, ...y.shape], y.dtype).data);
  for (let step = 0; step < length; step++) {
    const t = reverse ? length - 1 - step : step;
    const slices = xs.map(({ x, data, size }) =>
      constant(data.subarray(t * size, (t + 1) * size), x.shape.slice(1), x.dtype),
    );
    const outputs = run(body, [...state, ...slices, ...invariants], step);
    state = outputs.slice(0, carries);
    outputs.slice(carries).forEach((y, j) => {
      stacks[j].set(y.data, t * y.size);
    });
  }
  const ys = body.outputs.slice(carries).map((y, j) => constant(stacks[j], [length, ...y.shape], y.dtype));
  return [...state, ...ys];
}

/** The body differentiated; carries become active when they depend on an active one. */
function differentiateBody({ body, carries }: LoopAttributes, tangents: readonly (Tensor | null)[]) {
  const active = tangents.map((t, i) => t !== null && isFloat(body.inputs[i].dtype));
  for (;;) {
    const seeds = body.inputs.map((v, i) => (active[i] ? variableLike('tangent', v) : null));
    const seedOf = pairs(body.inputs, seeds);
    const { primals, tangents: outs } = jvpGraph(body.outputs, seedOf);
    const grown = outs.slice(0, carries).flatMap((t, i) => (t && !active[i] ? [i] : []));
    if (grown.length === 0) return { seeds, primals, outs };
    for (const i of grown) active[i] = true;
  }
}

/** Functions that cost less to compute again than to keep in memory for every step, and how many of them do. */
const CHEAP: readonly ScalarFunction[] = ['negate', 'add', 'subtract', 'multiply', 'not'];
const MOST_CHEAP = 4;

/** How many of `most` cheap operations are left after computing a value from kept ones; negative: too few. */
function leftAfter(kept: ReadonlySet<Tensor>, node: Tensor, most: number): number {
  if (node.isConcrete || kept.has(node)) return most;
  if (most === 0 || !node.is('elementwise') || !CHEAP.includes(node.attributes.fn)) return -1;
  return node.inputs.reduce((left, x) => (left < 0 ? left : leftAfter(kept, x, left)), most - 1);
}

/**
 * The values that a linear graph reads but that do not depend on the tangents, less those that are cheap to compute
 * from the others: what reads them computes them again. With `remat` everything is, from the inputs of the body.
 */
function residualsOf(
  { body, remat }: LoopAttributes,
  outs: readonly (Tensor | null)[],
  seeds: readonly (Tensor | null)[],
): Tensor[] {
  const live = outs.filter((t) => t !== null);
  const order = reachable(live);
  if (remat) return body.inputs.filter((v) => order.includes(v));
  const linear = dependents(
    order,
    seeds.filter((s) => s !== null),
  );
  const found = new Set(live.filter((t) => !linear.has(t)));
  for (const node of order) {
    if (linear.has(node)) for (const i of node.inputs) if (!linear.has(i)) found.add(i);
  }
  const kept = new Set([...found].filter((r) => !r.isConcrete));
  for (const r of [...kept].sort((a, b) => b.id - a.id)) {
    kept.delete(r);
    if (leftAfter(kept, r, MOST_CHEAP) < 0) kept.add(r);
  }
  return [...kept];
}

function jvp(inputs: readonly Tensor[], node: Tensor<'loop'>, tangents: readonly (Tensor | null)[]) {
  const { attributes } = node;
  const { body, carries, scanned } = attributes;
  if (tangents.every((t) => t === null)) {
    return { primals: loop(attributes, inputs), tangents: body.outputs.map(() => null) };
  }
  const { seeds, primals, outs } = differentiateBody(attributes, tangents);
  const residuals = residualsOf(attributes, outs, seeds);
  const varying = dependents(reachable(residuals), body.inputs.slice(0, carries + scanned));
  const fixed = residuals.filter((r) => !varying.has(r));
  const moving = residuals.filter((r) => varying.has(r));
  const inputIndex = (r: Tensor) => (body.inputs as readonly Tensor[]).indexOf(r);
  const isScanned = (r: Tensor) => inputIndex(r) >= carries;
  const stacked = moving.filter((r) => !isScanned(r));

  const outputs = loop(
    { ...attributes, body: { inputs: body.inputs, outputs: [...primals, ...stacked] } },
    inputs,
  );
  const stackOf = (r: Tensor) =>
    isScanned(r) ? inputs[inputIndex(r)] : outputs[primals.length + stacked.indexOf(r)];

  const outer = new Map(body.inputs.map((v, i) => [v, inputs[i]]));
  const readers = moving.map((r) => variableLike('residual', r));
  const replacements = new Map<Tensor, Tensor>(moving.map((r, i) => [r, readers[i]]));
  substitute(fixed, outer).forEach((value, i) => {
    replacements.set(fixed[i], value);
  });

  const pick = <T>(from: number, to: number, make: (i: number) => T): T[] =>
    seeds.flatMap((s, i) => (s && i >= from && i < to ? [make(i)] : []));
  const [all, states, steps] = [seeds.length, carries, carries + scanned];
  const results = outs.flatMap((t, i) => ((i < carries ? seeds[i] : t) ? [i] : []));
  const bodyOutputs = results.map((i) => outs[i] ?? zerosLike(body.outputs[i]));
  const seedOf = (i: number) => seeds[i] as Tensor<'variable'>;
  const tangentOf = (i: number) => tangents[i] ?? zerosLike(inputs[i]);
  const linear = openLoop(
    {
      ...attributes,
      carries: pick(0, states, seedOf).length,
      scanned: pick(states, steps, seedOf).length + readers.length,
    },
    [...pick(0, steps, seedOf), ...readers, ...pick(steps, all, seedOf)],
    substitute(bodyOutputs, replacements),
    [...pick(0, steps, tangentOf), ...moving.map(stackOf), ...pick(steps, all, tangentOf)],
  );
  return {
    primals: outputs.slice(0, primals.length),
    tangents: body.outputs.map((_, i) => (results.includes(i) ? linear[results.indexOf(i)] : null)),
  };
}

/** The inputs of the body in which it is linear: those asked for, and the carries that depend on them. */
function linearInputs({ body, carries }: LoopAttributes, asked: readonly boolean[]): boolean[] {
  const linear = [...asked];
  const order = reachable(body.outputs);
  for (;;) {
    const inside = dependents(
      order,
      body.inputs.filter((_, i) => linear[i]),
    );
    const grown = body.outputs.slice(0, carries).flatMap((o, i) => (inside.has(o) && !linear[i] ? [i] : []));
    if (grown.length === 0) return linear;
    for (const i of grown) linear[i] = true;
  }
}

function transposeLoop(
  node: Tensor<'loop'>,
  cotangents: readonly (Tensor | null)[],
  asked: readonly boolean[],
) {
  const { body, carries, scanned, reverse } = node.attributes;
  const linear = linearInputs(node.attributes, asked);
  if (linear.slice(0, carries).includes(false)) throw notLinear('loop');
  const indices = body.inputs.map((_, i) => i);
  const linearXs = indices.filter((i) => i >= carries && i < carries + scanned && linear[i]);
  const residualXs = indices.filter((i) => i >= carries && i < carries + scanned && !linear[i]);
  const sums = indices.filter((i) => i >= carries + scanned && linear[i]);
  const invariants = indices.filter((i) => i >= carries + scanned && !linear[i]);
  const stacks = body.outputs.flatMap((_, o) => (o >= carries && cotangents[o] ? [o] : []));

  const states = body.inputs.slice(0, carries).map((v) => variableLike('cotangent', v));
  const accumulators = sums.map((i) => variableLike('accumulated', body.inputs[i]));
  const arriving = stacks.map((o) => variableLike('cotangent', body.outputs[o]));
  const seeds = body.outputs.map((_, o) => (o < carries ? states[o] : (arriving[stacks.indexOf(o)] ?? null)));
  const live = body.outputs.map((o, i) => (seeds[i] ? o : null));
  const linearVariables = indices.filter((i) => linear[i]);
  const back = transposeGraph(
    live,
    seeds,
    linearVariables.map((i) => body.inputs[i]),
  );
  const cotangentOf = (i: number) => back[linearVariables.indexOf(i)];

  const outputs = [
    ...states.map((s, i) => cotangentOf(i) ?? zerosLike(s)),
    ...sums.map((i, k) => {
      const c = cotangentOf(i);
      return c ? elementwise('add', [accumulators[k], c]) : accumulators[k];
    }),
    ...linearXs.map((i) => cotangentOf(i) ?? zerosLike(body.inputs[i])),
  ];
  const outer = new Map(invariants.map((i) => [body.inputs[i], node.inputs[i]]));
  const result = openLoop(
    {
      ...node.attributes,
      reverse: !reverse,
      carries: carries + sums.length,
      scanned: arriving.length + residualXs.length,
    },
    [...states, ...accumulators, ...arriving, ...residualXs.map((i) => body.inputs[i])],
    substitute(outputs, outer),
    [
      ...states.map((s, i) => cotangents[i] ?? zerosLike(s)),
      ...accumulators.map(zerosLike),
      ...stacks.map((o) => cotangents[o] as Tensor),
      ...residualXs.map((i) => node.inputs[i]),
    ],
  );
  const order = [...indices.slice(0, carries), ...sums, ...linearXs];
  return indices.map((i) => (asked[i] ? result[order.indexOf(i)] : null));
}

function batchLoop(
  inputs: readonly Tensor[],
  node: Tensor<'loop'>,
  batched: readonly boolean[],
  size: number,
) {
  const { attributes } = node;
  const { body, carries, scanned } = attributes;
  const flags = [...batched];
  for (;;) {
    const variables = body.inputs.map((v, i) =>
      flags[i] ? variable(v.attributes.name, [size, ...v.shape], v.dtype) : v,
    );
    const batchOf = pairs(
      body.inputs,
      variables.map((v, i) => (flags[i] ? v : null)),
    );
    const result = batchGraph(body.outputs, batchOf, size);
    const grown = result.batched.slice(0, carries).flatMap((b, i) => (b && !flags[i] ? [i] : []));
    if (grown.length > 0) {
      for (const i of grown) flags[i] = true;
      continue;
    }
    const outFlags = result.batched.map((b, i) => (i < carries ? flags[i] : b));
    const full = allBatched(result, size);
    const outputs = result.outputs.map((o, i) => (outFlags[i] ? full[i] : o));
    const operands = inputs.map((x, i) => {
      if (!flags[i]) return x;
      const all = batched[i] ? x : broadcast(x, [size, ...x.shape]);
      return i >= carries && i < carries + scanned ? moveAxis(all, 0, 1) : all;
    });
    const results = loop({ ...attributes, body: { inputs: variables, outputs } }, operands);
    return {
      outputs: results.map((r, i) => (i >= carries && outFlags[i] ? moveAxis(r, 1, 0) : r)),
      batched: outFlags,
    };
  }
}

export const loopPrimitive: MultiPrimitive<'loop'> = {
  rebuild: (inputs, node) => loop(node.attributes, inputs),
  evaluate: (inputs, node, run) => runLoop(node.attributes, inputs, run),
  jvp,
  transpose: transposeLoop,
  batch: batchLoop,
};
