/** Loops run in JavaScript over the body, with everything on the device; conditions are read. */
import type { Handle, Runtime } from '../runtime.ts';
import { fill, readNow } from '../runtime.ts';
import { select } from './elementwise.ts';
import type { MultiLowering } from './lowering.ts';

/** Element `t` along the first axis. */
function sliceAt({ tf }: Runtime, x: Handle, t: number): Handle {
  const shape = x.shape.slice(1);
  if (shape.includes(0)) return tf.zeros(shape, x.dtype);
  const begin = [t, ...shape.map(() => 0)];
  return tf.reshape(tf.slice(x, begin, [1, ...shape]), shape);
}

export const lowerLoop: MultiLowering<'loop'> = (r, node, inputs, runBody) => {
  const { tf } = r;
  const { length, reverse, carries, scanned, body } = node.attributes;
  const xs = inputs.slice(carries, carries + scanned);
  const invariants = inputs.slice(carries + scanned);
  let state = inputs.slice(0, carries).map((x) => tf.clone(x));
  const stacks = body.outputs.slice(carries).map(() => new Array<Handle>(length));
  for (let step = 0; step < length; step++) {
    const t = reverse ? length - 1 - step : step;
    const slices = xs.map((x) => tf.tidy(() => sliceAt(r, x, t)));
    const outputs = runBody(body, [...state, ...slices, ...invariants]);
    tf.dispose([...state, ...slices]);
    state = outputs.slice(0, carries);
    outputs.slice(carries).forEach((y, j) => {
      stacks[j][t] = y;
    });
  }
  const ys = stacks.map((stack, j) => {
    const { shape, dtype } = body.outputs[carries + j];
    const all = [length, ...shape];
    const stacked = all.includes(0) ? fill(r, all, 0, dtype) : tf.tidy(() => tf.stack(stack));
    tf.dispose(stack);
    return stacked;
  });
  return [...state, ...ys];
};

export const lowerWhile: MultiLowering<'while'> = (r, node, inputs, runBody) => {
  const { tf } = r;
  const { carries, condition, body } = node.attributes;
  const invariants = inputs.slice(carries);
  let state = inputs.slice(0, carries).map((x) => tf.clone(x));
  const isRunning = () => {
    const [running] = runBody(condition, [...state, ...invariants]);
    const answer = readNow(r, running)[0] !== 0;
    running.dispose();
    return answer;
  };
  while (isRunning()) {
    const next = runBody(body, [...state, ...invariants]);
    tf.dispose(state);
    state = next;
  }
  return state;
};

export const lowerCond: MultiLowering<'cond'> = (r, node, [predicate, ...operands], runBody) => {
  const { whenTrue, whenFalse } = node.attributes;
  if (r.backend === 'webgpu') {
    // It cannot be asked which way to go without waiting: both ways, and the choice on the device.
    const [yes, no] = [runBody(whenTrue, operands), runBody(whenFalse, operands)];
    const choose = (y: Handle, n: Handle) =>
      r.tf.reshape(select(r, predicate, r.tf.reshape(y, [y.size]), r.tf.reshape(n, [y.size])), y.shape);
    const chosen = yes.map((y, i) => r.tf.tidy(() => choose(y, no[i])));
    r.tf.dispose([...yes, ...no]);
    return chosen;
  }
  return runBody(readNow(r, predicate)[0] !== 0 ? whenTrue : whenFalse, operands);
};
