/** Printing the differences between two runs. */
import { isDeepStrictEqual } from 'node:util';
import { decimalsFor, formatNumber, textTable } from '../report/format.ts';
import { compareResults, type Difference } from '../results/compare.ts';
import { readResults } from '../results/files.ts';

/** Prints every common row's difference with its standard error, and the rows that only one run has. */
export function compare(first: string, second: string): void {
  const [a, b] = [readResults(first), readResults(second)];
  const { rows, onlyInA, onlyInB } = compareResults(a, b);
  console.log(`A: ${first} (${a.experiment}, seed ${a.seed}${a.partial ? ', partial' : ''})`);
  console.log(`B: ${second} (${b.experiment}, seed ${b.seed}${b.partial ? ', partial' : ''})\n`);
  const lines = rows.map((row) => [
    row.name,
    formatNumber(row.a),
    formatNumber(row.b),
    formatDifference(row),
    row.unit,
  ]);
  console.log(textTable(['', 'A', 'B', 'B - A ± standard error', 'unit'], lines));
  for (const name of onlyInA) console.log(`only in A: ${name}`);
  for (const name of onlyInB) console.log(`only in B: ${name}`);
  if (a.seed === b.seed) {
    const same = isDeepStrictEqual(a.config, b.config) ? 'seed and configuration' : 'seed';
    console.log(
      `\nA and B share their ${same}: the standard errors are those of independent runs, which these`,
    );
    console.log('need not be.');
  }
}

function formatDifference({ difference, standardError }: Difference): string {
  if (difference === null || standardError === null) return formatNumber(difference);
  const decimals = decimalsFor(standardError);
  return `${difference.toFixed(decimals)} ± ${standardError.toFixed(decimals)}`;
}
