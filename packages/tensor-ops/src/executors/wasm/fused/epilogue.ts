/**
 * Matrix products that begin with a bias and end with an activation: what a nest does to every element of a product
 * is done while the element is in a register.
 */

import { BYTES } from '../access.ts';
import type { Step } from '../gemm/problem.ts';
import { floatWords } from '../math/vector-code.ts';
import type { Access, Group, Nest, Source, Statement } from './group.ts';
import { fusible, type MatrixProduct } from './matrix-product.ts';
import { areasOf } from './memory-plan.ts';
import type { Area } from './place.ts';

type Compute = Extract<Statement, { kind: 'compute' }>;
type Read = Extract<Source, { kind: 'memory' }>;

const isRead = (source: Source): source is Read => source.kind === 'memory';

const readsOf = (statement: Statement): Read[] =>
  (statement.kind === 'compute' ? statement.sources : [statement.source]).filter(isRead);

/** The distance from row to row of a matrix whose rows are the last axis of a nest, where there is one distance. */
function rowStride({ strides, dtype }: Access, { shape }: Nest): number | undefined {
  const last = shape.length - 1;
  if (last < 1 || strides[last] !== BYTES[dtype]) return undefined;
  for (let d = 0; d < last - 1; d++) if (strides[d] !== strides[d + 1] * shape[d + 1]) return undefined;
  return strides[last - 1];
}

/** Whether an access walks over the result of a product as the product writes it. */
function isResult({ place, strides }: Access, nest: Nest, { c, problem }: MatrixProduct): boolean {
  const same = place.area === c.area && place.start === c.start && place.terms === c.terms;
  const row = rowStride({ place, strides, dtype: problem.dtype }, nest);
  return same && row === problem.c.row && nest.shape.at(-1) === problem.columns;
}

/** Fuses what can be fused in a list of groups; only results in `owned` memory, which nobody else reads, are left out. */
export function fuseEpilogues(groups: Group[], owned: ReadonlySet<Area>): void {
  for (let at = 0; at < groups.length; at++) {
    const group = groups[at];
    if (group.kind !== 'product' || !fusible(group.product)) continue;
    const readers = groups.flatMap((other, i) => (areasOf(other).includes(group.product.c.area) ? [i] : []));
    const [own, reader] = readers;
    const nest = groups[reader];
    if (readers.length !== 2 || own !== at || nest.kind !== 'nest') continue;
    /** Whether nothing between the product and the nest has to do with an area. */
    const untouched = (area: Area): boolean =>
      !groups.slice(at + 1, reader).some((between) => areasOf(between).includes(area));
    let { product } = group;
    if (owned.has(product.c.area)) product = withBias(product, nest, untouched) ?? product;
    if (owned.has(product.c.area)) product = withActivation(product, nest, untouched) ?? product;
    groups[at] = { kind: 'product', product };
    if (nest.statements.length === 0) groups.splice(reader, 1);
  }
}

/** The product that starts from what a statement of the nest adds to it; the statement is taken out of the nest. */
function withBias(
  product: MatrixProduct,
  nest: Nest,
  untouched: (area: Area) => boolean,
): MatrixProduct | undefined {
  const reading = nest.statements.filter((s) =>
    readsOf(s).some(({ access }) => access.place.area === product.c.area),
  );
  const [sum] = reading;
  if (reading.length !== 1 || sum.kind !== 'compute' || !sum.node.is('elementwise')) return undefined;
  const [x, y] = sum.sources;
  if (sum.node.attributes.fn !== 'add' || !isRead(x) || !isRead(y)) return undefined;
  const bias = isResult(x.access, nest, product) ? y.access : x.access;
  const result = bias === y.access ? x.access : y.access;
  if (bias.place.area === product.c.area || !isResult(result, nest, product)) return undefined;
  const row = rowStride(bias, nest);
  if (row === undefined || !untouched(bias.place.area)) return undefined;
  const moved = sum.stored ? movedTo(product, sum.out, nest, untouched) : product;
  if (!moved) return undefined;
  const out = sum.stored ? sum.out : result;
  replace(nest, sum, { kind: 'memory', access: out });
  return { ...moved, initial: bias.place, problem: { ...moved.problem, initial: { row } } };
}

/** The product whose result is what the nest makes of it, when that is all that the nest does. */
function withActivation(
  product: MatrixProduct,
  nest: Nest,
  untouched: (area: Area) => boolean,
): MatrixProduct | undefined {
  const { statements } = nest;
  const last = statements.at(-1);
  if (last?.kind !== 'compute' || !last.stored || last.node.dtype !== product.problem.dtype) return undefined;
  const before = new Map<unknown, number>();
  const steps: Step[] = [];
  for (const statement of statements) {
    if (statement.kind !== 'compute' || !statement.node.is('elementwise')) return undefined;
    if (statement.stored !== (statement === last)) return undefined;
    const { node, sources } = statement;
    const operands: (number | readonly [number, number, number, number])[] = [];
    for (const source of sources) {
      if (source.kind === 'register') operands.push(before.get(source.node) ?? 0);
      else if (source.kind === 'constant') {
        if (source.dtype !== product.problem.dtype) return undefined;
        operands.push(floatWords(product.problem.dtype, source.value));
      } else if (isResult(source.access, nest, product)) operands.push(0);
      else return undefined;
    }
    const { fn } = node.attributes;
    steps.push({ fn, dtype: node.inputs[fn === 'select' ? 1 : 0].dtype, operands });
    before.set(node, steps.length);
  }
  const moved = movedTo(product, last.out, nest, untouched);
  if (!moved) return undefined;
  statements.length = 0;
  return { ...moved, problem: { ...moved.problem, epilogue: steps } };
}

/** The product with its result in another place. */
function movedTo(
  product: MatrixProduct,
  out: Access,
  nest: Nest,
  untouched: (area: Area) => boolean,
): MatrixProduct | undefined {
  const row = rowStride(out, nest);
  if (row === undefined || row === 0 || !untouched(out.place.area)) return undefined;
  return { ...product, c: out.place, problem: { ...product.problem, c: { row } } };
}

/** Takes a statement out of a nest; who read its value reads from memory. */
function replace(nest: Nest, removed: Compute, source: Read): void {
  const instead = (s: Source): Source => (s.kind === 'register' && s.node === removed.node ? source : s);
  const statements = nest.statements
    .filter((statement) => statement !== removed)
    .map(
      (s): Statement =>
        s.kind === 'compute'
          ? { ...s, sources: s.sources.map(instead) }
          : { ...s, source: instead(s.source) },
    );
  nest.statements.splice(0, nest.statements.length, ...statements);
}
