/** Curves of several runs as means with bands of confidence. */
import * as Plot from '@observablehq/plot';
import { svgOf } from '../report/plot.ts';
import { summarise } from '../statistics.ts';

/** A quantity recorded in several runs at the same steps. */
export interface RunsOf {
  readonly name: string;
  readonly steps: readonly number[];
  /** A list of values for every run. */
  readonly runs: readonly (readonly number[])[];
}

/** The two-sided 95 % quantiles of Student's t distribution for 1 to 9 degrees of freedom; beyond, the normal's is near. */
const QUANTILES = [12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26];

/** Half of a 95 % confidence interval of a mean, from its standard error; 0 for a single run. */
export const halfInterval = (standardError: number | null, n: number): number =>
  (standardError ?? 0) * (QUANTILES[n - 2] ?? 1.96 + 2.4 / (n - 1));

/** Mean and 95 % confidence interval of the mean at every step. */
export function band({ name, steps, runs }: RunsOf) {
  return steps.map((step, i) => {
    const { mean, standardError, n } = summarise(runs.map((run) => run[i]));
    const half = halfInterval(standardError, n);
    return { name, step, mean: mean ?? 0, low: (mean ?? 0) - half, high: (mean ?? 0) + half };
  });
}

/** The picture: lines for means, bands for confidence intervals. */
export function bandPlot(
  curves: readonly RunsOf[],
  labels: { readonly x: string; readonly y: string; readonly logarithmic?: boolean },
): string {
  const points = curves.flatMap(band);
  const floor = Math.min(...points.map(({ mean }) => mean));
  const shown = labels.logarithmic ? points.map((p) => ({ ...p, low: Math.max(p.low, floor / 2) })) : points;
  return svgOf({
    width: 640,
    height: 360,
    marginLeft: 60,
    style: { background: 'white' },
    x: { label: labels.x },
    y: { label: labels.y, grid: true, ...(labels.logarithmic && { type: 'log', tickFormat: '.0e' }) },
    color: { type: 'ordinal', scheme: 'observable10' },
    marks: [
      Plot.areaY(shown, { x: 'step', y1: 'low', y2: 'high', fill: 'name', fillOpacity: 0.2 }),
      Plot.lineY(shown, { x: 'step', y: 'mean', stroke: 'name' }),
      Plot.text(
        shown,
        Plot.selectLast({
          x: 'step',
          y: 'mean',
          z: 'name',
          fill: 'name',
          text: 'name',
          textAnchor: 'end',
          dy: -8,
        }),
      ),
    ],
  });
}

/** Running medians over windows of 2 `half` + 1 values (fewer at the ends), as the thesis smooths its curves. */
export const smoothed = (values: readonly number[], half: number): number[] =>
  values.map((_, i) => {
    const window = values.slice(Math.max(0, i - half), i + half + 1).sort((a, b) => a - b);
    return window[Math.floor(window.length / 2)];
  });
