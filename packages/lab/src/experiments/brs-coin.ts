/** BRS and BRS-SP in the coin game, as far as a budget of minutes goes, in a league. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { curvesPlot, type Point } from '@descant/autodiff-games/plots';
import {
  type Agent,
  a2c,
  coinMemoryNetwork,
  type League,
  league,
  loadAgent,
  mcts,
  type Responder,
  trainedResponse,
} from '@descant/marl-algos';
import { adam } from '@descant/tensor-ops/optim';
import { z } from 'zod';
import { defineExperiment, type Finding, type TaskContext } from '../experiment.ts';
import { cellKey } from '../head-to-head/cell.ts';
import { contestant } from '../league/contestants.ts';
import { leagueGame } from '../league/games.ts';
import { leagueFigures, readLeague, writeLeague } from '../league/table.ts';
import { brsCoinNotes, brsCoinRows } from '../marl/brs-coin-report.ts';
import {
  type BrsCoinMethod,
  brsCoinAlgorithm,
  brsCoinBudget,
  brsCoinMethods,
  brsCoinNetwork,
  DISCOUNT,
} from '../marl/brs-coin-training.ts';
import { keepAgent, trainInRun } from '../marl/training.ts';
import { svgOf } from '../report/plot.ts';

const config = z.strictObject({
  /** Minutes of one core for all trainings of BRS and BRS-SP; it decides on plays and updates. */
  budget: z.number().positive().max(1_000_000).default(60),
  /** Trainings of each method. */
  seeds: z.int().min(1).max(100).default(2),
  /** Simulations of a question. */
  samples: z.int().min(1).max(1024).default(4),
  network: z.enum(['coin-memory', 'gru']).default('coin-memory'),
  units: z.int().min(1).max(1024).default(32),
  /** Of the agents' policies; detectives and critics learn with 0.3 of it. */
  learningRate: z.number().positive().default(0.01),
  /** Other contestants, such as POLA=runs/.../POLA-seed-1.agent.safetensors. */
  others: z.array(z.string()).default([]),
  /** Plays of each pair of the league. */
  plays: z.int().min(2).max(100_000).default(32),
  /** Of MCTS before each of its moves. */
  simulations: z.int().min(1).max(100_000).default(200),
  /** Updates of a response trained against an agent. */
  response: z.int().min(1).max(1_000_000).default(200),
});
type Config = z.infer<typeof config>;

const OPTIONS = { egocentric: true } as const;
const game = () => leagueGame('coin-game', OPTIONS);

interface TrainingFinding extends Finding {
  readonly method: BrsCoinMethod;
  readonly curve: readonly Readonly<Record<string, number>>[];
}
interface LeagueFinding extends Finding {
  readonly league: League;
}
type BrsCoinFinding = TrainingFinding | LeagueFinding;

const nameOf = (method: BrsCoinMethod, run: number) => `${method}-${run + 1}`;

/** Trains an agent and gives its parameters to those who wait for them in this process. */
async function learn(
  method: BrsCoinMethod,
  run: number,
  settings: Config,
  seed: number,
  context: TaskContext,
  keep: (agent: Agent) => void,
): Promise<TrainingFinding> {
  const { updates } = brsCoinBudget(settings);
  const { environment } = game();
  const { budget, seeds, samples, network, units, learningRate } = settings;
  const { state, history } = await trainInRun(
    {
      name: nameOf(method, run),
      algorithm: brsCoinAlgorithm(method, settings, environment),
      key: cellKey(seed, nameOf(method, run)),
      updates,
      config: { budget, seeds, samples, network, units, learningRate, method, seed },
    },
    context,
  );
  const policy = brsCoinNetwork(settings, environment.actions[0]);
  keepAgent(context, nameOf(method, run), policy, state.parameters);
  keep({ name: nameOf(method, run), network: policy, parameters: state.parameters });
  const every = Math.ceil(updates / 100);
  const curve = Array.from({ length: Math.ceil(updates / every) }, (_, i) => {
    const part = history.slice(i * every, (i + 1) * every);
    const average = (name: string) => part.reduce((sum, m) => sum + m[name], 0) / part.length;
    return Object.fromEntries([
      ['update', i * every],
      ...Object.keys(part[0]).map((name) => [name, average(name)]),
    ]);
  });
  return {
    method,
    curve,
    rows: [],
    metrics: curve.map((m) => ({ agent: nameOf(method, run), ...m })),
  };
}

/** A response that A2C trains against an agent. */
const trained = (updates: number): Responder => {
  const optimizer = adam({ learningRate: 0.01 });
  const critic = coinMemoryNetwork({ hidden: [32], outputs: 1 });
  return trainedResponse({
    name: `trained ${updates}`,
    network: coinMemoryNetwork({ hidden: [32], outputs: 4 }),
    learner: (inTraining) =>
      a2c(inTraining, { optimizer, critic, criticOptimizer: optimizer, entropyWeight: 0.01 }),
    plays: 32,
    updates,
  });
};

async function compete(
  agents: readonly Agent[],
  settings: Config,
  seed: number,
  { folder, signal, progress }: TaskContext,
): Promise<LeagueFinding> {
  const { others, plays, simulations, response } = settings;
  const path = folder === undefined ? undefined : join(folder, 'league.json');
  const before = path === undefined ? undefined : readLeague(path)?.league;
  const named = ['always-cooperate', 'always-defect', ...others];
  const side = (seat: number) => [
    ...agents,
    ...named.map((spec) => contestant(spec, game(), seat, () => {})),
  ];
  const table = await league({
    environment: game().environment,
    measures: game().measures,
    rows: side(0),
    columns: [...side(1), mcts({ simulations }), trained(response)],
    plays,
    discount: DISCOUNT,
    seed,
    signal,
    ...(before === undefined ? {} : { from: before }),
    onCell: (now, total) => {
      if (path !== undefined) writeLeague(path, now, OPTIONS);
      progress(now.cells.length / total);
    },
  });
  signal.throwIfAborted();
  return { league: table, rows: brsCoinRows(table), metrics: [] };
}

/** The agents of the tasks before: from this process, or from the files of the run that is gone on with. */
function findAgents(known: ReadonlyMap<string, Agent>, seeds: number, { folder }: TaskContext): Agent[] {
  const names = brsCoinMethods.flatMap((method) =>
    Array.from({ length: seeds }, (_, run) => nameOf(method, run)),
  );
  return names.map((name) => {
    const agent = known.get(name);
    if (agent !== undefined) return agent;
    const path = join(folder ?? '.', `${name}.agent.safetensors`);
    if (!existsSync(path)) throw new Error(`brs-coin: the league needs the agent ${path}`);
    return loadAgent(name, readFileSync(path), game().environment, 0);
  });
}

const isTraining = (finding: BrsCoinFinding): finding is TrainingFinding => 'method' in finding;

/** What is shown of a method while it learns. */
const CURVES: Readonly<Record<string, string>> = {
  reward: 'agent against detective',
  detectiveReward: 'detective against earlier agents',
  selfPlayReward: 'agent against itself',
};

function learningCurve({ method, curve }: TrainingFinding) {
  const lines = Object.keys(CURVES).flatMap((name) =>
    name in curve[0]
      ? [
          {
            name: method === 'naive' ? 'agent against itself' : CURVES[name],
            points: curve.map((m): Point => [m.update, m[name]]),
          },
        ]
      : [],
  );
  const labels = { x: { label: 'update' }, y: { label: 'reward per step' } };
  return svgOf(curvesPlot(lines, { title: method, width: 420, height: 260, ...labels }));
}

export const brsCoin = defineExperiment<Config, BrsCoinFinding>({
  name: 'brs-coin',
  description:
    'BRS and BRS-SP in the coin game within a budget of minutes, beside naive learners, in a league with fixed, ' +
    'searching and trained opponents (Cooijmans 2023, thesis, fig. 5.3-5.5, 5.7, 5.8).',
  config,
  quick: { budget: 0.02, seeds: 1, samples: 1, units: 4, plays: 2, simulations: 2, response: 2 },
  full: {
    budget: 2 * 3 * 48 * 60,
    seeds: 3,
    samples: 16,
    network: 'gru',
    units: 64,
    learningRate: 1e-3,
    simulations: 1000,
    response: 3000,
  },
  plan: (settings, seed) => {
    const known = new Map<string, Agent>();
    const trainings = Array.from({ length: settings.seeds }, (_, run) => run).flatMap((run) =>
      brsCoinMethods.map((method) => ({
        group: 'trainings',
        name: nameOf(method, run),
        run: (context: TaskContext) =>
          learn(method, run, settings, seed, context, (agent) => known.set(agent.name, agent)),
      })),
    );
    const everybody = (context: TaskContext) =>
      compete(findAgents(known, settings.seeds, context), settings, seed, context);
    return [...trainings, { group: 'league', name: 'everybody', run: everybody }];
  },
  announcement: ({ budget }) => `about ${budget} minutes of one core for trainings, and some for the league`,
  notes: (settings, findings) => {
    const tables = findings.flatMap((finding) => (isTraining(finding) ? [] : [finding.league]));
    return brsCoinNotes(settings, tables[0]);
  },
  sections: (_, findings) =>
    findings.some(isTraining)
      ? [
          {
            title: 'Rewards while learning',
            text: 'Discounted returns divided by the number of steps; for naive learners rewards per step.',
            figures: findings
              .filter(isTraining)
              .map((finding) => ({ caption: finding.method, svg: learningCurve(finding) })),
          },
          ...findings.flatMap((finding) =>
            isTraining(finding)
              ? []
              : [
                  {
                    title: 'League',
                    text: 'Rewards per step of both seats: figures 5.5 and 5.8 of the thesis, per step.',
                    figures: leagueFigures(finding.league, 'reward'),
                  },
                ],
          ),
        ]
      : [],
});
