/** The choice between two programs by a scalar predicate; only the chosen one runs. */

import { isFloat } from '../dtype.ts';
import { zerosLike } from '../ir/arithmetic.ts';
import type { Program } from '../ir/attributes.ts';
import { isTracing, makeMultiNode, variable, variableLike } from '../ir/build.ts';
import { apply, pairs } from '../ir/graph.ts';
import { interpret } from '../ir/interpret.ts';
import type { Tensor } from '../tensor.ts';
import { allBatched, batchGraph } from '../transform/batch-graph.ts';
import { jvpGraph } from '../transform/jvp-graph.ts';
import { transposeGraph } from '../transform/transpose-graph.ts';
import { broadcast } from './broadcast.ts';
import { elementwise } from './elementwise.ts';
import { padBatchedRank } from './matmul.ts';
import { type MultiPrimitive, notLinear } from './primitive.ts';

/** The outputs of `whenTrue` or `whenFalse` on the operands; `inputs` are the predicate and the operands. */
export function condNode(whenTrue: Program, whenFalse: Program, inputs: readonly Tensor[]): Tensor[] {
  const [predicate, ...operands] = inputs;
  if (predicate.isConcrete) {
    const chosen = predicate.item() !== 0 ? whenTrue : whenFalse;
    const run = !isTracing() && operands.every((o) => o.isConcrete);
    return run ? interpret(chosen, operands) : apply(chosen, operands);
  }
  return makeMultiNode('cond', inputs, { whenTrue, whenFalse }, [whenTrue, whenFalse], whenTrue.outputs);
}

/** Both branches rewritten by `change`, each with variables of its own. */
const bothBranches = (node: Tensor<'cond'>, change: (branch: Program) => Program): [Program, Program] => [
  change(node.attributes.whenTrue),
  change(node.attributes.whenFalse),
];

export const condPrimitive: MultiPrimitive<'cond'> = {
  rebuild: (inputs, { attributes: { whenTrue, whenFalse } }) => condNode(whenTrue, whenFalse, inputs),
  evaluate([predicate, ...operands], { attributes: { whenTrue, whenFalse } }, run) {
    return run(predicate.item() !== 0 ? whenTrue : whenFalse, operands);
  },
  /** The tangent is a second choice, whose branches compute what they need of the primal again. */
  jvp(inputs, node, tangents) {
    const { whenTrue, whenFalse } = node.attributes;
    const primals = condNode(whenTrue, whenFalse, inputs);
    const active = tangents.slice(1).map((t, i) => t !== null && isFloat(whenTrue.inputs[i].dtype));
    const live = whenTrue.outputs.map((o) => isFloat(o.dtype) && active.some(Boolean));
    const branches = bothBranches(node, ({ inputs: operands, outputs }) => {
      const seeds = operands.map((v, i) => (active[i] ? variableLike('tangent', v) : null));
      const seedOf = pairs(operands, seeds);
      const found = jvpGraph(outputs, seedOf).tangents;
      return {
        inputs: [...operands, ...seeds.filter((s) => s !== null)],
        outputs: outputs.flatMap((o, i) => (live[i] ? [found[i] ?? zerosLike(o)] : [])),
      };
    });
    const given = tangents.slice(1).filter((t, i) => t !== null && active[i]) as Tensor[];
    const outs = live.includes(true) ? condNode(...branches, [...inputs, ...given]) : [];
    let next = 0;
    return { primals, tangents: live.map((isLive) => (isLive ? outs[next++] : null)) };
  },
  transpose(node, cotangents, linear) {
    if (linear[0]) throw notLinear('cond');
    const asked = linear.slice(1);
    const arriving = cotangents.filter((c) => c !== null && c !== undefined);
    const branches = bothBranches(node, ({ inputs: operands, outputs }) => {
      const seeds = outputs.map((o, i) => (cotangents[i] ? variableLike('cotangent', o) : null));
      const targets = operands.filter((_, i) => asked[i]);
      const live = outputs.map((o, i) => (seeds[i] ? o : null));
      return {
        inputs: [...operands.filter((_, i) => !asked[i]), ...seeds.filter((s) => s !== null)],
        outputs: transposeGraph(live, seeds, targets).map((c, i) => c ?? zerosLike(targets[i])),
      };
    });
    const residuals = node.inputs.slice(1).filter((_, i) => !asked[i]);
    const outs = condNode(...branches, [node.inputs[0], ...residuals, ...arriving]);
    let next = 0;
    return [null, ...asked.map((isAsked) => (isAsked ? outs[next++] : null))];
  },
  /** With a predicate for each example both branches run and the results are selected. */
  batch([predicate, ...operands], node, batched, size) {
    const flags = batched.slice(1);
    const inBatch = ({ inputs, outputs }: Program, values: readonly Tensor[]) =>
      batchGraph(
        outputs,
        pairs(
          inputs,
          values.map((v, i) => (flags[i] ? v : null)),
        ),
        size,
      );
    if (!batched[0]) {
      const branches = bothBranches(node, (branch) => {
        const variables = branch.inputs.map((v, i) =>
          flags[i] ? variable(v.attributes.name, [size, ...v.shape], v.dtype) : v,
        );
        return { inputs: variables, outputs: allBatched(inBatch(branch, variables), size) };
      });
      const outputs = condNode(...branches, [predicate, ...operands]);
      return { outputs, batched: outputs.map(() => true) };
    }
    const all = operands.map((o, i) => (flags[i] ? o : broadcast(o, [size, ...o.shape])));
    const [yes, no] = [node.attributes.whenTrue, node.attributes.whenFalse].map((branch) => {
      const batchOf = new Map(branch.inputs.map((v, i) => [v as Tensor, all[i]]));
      return allBatched(batchGraph(branch.outputs, batchOf, size), size);
    });
    const outputs = yes.map((y, i) =>
      elementwise('select', [padBatchedRank(predicate, y.rank - 1), y, no[i]]),
    );
    return { outputs, batched: outputs.map(() => true) };
  },
};
