/** Remarks below head-to-head tables. */
import type { CellFinding } from './cell.ts';

/** How many pairs diverged, and where. */
export function divergenceNote(findings: readonly CellFinding[]): string {
  const diverged = findings.filter((finding) => finding.diverged > 0);
  if (diverged.length === 0) return 'Diverged pairs: none.';
  const places = diverged.map(({ group, name, diverged: count }) => `${group}: ${name} ${count}`);
  return `Diverged pairs, counted and left out of the means: ${places.join('; ')}.`;
}
