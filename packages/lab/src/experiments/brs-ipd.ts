/** BRS and BRS-SP against a tree search detective in the finite Iterated Prisoner's Dilemma. */
import { curvesPlot, type Point } from '@descant/autodiff-games/plots';
import { tracedIteratedMatrixGame } from '@descant/envs';
import { type BrsTreeSearchState, brsTreeSearch, mlpNetwork, sampledGame } from '@descant/marl-algos';
import { at, eye, key, reshape, softmax, type Tensor, vmap } from '@descant/tensor-ops';
import { sgd } from '@descant/tensor-ops/optim';
import * as Plot from '@observablehq/plot';
import { z } from 'zod';
import { defineExperiment, type Finding } from '../experiment.ts';
import { manyRuns } from '../marl/many-runs.ts';
import { trainInRun } from '../marl/training.ts';
import { svgOf } from '../report/plot.ts';
import { summarise } from '../statistics.ts';

const config = z.strictObject({
  /** Independent runs of each method. */
  runs: z.int().min(2).max(1000).default(10),
  updates: z.int().min(50).max(10_000_000).multipleOf(50).default(8000),
  /** Trees, and plays with itself, of an update. */
  plays: z.int().min(2).max(100_000).default(64),
  units: z.int().min(1).max(4096).default(16),
  learningRate: z.number().positive().default(3e-4),
});
type Config = z.infer<typeof config>;

/** Updates in one compiled call. */
const TOGETHER = 50;

const states = ['start', 'CC', 'CD', 'DC', 'DD'] as const;

/** What figure 5.2 shows, as probabilities of cooperation in the states. */
const methods = [
  { name: 'BRS', selfPlay: false, strategy: 'CTFT', paper: [0, 1, 0, 1, 0] },
  { name: 'BRS-SP', selfPlay: true, strategy: 'TFT', paper: [1, 1, 0, 1, 0] },
] as const;
type Method = (typeof methods)[number];

interface BrsFinding extends Finding {
  readonly method: string;
  /** P(cooperate) of each run in each state. */
  readonly policies: readonly (readonly number[])[];
  readonly curve: readonly ({ readonly update: number } & Readonly<Record<string, number>>)[];
}

async function learn(
  { name, selfPlay, strategy, paper }: Method,
  settings: Config,
  seed: number,
  context: Parameters<typeof trainInRun>[1],
): Promise<BrsFinding> {
  const { runs, updates, plays, units, learningRate } = settings;
  const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 6 });
  const network = mlpNetwork({ inputShape: [states.length], hidden: [units], outputs: 2 });
  const optimizer = sgd({ learningRate });
  const game = sampledGame({ environment, policies: network, plays });
  const brs = brsTreeSearch(game, selfPlay ? { optimizer, selfPlay: optimizer } : { optimizer });
  const cooperation = ({ parameters }: BrsTreeSearchState): Tensor => {
    const everyState = reshape(eye(states.length), [states.length, 1, states.length]);
    const typed = parameters as ReturnType<typeof network.init>;
    return at(at(softmax(network.sequence(typed, everyState), -1), 0, 2), 0, 1);
  };
  const watch = (state: BrsTreeSearchState) =>
    Object.fromEntries(states.map((s, i) => [s, at(cooperation(state), i)]));
  const { state, history } = await trainInRun(
    {
      name,
      algorithm: manyRuns(brs, { runs, updates: TOGETHER, watch }),
      key: key(seed),
      updates: updates / TOGETHER,
      config: { ...settings, method: name, seed },
    },
    context,
  );
  const policies = vmap(cooperation)(state).toArray() as number[][];
  const learned = (tolerance: number) =>
    policies.filter((policy) => policy.every((p, i) => Math.abs(p - paper[i]) < tolerance)).length;
  const count = (what: string, tolerance: number) => ({
    name: `${name}: runs that learn ${strategy}, ${what}`,
    paper: null,
    measured: learned(tolerance),
    standardError: null,
    n: runs,
    unit: 'runs',
  });
  const last = history.slice(-10);
  const lately = (metric: string) => last.reduce((sum, m) => sum + m[metric], 0) / last.length;
  const returns = [
    ['against the detective', 'reward'],
    ['of the detective', 'detectiveReward'],
    ...(selfPlay ? [['against itself', 'selfPlayReward']] : []),
  ].map(([what, metric]) => ({
    name: `${name}: reward per step ${what}`,
    paper: null,
    measured: lately(metric),
    standardError: null,
    n: runs,
    unit: 'reward',
  }));
  const probabilities = states.map((s, i) => {
    const { mean, standardError, n } = summarise(policies.map((policy) => policy[i]));
    return {
      name: `${name}: P(cooperate | ${s})`,
      paper: paper[i],
      measured: mean,
      standardError,
      n,
      unit: 'probability',
    };
  });
  const curve = history.map((m, i) => ({ ...m, update: (i + 1) * TOGETHER }));
  return {
    rows: [count('nearest strategy', 0.5), count('within 0.25', 0.25), ...probabilities, ...returns],
    metrics: curve.map((m) => ({ method: name, ...m })),
    method: name,
    policies,
    curve: curve.filter((_, i) => i % Math.ceil(curve.length / 200) === 0),
  };
}

/** The probabilities of all runs in each state, with their mean and standard error: figure 5.2. */
function bars({ policies }: BrsFinding): string {
  const means = states.map((state, i) => ({ state, ...summarise(policies.map((p) => p[i])) }));
  const points = policies.flatMap((policy) => policy.map((p, i) => ({ state: states[i], p })));
  return svgOf({
    width: 360,
    height: 260,
    x: { domain: states, label: 'state (own last action first)' },
    y: { domain: [0, 1], label: 'P(cooperate)', grid: true },
    marks: [
      Plot.barY(means, { x: 'state', y: 'mean', fill: '#a6cbe3' }),
      Plot.ruleX(means, {
        x: 'state',
        y1: ({ mean, standardError }) => mean - standardError,
        y2: ({ mean, standardError }) => mean + standardError,
      }),
      Plot.dot(points, { x: 'state', y: 'p', stroke: '#d55e00', r: 2 }),
      Plot.ruleY([0]),
    ],
  });
}

const curves = ({ method, curve }: BrsFinding) =>
  curvesPlot(
    states.map((name) => ({ name, points: curve.map((m): Point => [m.update, m[name]]) })),
    {
      title: `${method}: P(cooperate), means of the runs`,
      width: 420,
      height: 260,
      x: { label: 'update' },
      y: { label: 'P(cooperate)', domain: [0, 1] },
    },
  );

export const brsIpd = defineExperiment<Config, BrsFinding>({
  name: 'brs-ipd',
  description:
    'BRS and BRS-SP against a tree search detective in the Iterated Prisoner’s Dilemma of 6 steps (Cooijmans 2023, ' +
    'thesis, fig. 5.2).',
  config,
  quick: { runs: 4, updates: 200, learningRate: 3e-3 },
  plan: (settings, seed) =>
    methods.map((method) => ({
      group: 'policies',
      name: method.name,
      run: (context) => learn(method, settings, seed, context),
    })),
  notes: ({ runs, updates, plays, units, learningRate }) => [
    `Set-up: 6 steps, discount 1, an MLP with ${units} tanh units, SGD with a rate of ${learningRate} on the sum of the ` +
      `log-probabilities of all 63 nodes of a tree, ${plays} trees an update with the mean of the others as baseline, ` +
      `${updates} updates, ${runs} runs each. The thesis names neither batch, units, baseline nor updates (an hour on an A100).`,
    'Standard errors are over the runs. The paper’s values are the strategies that it says its figure shows: cynical tit for ' +
      'tat (CTFT) with BRS, tit for tat with BRS-SP. "Nearest strategy": each probability on its side of 1/2. Rewards are means ' +
      'of the last 500 updates.',
    'DC comes last with BRS: only an agent that has defected and been answered with cooperation learns there, and DD with ' +
      'BRS-SP, where two cooperators do not go; a run may settle at win-stay, lose-shift, which forgives there.',
  ],
  sections: (_, findings) =>
    findings.map((finding) => ({
      title: finding.method,
      text: 'Bars: means over the runs, with standard errors; dots: single runs.',
      figures: [
        { caption: `${finding.method}: policies`, svg: bars(finding) },
        { caption: `${finding.method}: learning`, svg: svgOf(curves(finding)) },
      ],
    })),
});
