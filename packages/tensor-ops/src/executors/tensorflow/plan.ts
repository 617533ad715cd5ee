/** The order in which the nodes of a program run, and when each value is read for the last time. */
import type { Program } from '../../ir/attributes.ts';
import { reachable } from '../../ir/graph.ts';
import { isMulti } from '../../primitives/index.ts';
import type { Tensor } from '../../tensor.ts';

interface Step {
  readonly node: Tensor;
  /** Values that nobody reads after this step. */
  readonly dying: readonly Tensor[];
}

export interface Plan {
  readonly steps: readonly Step[];
  /** The most bytes that values of nodes take at any time, bodies of loops and branches left out. */
  readonly peakBytes: number;
}

const plans = new WeakMap<Program, Plan>();

/** Every element of the types that TensorFlow.js has takes four bytes, or one. */
const bytesOf = (node: Tensor): number => node.size * (node.dtype === 'bool' ? 1 : 4);

/** The plan of a program, made once. */
export function planOf(program: Program): Plan {
  let plan = plans.get(program);
  if (!plan) {
    plan = makePlan(program);
    plans.set(program, plan);
  }
  return plan;
}

/** What a program computes itself: neither its inputs nor constants, which live longer. */
const isComputed = (node: Tensor): boolean => !node.is('variable') && !node.is('constant');
const isValue = (node: Tensor): boolean => isComputed(node) && !isMulti(node.op);

function makePlan(program: Program): Plan {
  const order = reachable(program.outputs).filter(isComputed);
  const lastReader = new Map<Tensor, Tensor>();
  for (const node of order) for (const input of node.inputs) lastReader.set(input, node);
  const kept = new Set(program.outputs);
  const dyingAt = new Map<Tensor, Tensor[]>();
  for (const [value, reader] of lastReader) {
    if (kept.has(value) || !isValue(value)) continue;
    dyingAt.set(reader, [...(dyingAt.get(reader) ?? []), value]);
  }
  let [live, peakBytes] = [0, 0];
  const steps = order.map((node) => {
    const dying = dyingAt.get(node) ?? [];
    live += isValue(node) ? bytesOf(node) : 0;
    peakBytes = Math.max(peakBytes, live);
    for (const value of dying) live -= bytesOf(value);
    return { node, dying };
  });
  return { steps, peakBytes };
}
