/** Comparing cells of MATRL's table 1: two sources of games with each other, and the paper with what was measured. */
import { sources, type TableFinding, types } from './cell.ts';
import { entries } from './entries.ts';

/** How far apart the two sources of games are, in standard errors of the difference; one number a cell and quantity. */
export function differences(findings: readonly TableFinding[]): { what: string; z: number }[] {
  return types.flatMap(({ title }) =>
    entries.flatMap(({ name }) => {
      const [a, b] = sources.map((source) =>
        findings.find((f) => f.source === source && f.type === title && f.rule === name),
      );
      if (a === undefined || b === undefined) return [];
      return (['rate', 'meanSteps'] as const).flatMap((quantity) => {
        const [x, y] = [a[quantity], b[quantity]];
        if (x.value === null || y.value === null) return [];
        const error = Math.hypot(x.standardError ?? 0, y.standardError ?? 0);
        const z = x.value === y.value ? 0 : (y.value - x.value) / error;
        return { what: `${title}: ${name}, ${quantity === 'rate' ? 'rate' : 'mean steps'}`, z };
      });
    }),
  );
}

/** Values that lie more than 3 standard errors of the difference of two such samples from the paper's. */
export function unlikePaper(findings: readonly TableFinding[]): string[] {
  const rows = findings.filter(({ source }) => source === 'numpy').flatMap((finding) => finding.rows);
  return rows.flatMap(({ name, paper, measured, standardError }) => {
    if (paper === null || measured === null || standardError === null) return [];
    const z = (measured - paper) / (Math.SQRT2 * standardError);
    return Math.abs(z) > 3 ? [`${name.replace('numpy games, ', '')} (${z.toFixed(1)})`] : [];
  });
}

export const largest = (findings: readonly TableFinding[]) =>
  differences(findings).reduce((a, b) => (Math.abs(b.z) > Math.abs(a.z) ? b : a), { what: 'none', z: 0 });
