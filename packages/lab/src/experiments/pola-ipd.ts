/** POLA in the contribution game, the Iterated Prisoner's Dilemma of its paper. */
import { curvesPlot, type Point } from '@descant/autodiff-games/plots';
import { tracedIteratedMatrixGame } from '@descant/envs';
import {
  constantPolicy,
  estimate,
  gruNetwork,
  type Learner,
  type LearnerState,
  mlpNetwork,
  type Network,
  opponentModelling,
  play,
  pola,
  polaPresets,
  rewardPerStep,
  type SampledGame,
  sampledGame,
  simultaneous,
  tabularCritic,
  tabularPolicy,
} from '@descant/marl-algos';
import { foldIn, jit, type Tensor } from '@descant/tensor-ops';
import { adam } from '@descant/tensor-ops/optim';
import { z } from 'zod';
import { defineExperiment, type Finding, type TaskContext } from '../experiment.ts';
import { cellKey } from '../head-to-head/cell.ts';
import { trainInRun } from '../marl/training.ts';
import { svgOf } from '../report/plot.ts';
import { summarise } from '../statistics.ts';

const { settings: zhao, ...preset } = polaPresets.zhaoPrisonersDilemma;

const updates = z.int().min(1).max(100_000);
const units = z.int().min(1).max(1024);

const config = z.strictObject({
  runs: z.int().min(1).max(1000).default(5),
  plays: z.int().min(2).max(100_000).default(256),
  /** Steps of a play while learning. */
  steps: z.int().min(1).max(10_000).default(32),
  outerSteps: z.int().min(1).max(10_000).default(20),
  innerPenalty: z.number().min(0).default(10),
  outerPenalty: z.number().min(0).default(30),
  /** For tables, perceptrons and GRUs. */
  updates: z.tuple([updates, updates, updates]).default([24, 36, 24]),
  /** Step sizes of the others' two imagined steps, for tables, perceptrons and GRUs. */
  innerRates: z.tuple([z.number(), z.number(), z.number()]).default([1, 0.05, 0.15]),
  /** Of the perceptrons and GRUs. */
  units: z.tuple([units, units]).default([64, 8]),
});
type Config = z.infer<typeof config>;

/** f. */
const FACTOR = 1.33;
const together = FACTOR - 1;
const [alone, free] = [FACTOR / 2 - 1, FACTOR / 2];
/** For each player: payoffs of giving or not, by what both do. */
const payoffs = [
  [
    [together, alone],
    [free, 0],
  ],
  [
    [together, free],
    [alone, 0],
  ],
];

const environmentOf = (maxSteps: number) => tracedIteratedMatrixGame({ game: payoffs, maxSteps });
const STATES = 5;
/** Plays and steps by which agents are judged. */
const JUDGED = { plays: 512, steps: 50 };

/** What learns: with tables, perceptrons or GRUs; without a look-ahead; with models of the other. */
const cells = [
  { name: 'POLA', kind: 'table' },
  { name: 'POLA-OM', kind: 'table' },
  { name: 'naive proximal learners', kind: 'table' },
  { name: 'POLA', kind: 'perceptron' },
  { name: 'POLA', kind: 'GRU' },
] as const;
type Cell = (typeof cells)[number];

const titleOf = ({ name, kind }: Cell) => `${name}, ${kind}`;

/** In the order of the settings. */
const kinds = ['table', 'perceptron', 'GRU'] as const;

/** Learning rates of Adam, for policies and critics. */
const rates = { table: [0.02, 0.03], perceptron: [0.003, 0.01], GRU: [0.005, 0.01] } as const;

function networkOf(kind: Cell['kind'], settings: Config, outputs: number): Network {
  const inputShape = [STATES];
  const units = settings.units[kind === 'GRU' ? 1 : 0];
  if (kind === 'perceptron') return mlpNetwork({ inputShape, hidden: [units], outputs }) as Network;
  if (kind === 'GRU') return gruNetwork({ inputShape, units, outputs }) as Network;
  return (outputs === 1 ? tabularCritic(STATES) : tabularPolicy(STATES, outputs, { scale: 0.03 })) as Network;
}

function learnerOf(game: SampledGame, { name, kind }: Cell, settings: Config): Learner<LearnerState> {
  const [rate, criticRate] = rates[kind];
  const { outerSteps, innerPenalty, outerPenalty, innerRates } = settings;
  const learner = pola(game, {
    ...zhao,
    innerSteps: name.startsWith('naive') ? 0 : zhao.innerSteps,
    innerLearningRate: innerRates[kinds.indexOf(kind)],
    outerSteps,
    innerPenalty,
    outerPenalty,
    critic: networkOf(kind, settings, 1),
    optimizer: adam({ learningRate: rate }),
    criticOptimizer: adam({ learningRate: criticRate }),
  });
  const modelled = { optimizer: adam({ learningRate: 0.1 }), steps: 10 };
  const chosen = name === 'POLA-OM' ? opponentModelling(game, learner, modelled) : learner;
  return chosen as Learner<LearnerState>;
}

interface PolaFinding extends Finding {
  readonly cell: string;
  /** Reward per step: of both players in plays with each other, of each player against always-defect. */
  readonly rewards: readonly number[];
  readonly againstDefect: readonly number[];
  /** Mean reward per step of both players before each update. */
  readonly curve: readonly number[];
}

async function learn(cell: Cell, run: number, settings: Config, seed: number, context: TaskContext) {
  const { plays, steps } = settings;
  const updates = settings.updates[kinds.indexOf(cell.kind)];
  const policies = networkOf(cell.kind, settings, 2);
  const { discount } = preset;
  const game = sampledGame({ environment: environmentOf(steps), policies, plays, discount });
  const learner = learnerOf(game, cell, settings);
  const label = `${titleOf(cell)}, run ${run + 1}`;
  const key = cellKey(seed, label);
  const { state, history } = await trainInRun(
    {
      name: label.replaceAll(/[^a-zA-Z0-9]+/g, '-'),
      algorithm: simultaneous(game, [learner, learner]),
      key,
      updates,
      config: { ...settings, cell: titleOf(cell) },
    },
    context,
  );
  const agents = state.map(({ parameters }) => parameters);
  const judge = environmentOf(JUDGED.steps);
  const rewardOf = (networks: readonly Network[], parameters: readonly unknown[], i: number) => {
    const judged = sampledGame({ environment: judge, policies: networks, plays: JUDGED.plays });
    const measure = jit((k: Tensor) => rewardPerStep(play(judged, parameters, k)));
    return estimate(measure(foldIn(foldIn(key, updates), i))).map(({ mean }) => mean ?? Number.NaN);
  };
  const defect = constantPolicy(judge, 1, 1) as Network;
  const curve = history.map((m) => (m['0.reward'] + m['1.reward']) / 2);
  return {
    cell: titleOf(cell),
    rewards: rewardOf([policies, policies], agents, 0),
    againstDefect: agents.map((agent, i) => rewardOf([policies, defect], [agent, null], i + 1)[0]),
    curve,
    rows: [],
    metrics: curve.map((reward, update) => ({ cell: titleOf(cell), run: run + 1, update, reward })),
  };
}

const average = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

const byCell = (findings: readonly PolaFinding[]) =>
  cells
    .map((cell) => ({ cell, found: findings.filter((f) => f.cell === titleOf(cell)) }))
    .filter(({ found }) => found.length > 0);

/** Read off figures of Zhao et al. 2022. */
const paper = { together: 0.312, againstDefect: -0.036 };

export const polaIpd = defineExperiment<Config, PolaFinding>({
  name: 'pola-ipd',
  description:
    'POLA with tables, perceptrons and GRUs in the contribution game, with known and modelled opponents, beside naive ' +
    'proximal learners (Zhao et al. 2022).',
  config,
  quick: { runs: 1, updates: [3, 3, 3], plays: 16, outerSteps: 3, units: [8, 4] },
  full: { runs: 10, plays: 2000 },
  accumulates: ['runs'],
  plan: (settings, seed) =>
    cells.flatMap((cell) =>
      Array.from({ length: settings.runs }, (_, run) => ({
        group: titleOf(cell),
        name: `run ${run + 1}`,
        run: (context: TaskContext) => learn(cell, run, settings, seed, context),
      })),
    ),
  summary: (_, findings) =>
    byCell(findings).flatMap(({ cell, found }) => {
      const shapes = cell.name.startsWith('POLA');
      const row = (what: string, values: readonly number[], published: number | null) => {
        const { mean, standardError, n } = summarise(values);
        const name = `${titleOf(cell)}: ${what}`;
        return { name, paper: published, measured: mean, standardError, n, unit: 'reward per step' };
      };
      return [
        row(
          'with each other',
          found.map((f) => average(f.rewards)),
          shapes ? paper.together : null,
        ),
        row(
          'the poorer of the two',
          found.map((f) => Math.min(...f.rewards)),
          null,
        ),
        row(
          'against always-defect',
          found.map((f) => average(f.againstDefect)),
          shapes ? paper.againstDefect : null,
        ),
      ];
    }),
  notes: ({ runs, plays, steps, updates, outerSteps, innerPenalty, outerPenalty, innerRates, units }) => [
    `Set-up: ${runs} runs (n) of ${updates.join(', ')} updates (tables, perceptrons, GRUs) of both players; an update is ${outerSteps} outer steps of Adam through ` +
      `${zhao.innerSteps} inner steps of gradient ascent each, with ${plays} plays of ${steps} steps for every step; penalties ` +
      `${innerPenalty} (inner) and ${outerPenalty} (outer), inner rates ${innerRates.join(', ')}, ` +
      `discount ${preset.discount}. The paper: GRUs of ${preset.units} units, ${preset.updates} updates of ${zhao.outerSteps} ` +
      `outer steps with ${preset.plays} plays of ${preset.steps} steps, penalties ${zhao.innerPenalty} and ` +
      `${zhao.outerPenalty}, inner rate ${zhao.innerLearningRate}, some 300 times as many plays in total. Perceptrons ` +
      `have ${units[0]} units here, GRUs ${units[1]}.`,
    `The contribution game with f = ${FACTOR} is the Iterated Prisoner’s Dilemma with payoffs -1, -3, 0, -2, plus 2, over 3 ` +
      `(to 0.003): ${paper.together} is -1.06 there. Rewards are means of ${JUDGED.plays} plays of ${JUDGED.steps} steps; ` +
      'published values are read off figures.',
    'Tried with tables: after some 28 updates one of the players begins to extort the other; an inner rate of 3 stays at ' +
      '0.1 to 0.3 in most runs (60 updates), one of 0.5 ends in extortion. A step of a network moves the policy in all ' +
      'states at once, the more so the more units it has, so that its inner rates are smaller: perceptrons of 8 units with ' +
      'rates from 0.3 to 1 mostly learned to defect, one with 0.1 to reciprocate but not to begin. GRUs of 8 to 32 units with rates ' +
      'from 0.05 to 0.5, also with larger inputs, learned to defect or one came to exploit the other.',
  ],
  sections: (_, findings) => [
    {
      title: 'Rewards while learning',
      text: 'Reward per step of both players with each other, means over the runs. Together: 0.33; nobody gives: 0.',
      figures: [
        {
          caption: 'Reward per step by updates.',
          svg: svgOf(
            curvesPlot(
              byCell(findings).map(({ cell, found }) => ({
                name: titleOf(cell),
                points: found[0].curve.map((_, i): Point => [i, average(found.map(({ curve }) => curve[i]))]),
              })),
              { title: 'contribution game', x: { label: 'update' }, y: { label: 'reward per step' } },
            ),
          ),
        },
      ],
    },
  ],
});
