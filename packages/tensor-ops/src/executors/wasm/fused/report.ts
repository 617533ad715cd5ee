/** What `explain` tells about a plan. */
import { sizeOf } from '../../../shape.ts';
import type { Group, Nest, Plan } from './group.ts';

type Part = Readonly<Record<string, string | number | boolean>>;

/** Scalar operations of a nest, each counted as one. */
const nestOperations = ({ shape, statements }: Nest): number =>
  sizeOf(shape) * statements.filter(({ kind }) => kind !== 'store').length;

/**
 * An estimate of the arithmetic operations of a plan: a multiplication and an addition are two. Of a while loop it is
 * one iteration. Kernels of schedule S1 have a report of their own.
 */
function flopsOf(plan: Plan): number {
  return plan.groups.reduce((sum, group) => sum + groupFlops(group), 0);
}

function groupFlops(group: Group): number {
  const inside = plansIn(group).map(flopsOf);
  switch (group.kind) {
    case 'nest':
      return nestOperations(group);
    case 'product':
      return group.product.flops;
    case 'primitive':
      // Every output element of a convolution is a sum over a filter.
      return group.node.is('conv2d')
        ? 2 * sizeOf(group.out.shape) * sizeOf(group.operands[1].shape.slice(0, 3))
        : sizeOf(group.out.shape);
    case 'loop':
      return group.length * inside[0];
    case 'while':
      return inside[0] + inside[1];
    case 'cond':
      return Math.max(...inside);
    case 'kernel':
      return 0;
  }
}

/** The plans inside a group. */
function plansIn(group: Group): readonly Plan[] {
  if (group.kind === 'loop') return [group.body];
  if (group.kind === 'while') return [group.condition, group.body];
  return group.kind === 'cond' ? group.branches : [];
}

function describe(group: Group): Part {
  switch (group.kind) {
    case 'nest': {
      const count = (kind: string): number => group.statements.filter((s) => s.kind === kind).length;
      return { shape: group.shape.join('x'), computations: count('compute'), reductions: count('reduce') };
    }
    case 'product': {
      const { problem, batch } = group.product;
      return {
        extents: [problem.rows, problem.depth, problem.columns].join('x'),
        calls: batch.reduce((n, b) => n * b.extent, 1),
        ...(problem.initial ? { startsFrom: problem.initial.row === 0 ? 'row' : 'matrix' } : {}),
        ...(problem.epilogue ? { endsWith: problem.epilogue.map(({ fn }) => fn).join(' ') } : {}),
      };
    }
    case 'primitive':
      return { op: group.node.op };
    case 'loop':
      return { length: group.length, groups: group.body.groups.length, bodyBytes: group.body.bytes };
    case 'while':
      return { groups: group.body.groups.length, bodyBytes: group.body.bytes };
    case 'cond':
      return { groups: group.branches.map(({ groups }) => groups.length).join(' or ') };
    case 'kernel':
      return {};
  }
}

/**
 * One entry for the whole, then one for each group, the groups of loop bodies after their loop; groups that threads
 * share, or with such groups inside, say how many threads.
 */
export function describePlan(plan: Plan, reason: string, threads: number): Part[] {
  const list = ({ groups, parallel }: Plan, depth: number): Part[] =>
    groups.flatMap((group) => [
      {
        group: group.kind,
        depth,
        ...describe(group),
        flops: groupFlops(group),
        ...(parallel.has(group) && { threads }),
      },
      ...plansIn(group).flatMap((inner) => list(inner, depth + 1)),
    ]);
  const { groups, bytes: workingBytes } = plan;
  const head = { schedule: 'S2', reason, groups: groups.length, workingBytes, flops: flopsOf(plan) };
  return [head, ...list(plan, 0)];
}
