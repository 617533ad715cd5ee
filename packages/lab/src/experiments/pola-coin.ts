/** POLA in the coin game, as far as a budget of minutes goes. */
import { curvesPlot, type Point } from '@descant/autodiff-games/plots';
import { tracedCoinGame } from '@descant/envs';
import {
  type Estimate,
  estimate,
  gruNetwork,
  mcts,
  type Network,
  onePolicy,
  ownCoinRatio,
  type Plays,
  play,
  pola,
  polaPresets,
  rewardPerStep,
  sampledGame,
  shortestPathPolicy,
  uniformPolicy,
} from '@descant/marl-algos';
import { foldIn, jit, type Tensor } from '@descant/tensor-ops';
import { adam } from '@descant/tensor-ops/optim';
import { z } from 'zod';
import { defineExperiment, type Finding, type TaskContext } from '../experiment.ts';
import { cellKey } from '../head-to-head/cell.ts';
import { budgeted, coinSettings } from '../marl/coin-budget.ts';
import { keepAgent, trainInRun } from '../marl/training.ts';
import { svgOf } from '../report/plot.ts';
import type { Row } from '../results/schema.ts';
import { summarise } from '../statistics.ts';

const { settings: zhao, ...preset } = polaPresets.zhaoCoinGame;

const config = z.strictObject({
  /** Minutes of one core for each seed, with and without inner steps; it decides on plays and updates. */
  budget: z.number().positive().max(100_000).default(7),
  /** More are added by --resume. */
  seeds: z.int().min(1).max(100).default(4),
  /** Of the GRUs of policies and critics. */
  units: z.int().min(1).max(1024).default(16),
  /** Simulations of MCTS before each of its steps; 0: no MCTS. */
  simulations: z.int().min(0).max(100_000).default(100),
});
type Config = z.infer<typeof config>;

const methods = ['POLA', 'naive proximal learners'] as const;
type Method = (typeof methods)[number];

/** Plays by which agents are judged, of the coin game's 50 steps; MCTS plays fewer. */
const JUDGED = 512;
const SEARCHED = 32;

const environment = tracedCoinGame({ egocentric: true });
const networkOf = (units: number, outputs: number) =>
  gruNetwork({ inputShape: environment.observationShape, units, outputs }) as Network;

/** What is measured of an agent, with what the paper shows for POLA. */
const measures = {
  'own-coin ratio with itself': 0.82,
  'coins per step with itself': null,
  'reward with itself': 0.26,
  'reward against always-defect': -0.03,
  'reward against always-cooperate': null,
  'reward against MCTS': null,
} as const;
type Measured = Readonly<Partial<Record<keyof typeof measures, number>>>;

interface CoinFinding extends Finding {
  readonly method: Method;
  readonly measured: Measured;
  /** Mean reward per step with itself before each update. */
  readonly curve: readonly number[];
}

const meanOf = (estimates: readonly Estimate[]) =>
  estimates.reduce((sum, { mean }) => sum + (mean ?? Number.NaN), 0) / estimates.length;

async function judge(agent: unknown, units: number, simulations: number, key: Tensor, signal: AbortSignal) {
  const own = networkOf(units, environment.actions[0]);
  const against = (other: Network, plays = JUDGED) =>
    sampledGame({ environment, policies: [own, other], plays, discount: preset.discount });
  const playing = (other: Network, parameters: unknown, i: number): Plays =>
    jit((k: Tensor) => play(against(other), [agent, parameters], k))(foldIn(key, i));
  const reward = (plays: Plays) => estimate(rewardPerStep(plays))[0].mean ?? Number.NaN;
  const withItself = playing(own, agent, 0);
  const ratio = ownCoinRatio(withItself);
  const coins = estimate({ part: ratio.whole, whole: rewardPerStep(withItself).whole });
  const measured: Measured = {
    'own-coin ratio with itself': meanOf(estimate(ratio)),
    'coins per step with itself': 2 * meanOf(coins),
    'reward with itself': meanOf(estimate(rewardPerStep(withItself))),
    'reward against always-defect': reward(playing(shortestPathPolicy(environment, 1, 'any'), null, 1)),
    'reward against always-cooperate': reward(playing(shortestPathPolicy(environment, 1, 'own'), null, 2)),
  };
  if (simulations === 0) return measured;
  const game = against(uniformPolicy(environment, 1), SEARCHED);
  const parameters = [agent, null];
  const search = { game, parameters, seat: 1, key: foldIn(key, 3), signal };
  return { ...measured, 'reward against MCTS': reward(await mcts({ simulations }).respond(search)) };
}

async function learn(method: Method, run: number, settings: Config, seed: number, context: TaskContext) {
  const { units } = settings;
  const { plays, updates, steps } = budgeted(settings);
  const policies = networkOf(units, environment.actions[0]);
  const game = sampledGame({ environment, policies, plays, steps, discount: preset.discount });
  const learner = pola(game, {
    ...coinSettings,
    innerSteps: method === 'POLA' ? coinSettings.innerSteps : 0,
    critic: networkOf(units, 1),
    optimizer: adam({ learningRate: coinSettings.learningRate }),
    criticOptimizer: adam({ learningRate: coinSettings.criticLearningRate }),
  });
  const label = `${method}, seed ${run + 1}`;
  const name = label.replaceAll(/[^a-zA-Z0-9]+/g, '-');
  // Both methods begin with the same agents.
  const key = cellKey(seed, `seed ${run + 1}`);
  const algorithm = onePolicy(game, learner);
  const { state, history } = await trainInRun(
    { name, algorithm, key, updates, config: { ...settings, plays, steps, method } },
    context,
  );
  keepAgent(context, name, policies, state.parameters);
  const curve = history.map(({ reward }) => reward);
  const measured = await judge(
    state.parameters,
    units,
    settings.simulations,
    foldIn(key, updates),
    context.signal,
  );
  return {
    method,
    measured,
    curve,
    rows: [],
    metrics: curve.map((reward, update) => ({ method, seed: run + 1, update, reward })),
  };
}

const of = (findings: readonly CoinFinding[], method: Method) => findings.filter((f) => f.method === method);

/** What is measured of the agents of a method. */
const valuesOf = (found: readonly CoinFinding[], what: keyof typeof measures): number[] =>
  found.flatMap(({ measured }) => measured[what] ?? []);

const RATIO = 'own-coin ratio with itself';

/** How much more of their own coins POLA's agents take than naive learners', seed by seed. */
function advantage(findings: readonly CoinFinding[]) {
  const [shaping, naive] = methods.map((method) => valuesOf(of(findings, method), RATIO));
  const pairs = Math.min(shaping.length, naive.length);
  return summarise(shaping.slice(0, pairs).map((ratio, i) => ratio - naive[i]));
}

export const polaCoin = defineExperiment<Config, CoinFinding>({
  name: 'pola-coin',
  description:
    'POLA with GRUs in the coin game within a budget of minutes, beside naive proximal learners (Zhao et al. 2022).',
  config,
  quick: { budget: 0.02, seeds: 1, units: 4, simulations: 5 },
  full: { budget: 1400, units: preset.units, simulations: 1000 },
  accumulates: ['seeds'],
  plan: (settings, seed) =>
    Array.from({ length: settings.seeds }, (_, run) => run).flatMap((run) =>
      methods.map((method) => ({
        group: `seed ${run + 1}`,
        name: method,
        run: (context: TaskContext) => learn(method, run, settings, seed, context),
      })),
    ),
  announcement: ({ budget, seeds }) => `about ${budget * seeds} minutes of one core`,
  summary: (_, findings) => {
    const rows = methods.flatMap((method) =>
      (Object.keys(measures) as (keyof typeof measures)[]).flatMap((what): Row[] => {
        const values = valuesOf(of(findings, method), what);
        if (values.length === 0) return [];
        const { mean, standardError, n } = summarise(values);
        const paper = method === 'POLA' ? measures[what] : null;
        const unit =
          what === RATIO ? 'share' : what.startsWith('coins') ? 'coins per step' : 'reward per step';
        return [{ name: `${method}: ${what}`, paper, measured: mean, standardError, n, unit }];
      }),
    );
    const { mean, standardError, n } = advantage(findings);
    const name = 'own-coin ratio, POLA minus naive';
    return [...rows, { name, paper: null, measured: mean, standardError, n, unit: 'share' }];
  },
  notes: (settings, findings) => {
    const { plays, updates, steps } = budgeted(settings);
    const { outerSteps, innerSteps, innerLearningRate, innerPenalty, outerPenalty, lambda, dependence } =
      coinSettings;
    const { mean: ratio } = summarise(valuesOf(of(findings, 'POLA'), RATIO));
    const { mean: more, standardError: error } = advantage(findings);
    const reached = (yes: boolean) => (yes ? 'reached' : 'not reached');
    return [
      `Budget: ${settings.budget} minutes of one core for each of ${settings.seeds} seeds and both methods: ${updates} updates of ` +
        `${outerSteps} outer steps with ${innerSteps} inner steps, ${plays} plays of ${steps} steps for every step, GRUs of ` +
        `${settings.units} units. Inner rate ${innerLearningRate}, penalties ${innerPenalty} (inner) and ${outerPenalty} ` +
        `(outer), lambda ${lambda}, dependence ${dependence}, Adam ${coinSettings.learningRate}, discount ${preset.discount}. The paper: ` +
        `${preset.updates} updates of ${zhao.outerSteps} outer and ${zhao.innerSteps} inner steps with ${preset.plays} plays of ` +
        `${preset.steps} steps, ${preset.units} units, some 70 hours of two cores. One policy plays both seats here; in the paper there are two.`,
      'Naive proximal learners are the same without inner steps, with as many updates from the same initial agents. ' +
        `Numbers are means over the seeds of means over ${JUDGED} plays of 50 steps (${SEARCHED} with MCTS of ` +
        `${settings.simulations} simulations), standard errors over the seeds. Published values are read off figures, as are .50 for ` +
        'the own-coin ratio of LOLA-DiCE.',
      'Tried, one training of at most 100 updates each: networks with a coin memory in the place of GRUs (16 units, inner rates ' +
        '0.1 to 5), and with a readout of their own for each memory (16 and 64 units, 0.03 to 1; 256 to 2048 plays; dependence 0.7 ' +
        'to 1; from the start or from naive learners). The latter end at an own-coin ratio of .500 when naive; with inner rates ' +
        'of 0.3 or more they hold .50 to .54, below they fall to .50, and none began to cooperate. GRUs of 16 units with a lambda of ' +
        '0.9 and a dependence of 0.7, up to 240 updates: cooperation with one seed of three at an inner rate of 0.1 (.73), one of ' +
        'two at 0.2 (.76), none of two at 0.3 and at 0.4.',
      ratio === null
        ? 'Nothing was measured yet.'
        : `Own-coin ratio of .65: ${reached(ratio >= 0.65)}. Above the naive baseline by two standard errors: ` +
          (more === null || error === null ? 'needs two seeds.' : `${reached(more > 2 * error)}.`),
    ];
  },
  sections: (_, findings) => [
    {
      title: 'Rewards while learning',
      text: 'Reward per step with itself before each update, means over the seeds.',
      figures: [
        {
          caption: 'Reward per step by updates.',
          svg: svgOf(
            curvesPlot(
              methods
                .filter((method) => of(findings, method).length > 0)
                .map((method) => {
                  const curves = of(findings, method).map(({ curve }) => curve);
                  const points = curves[0].map((_, i): Point => {
                    const at = curves.map((curve) => curve[i]);
                    return [i, at.reduce((a, b) => a + b, 0) / at.length];
                  });
                  return { name: method, points };
                }),
              { title: 'coin game', x: { label: 'update' }, y: { label: 'reward per step' } },
            ),
          ),
        },
      ],
    },
  ],
});
