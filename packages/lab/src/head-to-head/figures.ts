/** Pictures of head-to-head cells: how the returns go, where they end, and what the policies do. */
import { heatMapPlot, playerColours } from '@descant/autodiff-games/plots';
import * as Plot from '@observablehq/plot';
import type { Section } from '../experiment.ts';
import { svgOf } from '../report/plot.ts';
import type { CellFinding } from './cell.ts';
import { stateNames } from './policies.ts';

/** Returns in the plane of player 1 and player 2. */
export type ReturnPair = readonly [number, number];

/** The pictures of one table: its cells beside each other in each of them. */
export function cellSection(
  title: string,
  text: string,
  cells: readonly CellFinding[],
  possibleReturns: readonly ReturnPair[],
): Section {
  const columns = Math.min(4, cells.length);
  const figures = [
    {
      caption: 'Mean returns at the end, of the row player against the column player, with standard errors.',
      svg: svgOf(returnTable(title, cells)),
    },
    {
      caption: 'Mean returns while learning, with a band of two standard errors on each side.',
      svg: svgOf(learningCurves(cells, columns)),
    },
    {
      caption:
        'Where the pairs end in the plane of returns (at most 256 pairs a cell); outlined is the convex hull of ' +
        'the returns that are possible in the game.',
      svg: svgOf(returnPolytopes(cells, columns, possibleReturns)),
    },
  ];
  if (cells.some((cell) => cell.policies.length > 0)) {
    figures.push({
      caption:
        'Probability of action A in each state (own last action first) at the end: mean, and first to ninth decile.',
      svg: svgOf(policyProbabilities(cells, columns)),
    });
  }
  return { title, text, figures };
}

/** The mean returns of a table at the end: each rule's against each other's. */
export function returnTable(title: string, cells: readonly CellFinding[]): Plot.PlotOptions {
  const squares = cells.flatMap(({ name, rows }) => {
    const [first, second] = name.split(' vs ');
    const square = (
      row: string,
      column: string,
      { measured, standardError }: CellFinding['rows'][number],
    ) => ({
      row,
      column,
      value: measured,
      standardError,
    });
    const mine = square(first, second, rows[0]);
    return first === second ? [mine] : [mine, square(second, first, rows[1])];
  });
  return heatMapPlot(squares, { title, valueLabel: 'return of the row player' });
}

/** Options that all grids of small plots share, and the name of each small plot above it. */
function grid(cells: readonly CellFinding[], columns: number, rowHeight: number) {
  const rows = Math.ceil(cells.length / columns);
  const places = new Map(
    cells.map((cell, i) => [cell.name, { column: i % columns, row: Math.floor(i / columns) }]),
  );
  const placed = <T extends object>(cell: CellFinding, data: readonly T[]) =>
    data.map((datum) => ({ ...datum, ...places.get(cell.name) }));
  const titles = cells.flatMap((cell) => placed(cell, [{ name: cell.name }]));
  const place = { fx: 'column', fy: 'row' } as const;
  const options: Plot.PlotOptions = {
    width: 260 * columns + 60,
    height: rowHeight * rows + 50,
    marginTop: 26,
    fx: { axis: null, padding: 0.12 },
    fy: { axis: null, padding: 0.3 },
    color: { domain: [1, 2], range: playerColours.slice(0, 2) },
  };
  const heading = [
    Plot.frame({ stroke: '#ddd' }),
    Plot.text(titles, { ...place, text: 'name', frameAnchor: 'top', dy: -12, fontSize: 11 }),
  ];
  return { place, placed, options, heading };
}

/** Mean returns over the steps with bands of two standard errors. */
export function learningCurves(cells: readonly CellFinding[], columns: number): Plot.PlotOptions {
  const { place, placed, options, heading } = grid(cells, columns, 180);
  const points = cells.flatMap((cell) =>
    placed(
      cell,
      cell.curves.map(({ step, player, mean, standardError }) => ({
        step,
        player,
        mean,
        low: mean - 2 * standardError,
        high: mean + 2 * standardError,
      })),
    ),
  );
  return {
    ...options,
    x: { label: 'step', ticks: 5 },
    y: { label: 'return', grid: true },
    marks: [
      ...heading,
      Plot.areaY(points, { ...place, x: 'step', y1: 'low', y2: 'high', fill: 'player', fillOpacity: 0.25 }),
      Plot.lineY(points, { ...place, x: 'step', y: 'mean', stroke: 'player', z: 'player' }),
    ],
  };
}

/** The endpoints of runs in the plane of returns, inside the hull of the possible returns. */
export function returnPolytopes(
  cells: readonly CellFinding[],
  columns: number,
  possible: readonly ReturnPair[],
): Plot.PlotOptions {
  const { place, placed, options, heading } = grid(cells, columns, 280);
  const ends = cells.flatMap((cell) =>
    placed(
      cell,
      cell.endpoints.map(([first, second]) => ({ first, second })),
    ),
  );
  const corners = possible.map(([first, second]) => ({ first, second }));
  return {
    ...options,
    x: { label: 'return of player 1', ticks: 5 },
    y: { label: 'return of player 2', grid: true },
    marks: [
      ...heading,
      Plot.hull(corners, { x: 'first', y: 'second', stroke: '#888', fill: '#888', fillOpacity: 0.06 }),
      Plot.dot(ends, { ...place, x: 'first', y: 'second', r: 2, fill: playerColours[0], fillOpacity: 0.45 }),
    ],
  };
}

/** Probabilities of action A per state: a dot at the mean, a line over the middle four fifths of the pairs. */
export function policyProbabilities(cells: readonly CellFinding[], columns: number): Plot.PlotOptions {
  const { place, placed, options, heading } = grid(cells, columns, 170);
  const spreads = cells.flatMap((cell) => placed(cell, cell.policies));
  const beside = ({ player }: { player: number }) => (player === 1 ? -4 : 4);
  const ofPlayer = (player: number) => spreads.filter((spread) => spread.player === player);
  return {
    ...options,
    x: { label: 'state', domain: [...stateNames] },
    y: { label: 'probability of A', domain: [0, 1], ticks: 3, grid: true },
    marks: [
      ...heading,
      ...[1, 2].flatMap((player) => {
        const shared = { ...place, x: 'state', dx: beside({ player }) };
        return [
          Plot.ruleX(ofPlayer(player), {
            ...shared,
            y1: 'low',
            y2: 'high',
            stroke: 'player',
            strokeWidth: 1.5,
          }),
          Plot.dot(ofPlayer(player), { ...shared, y: 'mean', fill: 'player', r: 3 }),
        ];
      }),
    ],
  };
}
