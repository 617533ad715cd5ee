import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { findExperiment } from '../src/experiments/registry.ts';
import type { CellFinding } from '../src/head-to-head/cell.ts';
import {
  cellSection,
  learningCurves,
  policyProbabilities,
  returnPolytopes,
  returnTable,
} from '../src/head-to-head/figures.ts';
import { policySpread } from '../src/head-to-head/policies.ts';
import { reportDocument } from '../src/report/document.ts';
import { decimalsFor, formatMeasured, formatPaper, resultsTable, textTable } from '../src/report/format.ts';
import { pngOf, svgOf } from '../src/report/plot.ts';
import { startRun } from '../src/run/start-run.ts';
import { temporaryFolder } from './helpers/descant.ts';

const finding = (name: string, policies: CellFinding['policies'] = []): CellFinding => ({
  group: 'IPD',
  name,
  rows: [1, 2].map((player) => ({
    name: `IPD: ${name}, player ${player} return`,
    paper: null,
    measured: -player,
    standardError: 0.1,
    n: 9,
    unit: 'return',
  })),
  metrics: [],
  diverged: 0,
  curves: [0, 10, 20].flatMap((step) =>
    [1, 2].map((player) => ({ step, player, mean: -step / player, standardError: 0.1 })),
  ),
  endpoints: [
    [-1, -1],
    [-2, -2],
    [-1.5, -0.5],
  ],
  policies,
});
const spread = policySpread([
  [
    [1, 1, 0, 1, 0],
    [0, 0, 1, 0, 1],
  ],
  [
    [0.5, 1, 0, 1, 0],
    [0, 0, 1, 0, 1],
  ],
]);
const square = [
  [0, 0],
  [0, -2],
  [-2, 0],
  [-2, -2],
] as const;

/** Counts the elements of a kind inside Plot's groups of a mark, e.g. circles in the group labelled `dot`. */
function count(svg: string, mark: string, element: string): number {
  const { document } = parseHTML(`<html><body>${svg}</body></html>`);
  return document.querySelectorAll(`g[aria-label="${mark}"] ${element}`).length;
}

describe('pictures have the marks they promise', () => {
  const cells = [finding('a vs a', spread), finding('a vs b', spread), finding('b vs b', spread)];

  test('learning curves: a line and a band for each player of each cell', () => {
    const svg = svgOf(learningCurves(cells, 2));
    expect(count(svg, 'line', 'path')).toBe(6);
    expect(count(svg, 'area', 'path')).toBe(6);
    expect(svg).toContain('a vs b');
    expect(svg).toContain('xmlns="http://www.w3.org/2000/svg"');
  });

  test('polytopes: a hull in each cell and a dot for each endpoint', () => {
    const svg = svgOf(returnPolytopes(cells, 2, square));
    expect(count(svg, 'hull', 'path')).toBe(3);
    expect(count(svg, 'dot', 'circle')).toBe(9);
  });

  test('the table of returns has both players of unlike rules, and one of like rules', () => {
    const svg = svgOf(returnTable('IPD', cells));
    expect(count(svg, 'cell', 'rect')).toBe(4);
    expect(svg.match(/-2\.00/g)).toHaveLength(1);
    expect(svg.match(/-1\.00/g)).toHaveLength(3);
  });

  test('without known corners there is no hull', () => {
    const svg = svgOf(returnPolytopes(cells, 2, []));
    expect(count(svg, 'hull', 'path')).toBe(0);
    expect(count(svg, 'dot', 'circle')).toBe(9);
  });

  test('policies: a dot and a range for each state of each player of each cell', () => {
    const svg = svgOf(policyProbabilities(cells, 2));
    expect(count(svg, 'dot', 'circle')).toBe(3 * 2 * 5);
    expect(count(svg, 'rule', 'line')).toBe(3 * 2 * 5);
  });

  test('a picture with a cell less has fewer marks', () => {
    expect(count(svgOf(learningCurves(cells.slice(1), 2)), 'line', 'path')).toBe(4);
  });

  test('cells without policies have no picture of them', () => {
    expect(cellSection('t', '', [finding('a vs a')], square).figures).toHaveLength(3);
    expect(cellSection('t', '', cells, square).figures).toHaveLength(4);
  });
});

describe('the report', () => {
  const html = reportDocument({
    description: 'Rules & <games>',
    results: {
      experiment: 'e',
      version: '1.2.3',
      seed: 7,
      config: { pairs: 4, files: ['a.ts'] },
      rows: [{ name: 'a < b', paper: -1.56, measured: -1.5372, standardError: 0.0149, n: 4, unit: 'return' }],
    },
    run: {
      experiment: 'e',
      versions: { descant: '1.2.3' },
      seed: 7,
      config: { pairs: 4 },
      executor: 'js',
      node: 'v24.0.0',
      platform: 'linux x64',
      startedAt: '2026-01-02T03:04:05.678Z',
    },
    notes: ['A note.'],
    sections: [cellSection('Curves', '', [finding('a vs a')], square)],
  });
  const { document } = parseHTML(html);
  const cellsOf = (row: number) =>
    [...document.querySelectorAll('tbody tr')[row].children].map((td) => td.textContent);

  test('shows paper beside measured, set-up, notes and pictures', () => {
    expect(cellsOf(0)).toEqual(['a < b', '-1.56', '-1.537 ± 0.015', '4', 'return']);
    for (const text of [
      '1.2.3',
      'A note.',
      'linux x64',
      'pairs',
      '[&quot;a.ts&quot;]',
      'Rules &amp; &lt;games&gt;',
    ]) {
      expect(html).toContain(text);
    }
    expect(document.querySelectorAll('svg')).toHaveLength(3);
  });

  test('needs no other file and runs no script', () => {
    expect(html).not.toMatch(/<script|<link|<img|\ssrc=|\shref=|@import|url\(/);
  });
});

describe('numbers as text', () => {
  test.each([
    [-1.0864, 0.00721, '-1.0864 ± 0.0072'],
    [-5.3, 0.36, '-5.30 ± 0.36'],
    [76.54, 12, '77 ± 12'],
    [-0.0001, 0.01, '0.000 ± 0.010'],
    [425, null, '425'],
    [null, null, 'none finite'],
  ])('measured %s with standard error %s is %s', (measured, standardError, text) => {
    expect(formatMeasured({ measured, standardError })).toBe(text);
  });

  test('published values keep their decimals', () => {
    expect([-1.99, 0.7, 20.8, 0, 0.025, null].map(formatPaper)).toEqual([
      '-1.99',
      '0.70',
      '20.80',
      '0',
      '0.025',
      '–',
    ]);
    expect(decimalsFor(0)).toBe(2);
  });

  test('tables line up', () => {
    expect(
      textTable(
        ['', 'b'],
        [
          ['long', '1'],
          ['x', '22'],
        ],
      ),
    ).toBe('       b\n----  --\nlong   1\nx     22');
    const row = { name: 'r', paper: 1, measured: 2, standardError: null, n: 3, unit: 'u' };
    expect(resultsTable([row]).split('\n').at(-1)).toBe('r      1                          2  3     u');
  });
});

describe('PNG files', () => {
  test('have twice the size of the SVG, and words in them', async () => {
    const svg = (text: string) =>
      svgOf({ width: 200, height: 100, marks: [Plot.text([text], { frameAnchor: 'middle' })] });
    const [png, empty] = [await pngOf(svg('word')), await pngOf(svg(''))];
    const view = new DataView(png.buffer, png.byteOffset);
    expect([view.getUint32(16), view.getUint32(20)]).toEqual([400, 200]);
    // Compressed, a picture without the word is smaller.
    expect(png.length).toBeGreaterThan(empty.length + 200);
  });

  test('are left beside the SVG files when asked for', async () => {
    const run = async (png: boolean) => {
      const config = { side: 2, steps: 1 };
      const started = await startRun(findExperiment('logistic-basins'), {
        config,
        out: temporaryFolder(),
        png,
      });
      for await (const _ of started.perform());
      return readdirSync(join(started.directory, 'figures'));
    };
    const svgs = [1, 2, 3, 4, 5, 6].map((i) => `basins-of-attraction-${i}.svg`);
    expect(await run(false)).toEqual(svgs);
    expect(await run(true)).toEqual(svgs.flatMap((name) => [name.replace('svg', 'png'), name]));
  });
});
