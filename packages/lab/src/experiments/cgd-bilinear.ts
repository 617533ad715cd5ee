/** Simultaneous gradients and competitive gradient descent on the bilinear game. */
import { bilinearGame, cgd, directionField, naive, type Rule, run } from '@descant/autodiff-games';
import { curvesPlot, type Point, trajectoryPlot, vectorFieldPlot } from '@descant/autodiff-games/plots';
import { tensor } from '@descant/tensor-ops';
import { z } from 'zod';
import { defineExperiment, type Finding } from '../experiment.ts';
import { svgOf } from '../report/plot.ts';
import type { Row } from '../results/schema.ts';

const config = z.strictObject({
  learningRate: z.number().positive().default(0.05),
  steps: z.int().min(1).max(1_000_000).default(6000),
  /** Both players start here. */
  start: z.number().positive().default(1),
});
type Config = z.infer<typeof config>;

interface Method {
  readonly name: string;
  readonly rule: Rule;
  /** What the distance to the equilibrium is multiplied by in each step, exactly. */
  readonly factor: number;
}

const methods = ({ learningRate }: Config): Method[] => {
  const growth = Math.sqrt(1 + learningRate ** 2);
  return [
    { name: 'SimGA', rule: naive(), factor: growth },
    { name: 'CGD', rule: cgd({ ownRate: learningRate }), factor: 1 / growth },
    { name: 'CGD(GMRES)', rule: cgd({ ownRate: learningRate, gmresIterations: 2 }), factor: 1 / growth },
  ];
};

interface BilinearFinding extends Finding {
  readonly method: string;
  /** The first steps, as long as the distance to the equilibrium is within a factor of 3 of that of the start. */
  readonly path: readonly Point[];
  /** Step and distance to the equilibrium, every ten steps. */
  readonly distances: readonly Point[];
}

/** The players' positions after each of the steps. */
function pathOf({ rule }: Method, { learningRate, steps, start }: Config): Point[] {
  const initial = [0, 1].map(() => tensor([[start]], { dtype: 'float64' }));
  const options = { rules: [rule, rule], learningRate, steps, stride: 1 };
  const { parameters } = run(bilinearGame(), initial, options);
  return Array.from({ length: steps + 1 }, (_, t): Point => [parameters[0].data[t], parameters[1].data[t]]);
}

const norm = ([x, y]: Point): number => Math.hypot(x, y);

function follow(method: Method, settings: Config): BilinearFinding {
  const path = pathOf(method, settings);
  const { steps } = settings;
  const row = (quantity: string, measured: number, unit: string): Row => ({
    name: `${method.name}, ${quantity}`,
    paper: null,
    measured,
    standardError: null,
    n: 1,
    unit,
  });
  const factors = path.slice(1).map((point, t) => norm(point) / norm(path[t]));
  const worst = factors.reduce((a, factor) => Math.max(a, Math.abs(factor - method.factor)), 0);
  const departed = path.findIndex((point) => Math.abs(Math.log(norm(point) / norm(path[0]))) > Math.log(3));
  const distances = path.map((point, t): Point => [t, norm(point)]).filter(([t]) => t % 10 === 0);
  return {
    method: method.name,
    path: departed < 0 ? path : path.slice(0, departed),
    distances,
    rows: [
      row('factor of the distance to (0, 0) a step', (norm(path[steps]) / norm(path[0])) ** (1 / steps), '1'),
      row('the same in closed form', method.factor, '1'),
      row('largest deviation of a step from it', worst, '1'),
      row(`distance to (0, 0) after ${steps} steps`, norm(path[steps]), '1'),
    ],
    metrics: distances.map(([step, distance]) => ({ method: method.name, step, distance })),
  };
}

const inwards = (rate: number): string => ((Math.atan(rate) * 180) / Math.PI).toFixed(1);

const axes = { x: { label: 'θ (player 1)' }, y: { label: 'φ (player 2)' } };

function trajectoryFigure({ method, path }: BilinearFinding) {
  return {
    caption: `${method}, the first ${path.length - 1} steps.`,
    svg: svgOf(trajectoryPlot([path], { title: method, ...axes, marked: [[0, 0]] })),
  };
}

function fieldFigure({ name, rule }: Method, learningRate: number) {
  const axis = Array.from({ length: 13 }, (_, i) => (i - 6) / 3);
  const field = directionField(bilinearGame(), { axes: [axis, axis], rules: [rule, rule] });
  const title = `${name}, learning rate ${learningRate}`;
  return {
    caption: `Directions of ${name}.`,
    svg: svgOf(vectorFieldPlot(field, { title, ...axes, marked: [[0, 0]] })),
  };
}

export const cgdBilinear = defineExperiment<Config, BilinearFinding>({
  name: 'cgd-bilinear',
  description:
    'Simultaneous gradient ascent leaves the equilibrium of the bilinear game, competitive gradient descent ' +
    'converges to it (Schaefer and Anandkumar 2019; Nema and Ravindran 2021, IPO, fig. 1).',
  config,
  quick: { steps: 1000 },
  plan: (settings) =>
    methods(settings).map((method) => ({
      group: 'bilinear game',
      name: method.name,
      run: () => follow(method, settings),
    })),
  notes: ({ learningRate, start }) => [
    `The game is f = -g = θ φ, both players start at ${start}, learning rate ${learningRate}. The paper shows a ` +
      'picture and gives no numbers; in closed form every step multiplies the distance to (0, 0) by ' +
      'sqrt(1 + rate^2) for simultaneous gradient ascent (SimGA) and by its inverse for CGD, whatever the rate. ' +
      'CGD(GMRES) solves the same system without forming second derivatives. Nothing is random: no standard ' +
      'errors, and the seed is not used.',
  ],
  sections: (settings, findings) => {
    const main = findings.filter(({ method }) => method !== 'CGD(GMRES)');
    const [simGa, cgdRule] = methods(settings);
    const [, large] = methods({ ...settings, learningRate: 0.5 });
    return [
      {
        title: 'Trajectories',
        text: 'As in the left panel of the paper’s fig. 1: a ring where learning starts, a disc where the picture ends.',
        figures: [
          ...main.map(trajectoryFigure),
          {
            caption: 'The distance to the equilibrium.',
            svg: svgOf(
              curvesPlot(
                main.map(({ method, distances }) => ({ name: method, points: distances })),
                {
                  title: 'Distance to (0, 0)',
                  logarithmic: true,
                  x: { label: 'step' },
                  y: { label: 'distance' },
                },
              ),
            ),
          },
        ],
      },
      {
        title: 'Directions',
        text:
          'As in the right panel. SimGA goes at right angles to the radius, and so, by steps of any length, outwards. ' +
          `CGD turns inwards by atan(rate): ${inwards(settings.learningRate)} degrees at the learning rate ` +
          `${settings.learningRate}, ${inwards(0.5)} degrees at 0.5, where it is plain to see.`,
        figures: [
          ...[simGa, cgdRule].map((method) => fieldFigure(method, settings.learningRate)),
          fieldFigure(large, 0.5),
        ],
      },
    ];
  },
});
