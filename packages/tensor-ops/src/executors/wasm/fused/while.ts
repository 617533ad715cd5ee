/** Loops until a condition fails, in schedule S2. */
import type { Tensor } from '../../../tensor.ts';
import { type FunctionBuilder, I32 } from '../encoder.ts';
import type { Generator } from '../generator.ts';
import { i32 } from '../opcodes.ts';
import { type LoopContext, placeCarries, side } from './control.ts';
import { emitPlan } from './emit.ts';
import type { Group } from './group.ts';
import { addressOf, type Place, pushAddress, startOf } from './place.ts';

type WhileGroup = Extract<Group, { kind: 'while' }>;

/** Parameters that the loop adds: which of the two places of a carry is read and which written. */
const WHILE_PARAMS = 2;

/** Adds the loop to a plan; returns the places of its results. */
export function planWhile(context: LoopContext, node: Tensor<'while'>): Place[] {
  const { condition, body, carries } = node.attributes;
  const [read, written] = [context.params, context.params + 1];
  const halves = placeCarries(context, node.inputs.slice(0, carries));
  const invariants = node.inputs.slice(carries).map((x) => context.operand(x).place);
  const inputs = [...side(halves, read), ...invariants];
  const [running] = condition.outputs;
  const flag = context.fresh(running);
  const plans = {
    condition: context.inside(condition, inputs, [flag], WHILE_PARAMS),
    body: context.inside(body, inputs, side(halves, written), WHILE_PARAMS),
  };
  const results = halves.map(({ place }) => place);
  const group: WhileGroup = {
    kind: 'while',
    ...plans,
    flag,
    carries: halves,
    arena: context.area(Math.max(plans.condition.bytes, plans.body.bytes)),
    areas: [...results, ...invariants, flag].map(({ area }) => area),
    write: (g, f, params) => writeWhile(g, f, group, params),
  };
  context.groups.push(group);
  return results;
}

/** Writes the loop into a function with the parameters of the loops around. */
function writeWhile(g: Generator, f: FunctionBuilder, group: WhileGroup, params: number): void {
  const [condition, body] = [group.condition, group.body].map((plan) =>
    emitPlan(g, plan, startOf(group.arena), params + WHILE_PARAMS),
  );
  const [read, written] = [f.local(I32), f.local(I32)];
  const run = (part: FunctionBuilder): void => {
    for (let param = 0; param < params; param++) f.get(param);
    f.get(read).get(written).call(part.index);
  };
  f.i32(1).set(written);
  f.loopWhile(
    () => {
      run(condition);
      pushAddress(f, group.flag);
      f.memory(i32.load8, 0);
    },
    () => {
      run(body);
      f.get(read).get(written).set(read).set(written);
    },
  );
  f.get(read).branch(() => {
    for (const { half, place } of group.carries) {
      f.i32(addressOf(place))
        .i32(addressOf(place) + half)
        .i32(half)
        .memoryCopy();
    }
  });
}
