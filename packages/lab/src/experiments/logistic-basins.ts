/** Basins of attraction in the logistic game. */
import { basinsOfAttraction, hola, logisticGame, lola, naive, type Rule } from '@descant/autodiff-games';
import { basinPlot } from '@descant/autodiff-games/plots';
import { createWasmExecutor } from '@descant/tensor-ops';
import { z } from 'zod';
import { defineExperiment, type Finding } from '../experiment.ts';
import { svgOf } from '../report/plot.ts';

export const gridOptions = {
  /** Grid points on each axis. */
  side: z.int().min(2).max(501).default(29),
  /** The grid spans [-extent, extent] on both axes. */
  extent: z.number().positive().default(10),
  learningRate: z.number().positive().default(1),
  steps: z.int().min(1).max(100_000).default(200),
  precision: z.enum(['float32', 'float64']).default('float64'),
};
const config = z.strictObject(gridOptions);
type GridOptions = z.infer<typeof config>;

/** Where the learners of one grid point end: both parameters positive, not so, or not finite. */
type Ending = 'positive' | 'other' | 'diverged';

export interface BasinFinding extends Finding {
  readonly name: string;
  readonly cells: readonly { readonly x: number; readonly y: number; readonly ending: Ending }[];
}

/** The rules, and the counts of the reference code on the default grid; the thesis itself only has a picture. */
export const exactRules: readonly { name: string; rule: Rule; reference: string }[] = [
  { name: 'naive', rule: naive(), reference: '425' },
  ...[
    { opponentRate: 1, reference: '445' },
    { opponentRate: 10, reference: '435' },
    { opponentRate: 20, reference: '507' },
  ].map(({ opponentRate, reference }) => ({
    name: `LOLA(exact), opponent rate ${opponentRate}`,
    rule: lola({ opponentRate, kind: 'exact' }),
    reference,
  })),
  {
    name: 'HOLA2, opponent rate 1',
    rule: hola({ order: 2, opponentRate: 1 }),
    reference: '451',
  },
  {
    name: 'HOLA2, opponent rate 10',
    rule: hola({ order: 2, opponentRate: 10 }),
    reference: '23 of them not finite',
  },
];

/**
 * `count` evenly spaced numbers from -extent to extent, rounded as NumPy's linspace does. The rounding matters: exactly
 * on x = -y learners approach the saddle at 0, and the last bits decide to which side they leave it.
 */
const linspace = (extent: number, count: number): number[] => {
  const step = (2 * extent) / (count - 1);
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? extent : i * step - extent));
};

/** Lets both players learn by one rule from every point of the grid. */
export function findBasins(name: string, rule: Rule, settings: GridOptions): BasinFinding {
  const { side, extent, learningRate, steps, precision: dtype } = settings;
  const axis = linspace(extent, side);
  const cells = basinsOfAttraction(logisticGame(), {
    axes: [axis, axis],
    rules: [rule, rule],
    learningRate,
    steps,
    dtype,
    // Without fused multiply-add every machine rounds alike, and so counts the points on x = -y alike.
    executor: createWasmExecutor({ fma: false }),
    classify: endingOf,
  }).map(({ start: [x, y], basin: ending }) => ({ x, y, ending }));
  const onAntidiagonal = cells.filter((_, index) => (index % side) + Math.floor(index / side) === side - 1);
  const count = (quantity: string, among: readonly { ending: Ending }[], ending: Ending) => ({
    name: `${name}, ${quantity}`,
    paper: null,
    measured: among.filter((cell) => cell.ending === ending).length,
    standardError: null,
    n: among.length,
    unit: 'cells',
  });
  return {
    name,
    cells,
    rows: [
      count('cells ending in the positive quadrant', cells, 'positive'),
      count('those of them on x = -y', onAntidiagonal, 'positive'),
      count('cells not finite', cells, 'diverged'),
    ],
    metrics: [],
  };
}

function endingOf(position: readonly number[]): Ending {
  if (!position.every(Number.isFinite)) return 'diverged';
  return position.every((x) => x > 0) ? 'positive' : 'other';
}

/** Grid points coloured by where learning from them ends, as in fig. 6.2b of the thesis. */
export const basinPicture = ({ name, cells }: BasinFinding): string =>
  svgOf(
    basinPlot(
      cells.map(({ x, y, ending }) => ({ x, y, basin: ending })),
      {
        title: name,
        colours: { positive: '#ffffff', other: '#222222', diverged: '#d55e00' },
        x: { label: 'start of player 1' },
        y: { label: 'start of player 2' },
      },
    ),
  );

export const logisticBasins = defineExperiment<GridOptions, BasinFinding>({
  name: 'logistic-basins',
  description:
    'Basins of attraction of the two fixed points of the logistic game, for naive learning, LOLA and HOLA ' +
    '(Cooijmans 2023, thesis, fig. 6.2b).',
  config,
  quick: { side: 15 },
  plan: (settings) =>
    exactRules.map(({ name, rule }) => ({
      group: 'logistic game',
      name,
      run: () => findBasins(name, rule, settings),
    })),
  notes: () => [
    'The thesis shows these basins in a picture and gives no counts. Reference code of the project, on the default ' +
      `grid of 29 x 29 points: ${exactRules.map(({ name, reference }) => `${name} ${reference}`).join('; ')}. Points on ` +
      'x = -y depend on rounding, so this runs without fused multiply-add. The grid is fixed, so there is no standard error; the seed is not used.',
  ],
  sections: (_, findings) => [
    {
      title: 'Basins of attraction',
      text: 'White: both players end above 0. Black: they end elsewhere. Orange: they diverge.',
      figures: findings.map((finding) => ({ caption: finding.name, svg: basinPicture(finding) })),
    },
  ],
});
