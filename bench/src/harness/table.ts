/** Plain-text tables. */

/** Lines of a table: the first column to the left, the others to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
      .join('  ')
      .trimEnd();
  return [line(header), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)];
}

/** A time with three significant digits and the unit that fits it. */
export function formatMicroseconds(microseconds: number): string {
  if (microseconds < 1000) return `${significant(microseconds)} us`;
  if (microseconds < 1e6) return `${significant(microseconds / 1000)} ms`;
  return `${significant(microseconds / 1e6)} s`;
}

/** Three significant digits, without an exponent for the sizes met here. */
export function significant(value: number): string {
  return Number(value.toPrecision(3)).toString();
}
