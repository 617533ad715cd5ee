/** What a league of coin game agents says about best response shaping. */
import type { League } from '@descant/marl-algos';
import type { Row } from '../results/schema.ts';
import { type Summary, summarise } from '../statistics.ts';
import {
  type BrsCoinMethod,
  type BrsCoinSettings,
  brsCoinBudget,
  brsCoinMethods,
} from './brs-coin-training.ts';

const RATIO = 'own-coin ratio';
type Measure = 'reward' | typeof RATIO;

/** The agents of a method: one for each seed. */
const agentsOf = ({ rows }: League, method: string): string[] =>
  rows.map(({ name }) => name).filter((name) => name === method || name.replace(/-\d+$/, '') === method);

/** What a row's agent (0) and its opponent (1) got; none where they have not played. */
const got = ({ cells }: League, row: string, column: string, measure: Measure): readonly number[] =>
  cells
    .find((cell) => cell.row === row && cell.column === column)
    ?.measures[measure].flatMap(({ mean }) => mean ?? []) ?? [];

/** Of both seats together when agents play themselves. */
function withItself(table: League, method: string, measure: Measure): number[] {
  return agentsOf(table, method).flatMap((name) => {
    const both = got(table, name, name, measure);
    return both.length === 2 ? [(both[0] + both[1]) / 2] : [];
  });
}

const against = (table: League, method: string, opponent: string, seat: number): number[] =>
  agentsOf(table, method).flatMap((name) => got(table, name, opponent, 'reward').slice(seat, seat + 1));

const difference = (a: Summary, b: Summary) => ({
  mean: a.mean === null || b.mean === null ? null : a.mean - b.mean,
  standardError:
    a.standardError === null || b.standardError === null
      ? null
      : Math.hypot(a.standardError, b.standardError),
});

/** How much more of its own coins a method takes in self-play than naive learners do. */
const advantage = (table: League, method: BrsCoinMethod) =>
  difference(summarise(withItself(table, method, RATIO)), summarise(withItself(table, 'naive', RATIO)));

/** The rows of the experiment's table: fig. 5.3, per step. */
export function brsCoinRows(table: League): Row[] {
  const row = (name: string, values: readonly number[], unit: string): Row[] => {
    if (values.length === 0) return [];
    const { mean, standardError, n } = summarise(values);
    return [{ name, paper: null, measured: mean, standardError, n, unit }];
  };
  const families = [...new Set(table.rows.map(({ name }) => name.replace(/-\d+$/, '')))];
  const opponents = table.columns
    .map(({ name }) => name)
    .filter((name) => !families.includes(name.replace(/-\d+$/, '')) || name.startsWith('always-'));
  const rows = families.flatMap((family) => [
    ...row(`${family}: own-coin ratio with itself`, withItself(table, family, RATIO), 'share'),
    ...row(`${family}: reward with itself`, withItself(table, family, 'reward'), 'reward per step'),
    ...opponents.flatMap((opponent) => [
      ...row(`${family}: reward against ${opponent}`, against(table, family, opponent, 0), 'reward per step'),
      ...row(`${family}: reward of ${opponent}`, against(table, family, opponent, 1), 'reward per step'),
    ]),
  ]);
  const more = brsCoinMethods
    .filter((method) => method !== 'naive')
    .map((method) => {
      const { mean, standardError } = advantage(table, method);
      const n = agentsOf(table, method).length;
      const name = `own-coin ratio, ${method} minus naive`;
      return { name, paper: null, measured: mean, standardError, n, unit: 'share' };
    });
  return [...rows, ...more];
}

const reached = (yes: boolean) => (yes ? 'reached' : 'not reached');

/** Whether MCTS gets less out of BRS than out of POLA, where POLA takes part. */
function exploitation(table: League): string {
  const search = table.columns.find(({ name }) => name.startsWith('mcts'))?.name ?? '';
  const of = (method: string) => summarise(against(table, method, search, 1)).mean;
  const [brs, shared, pola] = ['BRS', 'BRS-SP', 'POLA'].map(of);
  if (pola === null || brs === null || shared === null)
    return 'MCTS exploiting BRS less than POLA: needs an agent called POLA among the others.';
  const better = (name: string, gain: number) => `${name} ${reached(gain < pola)}`;
  return `MCTS gets less from them than from POLA: ${better('BRS', brs)}, ${better('BRS-SP', shared)}.`;
}

/** What the table rests on, and what it reaches. */
export function brsCoinNotes(settings: BrsCoinSettings, table: League | undefined): string[] {
  const { minutes, plays, updates } = brsCoinBudget(settings);
  const { budget, seeds, samples, network, units, learningRate } = settings;
  const setUp =
    `Budget: ${budget} minutes of one core, ${minutes.toFixed(2)} for each of ${seeds} trainings of BRS and of BRS-SP: ` +
    `${updates} updates of ${plays} plays of 50 steps, ${network} networks of ${units} units, questions of ${samples} ` +
    `samples of 4 steps, Adam ${learningRate} for the agent and ${(0.3 * learningRate).toPrecision(2)} for detectives and ` +
    'critics, discount 0.96, replay of 2048 (BRS) or 512 (BRS-SP) agents. Naive learners are A2C with itself, with as many ' +
    'plays and updates. The thesis: 48 hours of an A100, batch 128, GRUs of 64 units behind an MLP, 16 samples, Adam 1e-3 ' +
    '(BRS) or 3e-4; it prints its results as figures only. The board is egocentric, so that an agent can play both seats.';
  if (table === undefined) return [setUp, 'No league was played yet.'];
  const { mean: self } = summarise(withItself(table, 'BRS-SP', 'reward'));
  const targets = brsCoinMethods
    .filter((method) => method !== 'naive')
    .map((method) => {
      const { mean, standardError } = advantage(table, method);
      const enough =
        mean === null || standardError === null ? 'needs two seeds' : reached(mean > 2 * standardError);
      return `${method} ${enough}`;
    });
  return [
    setUp,
    `Numbers are means over the seeds of means over ${table.plays} plays, with standard errors over the seeds; agents ` +
      'sit at seat 0 against others.',
    `Own-coin ratio above naive learners’ by two standard errors: ${targets.join(', ')}. Reward of .15 per step of BRS-SP ` +
      `with itself: ${reached(self !== null && self >= 0.15)}. ${exploitation(table)}`,
  ];
}
