/** Loops as Scan and Loop, choices as If. Their bodies see the values around them: invariants and operands need no wiring. */

import { allocate } from '../../dtype.ts';
import type { Tensor } from '../../tensor.ts';
import type { TypedValue, Value } from '../builder.ts';
import type { MultiLowering } from './lowering.ts';

const typed = (values: readonly Value[], like: readonly Tensor[]): TypedValue[] =>
  values.map((value, i) => ({ value, type: like[i].dtype, shape: like[i].shape }));

const signature = ({ dtype, shape }: Tensor) => ({ type: dtype, shape });

export const lowerLoop: MultiLowering<'loop'> = (g, node, inputs, lowerBody) => {
  const { length, reverse, carries, scanned, body } = node.attributes;
  const stacks = body.outputs.slice(carries);
  if (length === 0) {
    const empty = stacks.map(({ dtype, shape }) => g.constant(allocate(dtype, 0), [0, ...shape], dtype));
    return [...inputs.slice(0, carries), ...empty];
  }
  const invariants = inputs.slice(carries + scanned);
  const moving = body.inputs.slice(0, carries + scanned).map(signature);
  // Scan counts its steps by what it reads: where the loop reads nothing, it reads a vector of zeros.
  const counter = scanned === 0 ? [g.constant(new Int32Array(length), [length], 'int32')] : [];
  const steps = counter.map(() => ({ type: 'int32' as const, shape: [] }));
  const graph = g.body([...moving, ...steps], (inner, values) => {
    const own = [...values.slice(0, carries + scanned), ...invariants];
    return typed(lowerBody(inner, body, own), body.outputs);
  });
  const read = scanned + counter.length;
  const directions = (count: number) => new Array<number>(count).fill(Number(reverse));
  return g.ops(
    'Scan',
    [...inputs.slice(0, carries + scanned), ...counter],
    {
      body: graph,
      num_scan_inputs: read,
      scan_input_directions: directions(read),
      ...(stacks.length > 0 && { scan_output_directions: directions(stacks.length) }),
    },
    body.outputs.length,
  );
};

export const lowerCond: MultiLowering<'cond'> = (g, node, [predicate, ...operands], lowerBody) => {
  const { whenTrue, whenFalse } = node.attributes;
  const [then_branch, else_branch] = [whenTrue, whenFalse].map((branch) =>
    g.body([], (inner) => typed(lowerBody(inner, branch, operands), branch.outputs)),
  );
  return g.ops('If', [predicate], { then_branch, else_branch }, whenTrue.outputs.length);
};

/** The condition is computed before the loop and again at the end of every iteration. */
export const lowerWhile: MultiLowering<'while'> = (g, node, inputs, lowerBody) => {
  const { carries, condition, body } = node.attributes;
  const invariants = inputs.slice(carries);
  const [running] = lowerBody(g, condition, inputs);
  const counter = { type: 'int64', shape: [] } as const;
  const flag = { type: 'bool', shape: [] } as const;
  const graph = g.body([counter, flag, ...body.outputs.map(signature)], (inner, values) => {
    const next = lowerBody(inner, body, [...values.slice(2), ...invariants]);
    const again = lowerBody(inner, condition, [...next, ...invariants]);
    return [...typed(again, condition.outputs), ...typed(next, body.outputs)];
  });
  const unbounded = '';
  return g.ops('Loop', [unbounded, running, ...inputs.slice(0, carries)], { body: graph }, carries);
};
