/** Gives the areas of a program their places in the working memory: areas that are not alive together share it. */
import type { Group, Source, Statement } from './group.ts';
import type { Area } from './place.ts';

const round = (bytes: number): number => Math.ceil(Math.max(bytes, 1) / 64) * 64;

function areasOfStatement(statement: Statement): Area[] {
  const read = (source: Source): Area[] => (source.kind === 'memory' ? [source.access.place.area] : []);
  const { place } = statement.out;
  if (statement.kind === 'reduce') {
    const { source, wide } = statement;
    return [...read(source), place.area, ...(wide ? [wide.place.area] : [])];
  }
  if (statement.kind === 'store') return [...read(statement.source), place.area];
  return [...statement.sources.flatMap(read), ...(statement.stored ? [place.area] : [])];
}

/** The memory that a group reads and writes. */
export function areasOf(group: Group): readonly Area[] {
  switch (group.kind) {
    case 'nest':
      return group.statements.flatMap(areasOfStatement);
    case 'product': {
      const { a, b, c, initial, scratch } = group.product;
      return [a.area, b.area, c.area, scratch, ...(initial ? [initial.area] : [])];
    }
    case 'primitive':
      return [...group.operands, group.out].map(({ place }) => place.area);
    case 'loop':
    case 'while':
    case 'cond':
      return [...group.areas, group.arena];
    case 'kernel':
      return group.areas;
  }
}

/**
 * Offsets for the areas that are used and owned, and the bytes of it all. Areas are placed in the order of their
 * first use, at the lowest offset where they meet no area that is alive at the same time.
 */
export function planMemory(
  groups: readonly Group[],
  owned: ReadonlySet<Area>,
): { bytes: number; offsets: Map<Area, number> } {
  const spans = new Map<Area, { first: number; last: number }>();
  groups.forEach((group, index) => {
    for (const area of areasOf(group)) {
      if (!owned.has(area)) continue;
      const span = spans.get(area);
      if (span) span.last = index;
      else spans.set(area, { first: index, last: index });
    }
  });
  const offsets = new Map<Area, number>();
  let alive: { offset: number; end: number; last: number }[] = [];
  let bytes = 0;
  for (const [area, { first, last }] of spans) {
    alive = alive.filter((other) => other.last >= first).sort((a, b) => a.offset - b.offset);
    const size = round(area.bytes);
    let offset = 0;
    for (const other of alive) {
      if (offset + size <= other.offset) break;
      offset = Math.max(offset, other.end);
    }
    alive.push({ offset, end: offset + size, last });
    offsets.set(area, offset);
    bytes = Math.max(bytes, offset + size);
  }
  return { bytes, offsets };
}
