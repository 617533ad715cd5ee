import { bilinearGame, directionField, naive } from '@descant/autodiff-games';
import {
  basinPlot,
  curvesPlot,
  heatMapPlot,
  type Mixture,
  type Point,
  polytopePlot,
  simplexPlot,
  trajectoryPlot,
  vectorFieldPlot,
} from '@descant/autodiff-games/plots';
import { fc, test } from '@fast-check/vitest';
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { describe, expect, test as plain } from 'vitest';

/** The picture that a browser would show. */
function drawn(options: Plot.PlotOptions) {
  const { document } = parseHTML('<html><body></body></html>');
  const svg = Plot.plot({ ...options, document });
  const all = (selector: string) => [...svg.querySelectorAll(selector)];
  return { svg, all, text: svg.textContent ?? '' };
}

/** Every coordinate in every path of an SVG is a number. */
const hasNumbersOnly = (options: Plot.PlotOptions) =>
  !/NaN|Infinity|undefined/.test(drawn(options).svg.outerHTML);

const path: Point[] = [
  [1, 0],
  [0.5, 0.5],
  [0.4, 0.5],
];

describe('trajectories', () => {
  plain(
    'have a line for each step, a ring at the start, a disc at the end, a cross where asked, a legend',
    () => {
      const { all, text } = drawn(
        trajectoryPlot([path, path.slice(1)], {
          title: 'T',
          x: { label: 'p' },
          y: { label: 'q' },
          marked: [[0, 0]],
        }),
      );
      expect(all('g[aria-label=link] path')).toHaveLength(3);
      expect(all('g[aria-label=dot]').map((group) => group.children.length)).toEqual([2, 2, 1]);
      for (const word of ['T', 'p', 'q', 'squared step', '0.01', '0.5']) expect(text).toContain(word);
    },
  );

  plain('slow is blue, fast is red', () => {
    const colour = ([segment]: Element[]) => segment.getAttribute('stroke') ?? '';
    const [first, second] = drawn(trajectoryPlot([path])).all('g[aria-label=link] path');
    const channels = (text: string) => /rgb\((\d+), (\d+), (\d+)\)/.exec(text)?.slice(1).map(Number) ?? [];
    const [fastRed, , fastBlue] = channels(colour([first]));
    const [slowRed, , slowBlue] = channels(colour([second]));
    expect(fastRed - fastBlue).toBeGreaterThan(slowRed - slowBlue);
  });

  const coordinate = fc.double({ min: -1e3, max: 1e3, noNaN: true });
  const paths = fc.array(fc.array(fc.tuple(coordinate, coordinate), { maxLength: 6 }), { maxLength: 3 });
  test.prop([paths], { numRuns: 40 })('of any finite points are drawn with numbers only', (given) => {
    expect(hasNumbersOnly(trajectoryPlot(given))).toBe(true);
  });

  plain('of points that are not finite are not', () => {
    expect(
      drawn(
        trajectoryPlot([
          [
            [0, 0],
            [Number.NaN, 1],
            [1, 1],
          ],
        ]),
      ).all('g[aria-label=link] path'),
    ).toHaveLength(0);
  });
});

describe('vector fields', () => {
  const axis = [-1, 0, 1];
  const field = directionField(bilinearGame(), { axes: [axis, axis], rules: [naive(), naive()] });

  plain('have an arrow for each vector and a dot where it is 0', () => {
    const { all } = drawn(vectorFieldPlot(field));
    expect(all('g[aria-label=arrow] path')).toHaveLength(8);
    expect(all('g[aria-label=dot] circle')).toHaveLength(1);
  });

  plain('arrows are of one length in the plane, whatever the vectors are', () => {
    // Position and vector alike on both axes, so that pixels are comparable.
    const { all } = drawn(
      vectorFieldPlot(
        [
          { x: 0, y: 0, dx: 3, dy: 0 },
          { x: 1, y: 1, dx: 30, dy: 0 },
        ],
        {
          x: { domain: [0, 2] },
          y: { domain: [0, 2] },
        },
      ),
    );
    const lengths = all('g[aria-label=arrow] path').map((arrow) => {
      const [x1, , x2] = (arrow.getAttribute('d') ?? '').match(/-?[\d.]+/g)!.map(Number);
      return x2 - x1;
    });
    expect(lengths[1]).toBeCloseTo(lengths[0], 6);
    expect(lengths[0]).toBeGreaterThan(10);
  });
});

describe('basins', () => {
  const colours = { A: '#111111', B: '#eeeeee', 'not finite': '#d55e00' };
  plain('a square for each cell in the colour of its basin, a legend of all', () => {
    const cells = [0, 1, 2].flatMap((x) => [0, 1].map((y) => ({ x, y, basin: x + y > 1 ? 'B' : 'A' })));
    const { all, text } = drawn(basinPlot(cells, { colours }));
    const fills = all('g[aria-label=rect] rect').map((rect) => rect.getAttribute('fill'));
    expect(fills).toEqual(['#111111', '#111111', '#111111', '#eeeeee', '#eeeeee', '#eeeeee']);
    for (const name of Object.keys(colours)) expect(text).toContain(name);
    const wide = all('g[aria-label=rect] rect').map((rect) => Number(rect.getAttribute('width')));
    // Three cells fill the frame.
    expect(wide.reduce((a, b) => a + b)).toBeCloseTo(2 * (360 - 52 - 20), 3);
  });
});

describe('simplices', () => {
  const corner = (i: number): Mixture => [i === 0 ? 1 : 0, i === 1 ? 1 : 0, i === 2 ? 1 : 0];
  plain('pure strategies are the corners, and the centre is their mean', () => {
    const corners = [corner(0), corner(1), corner(2), corner(0)];
    const centre: Mixture = [1 / 3, 1 / 3, 1 / 3];
    const { all, text } = drawn(simplexPlot([corners], { actions: ['r', 'p', 's'], marked: [centre] }));
    const [outline] = all('g[aria-label=line] path');
    const points = (outline.getAttribute('d') ?? '').match(/-?[\d.]+/g)!.map(Number);
    const starts = all('g[aria-label=link] path').map((link) =>
      (link.getAttribute('d') ?? '')
        .match(/-?[\d.]+/g)!
        .map(Number)
        .slice(0, 2),
    );
    for (const [i, [x, y]] of starts.entries()) {
      expect(x).toBeCloseTo(points[2 * i], 6);
      expect(y).toBeCloseTo(points[2 * i + 1], 6);
    }
    const cross = all('g[aria-label=dot]').at(-1)!.children[0].getAttribute('transform') ?? '';
    const [x, y] = cross.match(/-?[\d.]+/g)!.map(Number);
    expect(x).toBeCloseTo((points[0] + points[2] + points[4]) / 3, 3);
    expect(y).toBeCloseTo((points[1] + points[3] + points[5]) / 3, 3);
    expect(text).toMatch(/r.*p.*s/);
  });
});

describe('heat maps', () => {
  const cells = [
    { row: 'a', column: 'a', value: -1.5, standardError: 0.25 },
    { row: 'a', column: 'b', value: null },
    { row: 'b', column: 'a', value: 2 },
  ];
  plain('a square and its number for each value, none where there is none', () => {
    const { all, text } = drawn(heatMapPlot(cells, { valueLabel: 'return', title: 'Game' }));
    expect(all('g[aria-label=cell] rect')).toHaveLength(2);
    for (const word of ['-1.50', '± 0.250', '2.00', 'return', 'Game', 'row player'])
      expect(text).toContain(word);
  });
  plain('one value alone, and none', () => {
    expect(hasNumbersOnly(heatMapPlot(cells.slice(0, 1), { valueLabel: 'return' }))).toBe(true);
    expect(hasNumbersOnly(heatMapPlot([], { valueLabel: 'return' }))).toBe(true);
  });
});

describe('polytopes', () => {
  const possible: Point[] = [
    [-1, -1],
    [-3, 0],
    [0, -3],
    [-2, -2],
    [-1.5, -1.5],
  ];
  plain('hulls, samples, and lines through what is actual', () => {
    const { all, text } = drawn(
      polytopePlot({
        possible,
        allowed: [
          [-2, -2],
          [-0.8, -1.4],
        ],
        samples: possible,
        actual: [-1, -1],
        line: [
          [-2, -2],
          [0, -1],
        ],
      }),
    );
    const corners = all('g[aria-label=line] path').map(
      (line) => (line.getAttribute('d') ?? '').match(/-?[\d.]+,-?[\d.]+/g)!.length,
    );
    // Each hull ends where it starts; -1.5 lies inside.
    expect(corners).toEqual([5, 3, 2]);
    expect(all('g[aria-label=dot]').map((group) => group.children.length)).toEqual([5, 1]);
    expect(all('g[aria-label=rule] line')).toHaveLength(2);
    expect(text).toContain('return of player 2');
  });
});

describe('curves', () => {
  const curves = ['a', 'b'].map((name, i) => ({
    name,
    points: [0, 1, 2].map((t): Point => [t, 10 ** (i - t)]),
  }));
  plain('a line and a word in the legend for each, in colours of their own', () => {
    const { all, text } = drawn(curvesPlot(curves, { x: { label: 'step' }, y: { label: 'size' } }));
    const colours = all('g[aria-label=line] path').map((line) => line.getAttribute('stroke'));
    expect(new Set(colours).size).toBe(2);
    for (const word of ['a', 'b', 'step', 'size']) expect(text).toContain(word);
  });
  plain('powers of ten are a straight line on a logarithmic axis, and on no other', () => {
    const heights = (logarithmic: boolean) => {
      const [line] = drawn(curvesPlot(curves.slice(0, 1), { logarithmic })).all('g[aria-label=line] path');
      const [, a, , b, , c] = (line.getAttribute('d') ?? '').match(/-?[\d.]+/g)!.map(Number);
      return [b - a, c - b];
    };
    expect(heights(true)[1]).toBeCloseTo(heights(true)[0], 6);
    expect(heights(false)[1]).not.toBeCloseTo(heights(false)[0], 0);
  });
});
