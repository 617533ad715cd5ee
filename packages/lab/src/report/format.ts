/** Numbers and tables as text. */
import type { Row } from '../results/schema.ts';

/** As many decimals as two digits of the standard error need; integers and exact values as they are. */
export function formatMeasured({ measured, standardError }: Pick<Row, 'measured' | 'standardError'>): string {
  if (measured === null) return 'none finite';
  if (standardError === null) return formatNumber(measured);
  const decimals = decimalsFor(standardError);
  return `${fixed(measured, decimals)} ± ${standardError.toFixed(decimals)}`;
}

/** A number in few digits; null is a dash. */
export const formatNumber = (value: number | null): string =>
  value === null ? '–' : String(Number(value.toPrecision(6)));

/** A published value with at least two decimals, as the papers print them. */
export function formatPaper(value: number | null): string {
  if (value === null) return '–';
  const decimals = String(value).split('.')[1]?.length ?? 0;
  return value.toFixed(Math.max(decimals, Number.isInteger(value) ? 0 : 2));
}

/** Decimals that show two digits of a standard error, at most six. */
export function decimalsFor(standardError: number): number {
  if (standardError === 0) return 2;
  return Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(standardError))));
}

/** Fixed decimals without a negative zero. */
const fixed = (value: number, decimals: number): string =>
  value.toFixed(decimals).replace(/^-(0\.?0*)$/, '$1');

/** Columns of text, the first aligned left and the others right. */
export function textTable(header: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = header.map((title, i) => Math.max(title.length, ...lines.map((cells) => cells[i].length)));
  const render = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd();
  return [header, widths.map((width) => '-'.repeat(width)), ...lines].map(render).join('\n');
}

/** The table of results: paper beside measured. */
export function resultsTable(rows: readonly Row[]): string {
  const lines = rows.map((row) => [
    row.name,
    formatPaper(row.paper),
    formatMeasured(row),
    String(row.n),
    row.unit,
  ]);
  return textTable(['', 'paper', 'measured ± standard error', 'n', 'unit'], lines);
}
