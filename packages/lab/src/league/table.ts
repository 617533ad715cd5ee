/** Tables of leagues: in files, as text and as pictures. */
import { existsSync, readFileSync } from 'node:fs';
import { heatMapPlot } from '@descant/autodiff-games/plots';
import type { Estimate, League } from '@descant/marl-algos';
import { z } from 'zod';
import { formatMeasured, textTable } from '../report/format.ts';
import { svgOf } from '../report/plot.ts';
import { toJson, writeAtomically } from '../results/files.ts';
import { parseJson } from '../results/schema.ts';

const estimate = z.strictObject({
  mean: z.number().nullable(),
  standardError: z.number().nullable(),
  n: z.int(),
});
const entry = z.strictObject({ name: z.string(), fingerprint: z.string() });

const fileSchema = z.strictObject({
  format: z.literal('descant league'),
  version: z.literal(1),
  /** Of the environment. */
  options: z.record(z.string(), z.json()),
  league: z.strictObject({
    environment: z.string(),
    plays: z.int(),
    steps: z.int(),
    discount: z.number(),
    seed: z.int(),
    rows: z.array(entry),
    columns: z.array(entry),
    cells: z.array(
      z.strictObject({
        row: z.string(),
        column: z.string(),
        measures: z.record(z.string(), z.array(estimate)),
      }),
    ),
  }),
});

type LeagueFile = z.infer<typeof fileSchema>;

/** The league in a file; undefined when there is no file. */
export const readLeague = (path: string): LeagueFile | undefined =>
  existsSync(path) ? parseJson(fileSchema, readFileSync(path, 'utf8'), path) : undefined;

/** Writes a league, whole or not at all. */
export function writeLeague(path: string, league: League, options: LeagueFile['options']): void {
  writeAtomically(path, toJson({ format: 'descant league', version: 1, options, league }));
}

const names = ({ cells }: League): string[] => [
  ...new Set(cells.flatMap(({ measures }) => Object.keys(measures))),
];

const cellOf = ({ cells }: League, row: string, column: string) =>
  cells.find((cell) => cell.row === row && cell.column === column);

const written = ({ mean, standardError }: Estimate): string =>
  formatMeasured({ measured: mean, standardError });

/** One table for each measure: what the row's contestant got, and behind it the column's. */
export function leagueText(league: League): string {
  const columns = league.columns.map(({ name }) => name);
  return names(league)
    .map((measure) => {
      const lines = league.rows.map(({ name }) => [
        name,
        ...columns.map((column) => {
          const pair = cellOf(league, name, column)?.measures[measure];
          return pair === undefined ? '' : pair.map(written).join(' | ');
        }),
      ]);
      return textTable([measure, ...columns], lines);
    })
    .join('\n\n');
}

/** Heat maps of a measure, one for what each seat got. */
export function leagueFigures(league: League, measure: string): { caption: string; svg: string }[] {
  return ['row', 'column'].map((side, seat) => {
    const cells = league.rows.flatMap(({ name: row }) =>
      league.columns.map(({ name: column }) => {
        const { mean, standardError } = cellOf(league, row, column)?.measures[measure][seat] ?? {
          mean: null,
          standardError: null,
        };
        return { row, column, value: mean, standardError };
      }),
    );
    const labels = { rowLabel: 'seat 0', columnLabel: 'seat 1' };
    const valueLabel = `${measure} of the ${side}`;
    return { caption: valueLabel, svg: svgOf(heatMapPlot(cells, { valueLabel, ...labels })) };
  });
}
