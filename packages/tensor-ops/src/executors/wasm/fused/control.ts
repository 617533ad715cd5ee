/** Loops and branches in schedule S2. */
import type { Program } from '../../../ir/attributes.ts';
import { Tensor } from '../../../tensor.ts';
import type { Generator } from '../generator.ts';
import { tryKernel } from '../kernel.ts';
import { whySlower, whyTooLarge } from '../scalar-size.ts';
import type { Group, Operand, Plan, TwoPlaces } from './group.ts';
import { type Area, addressOf, byteSize, contiguous, fixedArea, type Place } from './place.ts';

/** What the plans of one module share. */
export interface Shared {
  readonly g: Generator;
  /** The place of a constant, which is in memory from the start. */
  constant(node: Tensor<'constant'>): Place;
  /** What was compiled as kernels of schedule S1. */
  readonly kernels: Readonly<Record<string, string | number | boolean>>[];
}

/** What loops and branches need of the plan around them. */
export interface LoopContext {
  readonly shared: Shared;
  readonly params: number;
  readonly groups: Group[];
  area(bytes: number): Area;
  fresh(like: Pick<Tensor, 'shape' | 'dtype'>): Place;
  operand(tensor: Tensor): Operand;
  destinationOf(node: Tensor, index: number): Place | undefined;
  copy(tensor: Tensor, place: Place): number;
  /** Schedules a program inside, whose code gets the given number of parameters more. */
  inside(program: Program, inputs: readonly Place[], outputs: readonly Place[], more: number): Plan;
}

/** Parameters that a loop adds: the index, and which of the two places of a carry is read and which written. */
export const LOOP_PARAMS = 3;

/** Adds a loop to a plan; returns the places of its results. */
export function planLoop(context: LoopContext, node: Tensor<'loop'>): Place[] {
  return loopAsKernel(context, node) ?? loopOfGroups(context, node);
}

/** Gives each carry two places, which exchange their roles in every iteration; the initial values go to the first. */
export function placeCarries(context: LoopContext, initial: readonly Tensor[]): TwoPlaces[] {
  return initial.map((x) => {
    const { shape, dtype } = x;
    const half = Math.ceil(byteSize(shape, dtype) / 64) * 64;
    const place = contiguous(context.area(2 * half), shape, dtype);
    context.copy(x, place);
    return { half, place };
  });
}

/** The places of the carries that a parameter, 0 or 1, chooses. */
export const side = (carries: readonly TwoPlaces[], param: number): Place[] =>
  carries.map(({ half, place }) => ({ ...place, terms: [{ param, bytes: half }] }));

function loopOfGroups(context: LoopContext, node: Tensor<'loop'>): Place[] {
  const { params } = context;
  const { length, reverse, carries, scanned, body } = node.attributes;
  const [index, read, written] = [params, params + 1, params + 2];
  const halves = placeCarries(context, node.inputs.slice(0, carries));
  const steps = ({ strides: [step, ...strides], terms, ...rest }: Place): Place => ({
    ...rest,
    strides,
    terms: [...terms, { param: index, bytes: step }],
  });
  const operands = node.inputs.slice(carries).map((x) => context.operand(x).place);
  const stacks = body.outputs
    .slice(carries)
    .map(
      ({ shape, dtype }, i) =>
        context.destinationOf(node, carries + i) ?? context.fresh({ shape: [length, ...shape], dtype }),
    );
  if (length > 0) {
    const inputs = [
      ...side(halves, read),
      ...operands.map((place, i) => (i < scanned ? steps(place) : place)),
    ];
    const plan = context.inside(body, inputs, [...side(halves, written), ...stacks.map(steps)], LOOP_PARAMS);
    const places = [...halves.map(({ place }) => place), ...operands, ...stacks];
    context.groups.push({
      kind: 'loop',
      length,
      reverse,
      body: plan,
      arena: context.area(plan.bytes),
      areas: places.map(({ area }) => area),
    });
  }
  return [...halves.map(({ half, place }) => ({ ...place, start: (length % 2) * half })), ...stacks];
}

/**
 * The loop by itself as a kernel of schedule S1, with operands and results at fixed addresses; unless it is too large
 * or slower than groups.
 */
function loopAsKernel(context: LoopContext, node: Tensor<'loop'>): Place[] | undefined {
  const { g } = context.shared;
  const { length, carries, body } = node.attributes;
  const inputs = node.inputs.map((x) =>
    x.isConcrete ? x : new Tensor('variable', [], { name: 'operand' }, x.shape, x.dtype),
  );
  const inner = new Tensor('loop', inputs, node.attributes, [], node.dtype);
  const outputs = body.outputs.map(({ shape, dtype }, index) => {
    const stacked = index < carries ? shape : [length, ...shape];
    return new Tensor('projection', [inner], { index }, stacked, dtype);
  });
  const variables = inputs.filter((x) => x.is('variable'));
  const program: Program = { inputs: variables, outputs };
  if ((whyTooLarge(program, g.mostOperations) ?? whySlower(program)) !== undefined) return undefined;
  const fixed = ({ shape, dtype }: Tensor): Place => {
    const bytes = byteSize(shape, dtype);
    return contiguous(fixedArea(g.memory.allocate(bytes), bytes), shape, dtype);
  };
  const free = ({ area }: Place): void => g.memory.release(area.address ?? 0, area.bytes);
  const sources = variables.map(fixed);
  const results = outputs.map(fixed);
  const kernel = tryKernel(g, program, sources.map(addressOf), results.map(addressOf));
  if (typeof kernel === 'string') {
    [...sources, ...results].forEach(free);
    return undefined;
  }
  node.inputs
    .filter((_, i) => inputs[i].is('variable'))
    .forEach((x, i) => {
      context.copy(x, sources[i]);
    });
  const areas = [...sources, ...results].map(({ area }) => area);
  context.groups.push({ kind: 'kernel', run: kernel.run, areas });
  context.shared.kernels.push(kernel.report);
  return results;
}

/** Adds the choice between two programs to a plan; returns the places of its results. */
export function planCond(context: LoopContext, node: Tensor<'cond'>): Place[] {
  const { whenTrue, whenFalse } = node.attributes;
  const [predicate, ...operands] = node.inputs.map((x) => context.operand(x).place);
  const results = whenTrue.outputs.map(
    (output, i) => context.destinationOf(node, i) ?? context.fresh(output),
  );
  const branch = (program: Program): Plan => context.inside(program, operands, results, 0);
  const branches = [branch(whenTrue), branch(whenFalse)] as const;
  const arena = context.area(Math.max(...branches.map(({ bytes }) => bytes)));
  const areas = [predicate, ...operands, ...results].map(({ area }) => area);
  context.groups.push({ kind: 'cond', predicate, branches, arena, areas });
  return results;
}
