/** The code of a plan: one function for each group and one that calls them in order. */
import { type FunctionBuilder, I32, type ValueType } from '../encoder.ts';
import type { Generator } from '../generator.ts';
import { writeKernel } from '../loops/kernels.ts';
import { i32 } from '../opcodes.ts';
import { LOOP_PARAMS } from './control.ts';
import type { Group, Operand, Plan } from './group.ts';
import { writeProduct } from './matrix-product.ts';
import { writeNest } from './nest-code.ts';
import { addressOf, pushAddress, startOf } from './place.ts';

const parameters = (count: number): ValueType[] => new Array<ValueType>(count).fill(I32);

/** The parameters themselves. */
const indices = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** The function that runs a plan in the working memory at the given address, with the parameters of the loops around. */
export function emitPlan(g: Generator, plan: Plan, address: number, params: number): FunctionBuilder {
  for (const [area, offset] of plan.offsets) area.address = address + offset;
  const driver = g.module.function(parameters(params), []);
  for (const group of plan.groups) {
    const before = g.regions;
    emitGroup(g, group, driver, params);
    if (g.regions > before) plan.parallel.add(group);
  }
  return driver;
}

function emitGroup(g: Generator, group: Group, driver: FunctionBuilder, params: number): void {
  const pass = (f: FunctionBuilder): void => {
    for (let param = 0; param < params; param++) f.get(param);
  };
  const part = (write: (f: FunctionBuilder) => void): void => {
    const f = g.module.function(parameters(params), []);
    write(f);
    pass(driver);
    driver.call(f.index);
  };
  switch (group.kind) {
    case 'nest':
      part((f) => writeNest(g, f, group, indices(params)));
      break;
    case 'product':
      part((f) => writeProduct(g, f, group.product, indices(params)));
      break;
    case 'primitive': {
      const fixed = ({ shape, dtype, place }: Operand) => ({
        shape,
        dtype,
        place: { address: addressOf(place), strides: place.strides },
      });
      part((f) => writeKernel(g, f, group.node, group.operands.map(fixed), fixed(group.out)));
      break;
    }
    case 'kernel':
      driver.call(group.run.index);
      break;
    case 'loop': {
      const body = emitPlan(g, group.body, startOf(group.arena), params + LOOP_PARAMS);
      part((f) => {
        const [read, written] = [f.local(I32), f.local(I32)];
        f.i32(1).set(written);
        f.loop(
          group.length,
          (index) => {
            pass(f);
            f.get(index).get(read).get(written).call(body.index);
            f.get(written).i32(1).get(written).op(i32.subtract).set(written).set(read);
          },
          group.reverse,
        );
      });
      break;
    }
    case 'while':
      part((f) => group.write(g, f, params));
      break;
    case 'cond': {
      const arena = startOf(group.arena);
      const [whenTrue, whenFalse] = group.branches.map((branch) => emitPlan(g, branch, arena, params));
      const run = (f: FunctionBuilder) => () => {
        pass(driver);
        driver.call(f.index);
      };
      pushAddress(driver, group.predicate);
      driver.memory(i32.load8, 0).branch(run(whenTrue), run(whenFalse));
    }
  }
}
