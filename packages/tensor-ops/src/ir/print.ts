/** Programs as text: one line a node, bodies of loops and branches indented. */
import { showShape } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import type { Program } from './attributes.ts';
import { reachable } from './graph.ts';

/** The attributes worth showing, without programs. */
function details(node: Tensor): string {
  if (node.is('elementwise')) return node.attributes.fn;
  if (node.is('constant')) return node.size === 1 ? String(node.attributes.data[0]) : '';
  if (node.is('variable')) return node.attributes.name;
  const plain = Object.entries(node.attributes).filter(
    ([, value]) => typeof value !== 'object' || Array.isArray(value),
  );
  return plain.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(' ');
}

/** The programs inside a node, with their role. */
function bodiesOf(node: Tensor): readonly (readonly [string, Program])[] {
  if (node.is('loop')) return [['body', node.attributes.body]];
  if (node.is('while')) {
    return [
      ['condition', node.attributes.condition],
      ['body', node.attributes.body],
    ];
  }
  if (node.is('cond')) {
    return [
      ['whenTrue', node.attributes.whenTrue],
      ['whenFalse', node.attributes.whenFalse],
    ];
  }
  return node.is('custom') ? [['body', node.attributes.body]] : [];
}

/** A listing of a program, inputs before users. */
export function printProgram(program: Program, indent = ''): string {
  const lines: string[] = [];
  const names = new Map<Tensor, string>();
  for (const node of new Set([...program.inputs, ...reachable(program.outputs)])) {
    const name = `%${names.size}`;
    names.set(node, name);
    const inputs = node.inputs.map((i) => names.get(i)).join(' ');
    const words = [node.op, details(node), inputs].filter((w) => w !== '').join(' ');
    lines.push(`${indent}${name}: ${node.dtype}${showShape(node.shape)} = ${words}`);
    for (const [role, body] of bodiesOf(node)) {
      lines.push(`${indent}  ${role}:`, printProgram(body, `${indent}    `));
    }
  }
  lines.push(`${indent}return ${program.outputs.map((o) => names.get(o)).join(' ')}`);
  return lines.join('\n');
}

/** How often each operation occurs, bodies included once. */
export function countOperations(
  program: Program,
  counts: Record<string, number> = {},
): Record<string, number> {
  for (const node of reachable(program.outputs)) {
    if (node.is('variable') || node.is('constant') || node.is('projection')) continue;
    const name = node.is('elementwise') ? node.attributes.fn : node.op;
    counts[name] = (counts[name] ?? 0) + 1;
    for (const [, body] of bodiesOf(node)) countOperations(body, counts);
  }
  return counts;
}
