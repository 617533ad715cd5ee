/** Pairs of learners on iterated matrix games, which they know by playing and we judge by exact values. */
import { type Game, iteratedMatchingPennies, iteratedPrisonersDilemma } from '@descant/autodiff-games';
import { curvesPlot, type Point } from '@descant/autodiff-games/plots';
import { tracedIteratedMatrixGame } from '@descant/envs';
import {
  type Algorithm,
  type Learner,
  type LearnerState,
  type SampledGame,
  sampledGame,
  simultaneous,
  tabularPolicy,
} from '@descant/marl-algos';
import { add, mul, reshape, type Tensor } from '@descant/tensor-ops';
import { z } from 'zod';
import type { Finding, Section, TaskContext, TaskDefinition } from '../experiment.ts';
import { cellKey } from '../head-to-head/cell.ts';
import { svgOf } from '../report/plot.ts';
import type { Row } from '../results/schema.ts';
import { summarise } from '../statistics.ts';
import { trainInRun } from './training.ts';

/** Options of experiments with such pairs. */
export const iteratedOptions = {
  /** Independent runs of each cell. */
  runs: z.int().min(1).max(1000).default(10),
  /** Plays in each batch, of which an update takes several. */
  plays: z.int().min(2).max(100_000).default(64),
  /** Steps of a play. */
  steps: z.int().min(1).max(10_000).default(150),
  updates: z.int().min(1).max(100_000).default(200),
  /** Standard deviation of the initial logits, which are normal. */
  initialScale: z.number().min(0).default(0.4),
};
type Options = z.infer<z.ZodObject<typeof iteratedOptions>>;

const games = {
  IPD: { name: 'prisonersDilemma', exact: iteratedPrisonersDilemma },
  IMP: { name: 'matchingPennies', exact: iteratedMatchingPennies },
} as const;

/** Two learners of one kind on one game. */
export interface IteratedCell {
  readonly group: string;
  readonly name: string;
  readonly game: keyof typeof games;
  readonly discount: number;
  learner(game: SampledGame): Learner<LearnerState>;
}

/** What one run of a cell showed. */
export interface IteratedFinding extends Finding {
  readonly group: string;
  readonly cell: string;
  readonly run: number;
  /** Discounted return per step of the policies, exact, and reward per step in plays: means of both players and the last updates. */
  readonly value: number;
  readonly reward: number;
  /** Of each player at the end: its exact return, and its probabilities of action A in the five states. */
  readonly returns: readonly number[];
  readonly policies: readonly (readonly number[])[];
  /** Mean error of the opponents' modelled probabilities at the end; null without models. */
  readonly modelError: number | null;
  /** The exact return while learning. */
  readonly curve: readonly { readonly update: number; readonly value: number }[];
}

/** How many of the last updates the results rest on, as in the released results of DiCE. */
const LAST = 10;
/** A learning curve has about this many points. */
const POINTS = 50;

type States = readonly (LearnerState & {
  readonly opponents?: { readonly models: readonly unknown[] };
})[];

/** The algorithm, with the mean exact return of both players before each update among its metrics. */
function judged(algorithm: Algorithm<readonly LearnerState[]>, exact: Game): Algorithm<States> {
  return {
    ...algorithm,
    update(states, key) {
      const { state, metrics } = algorithm.update(states, key);
      const [first, second] = exact.values(
        states.map(({ parameters }) => reshape(parameters as Tensor, [5])),
      );
      return { state: state as States, metrics: { ...metrics, value: mul(add(first, second), 0.5) } };
    },
  };
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const probabilities = (table: unknown) => Array.from((table as Tensor).data, (x) => sigmoid(Number(x)));
const average = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

async function trainPair(
  cell: IteratedCell,
  run: number,
  options: Options,
  seed: number,
  context: TaskContext,
): Promise<IteratedFinding> {
  const { group, name, discount } = cell;
  const { plays, steps, updates, initialScale } = options;
  const game = sampledGame({
    environment: tracedIteratedMatrixGame({ game: games[cell.game].name, maxSteps: steps }),
    policies: tabularPolicy(5, 2, { scale: initialScale }),
    plays,
    discount,
  });
  const exact = games[cell.game].exact({ discount });
  const learner = cell.learner(game);
  const label = `${group}: ${name}, run ${run + 1}`;
  const { state, history } = await trainInRun(
    {
      name: label.replaceAll(/[^a-zA-Z0-9]+/g, '-'),
      algorithm: judged(simultaneous(game, [learner, learner]), exact),
      key: cellKey(seed, label),
      updates,
      config: { plays, steps, initialScale, learner: learner.name },
    },
    context,
  );
  const last = history.slice(-LAST);
  const stride = Math.max(1, Math.floor(updates / POINTS));
  const curve = history.flatMap(({ value }, update) => (update % stride === 0 ? [{ update, value }] : []));
  const policies = state.map(({ parameters }) => probabilities(parameters));
  const errors = state.flatMap(({ opponents }, i) =>
    (opponents?.models ?? []).flatMap((model) =>
      probabilities(model).map((p, s) => Math.abs(p - policies[1 - i][s])),
    ),
  );
  const tables = state.map(({ parameters }) => reshape(parameters as Tensor, [5]));
  return {
    group,
    cell: name,
    run,
    value: average(last.map((m) => m.value)),
    reward: average(last.map((m) => (m['0.reward'] + m['1.reward']) / 2)),
    returns: exact.values(tables).map((v) => v.item()),
    policies,
    modelError: errors.length === 0 ? null : average(errors),
    curve,
    rows: [],
    metrics: curve.map((point) => ({ group, cell: name, run: run + 1, ...point })),
  };
}

/** The runs of all cells as tasks. */
export const iteratedTasks = (
  cells: readonly IteratedCell[],
  options: Options,
  seed: number,
): TaskDefinition<IteratedFinding>[] =>
  cells.flatMap((cell) =>
    Array.from({ length: options.runs }, (_, run) => ({
      group: cell.group,
      name: `${cell.name}, run ${run + 1}`,
      run: (context: TaskContext) => trainPair(cell, run, options, seed, context),
    })),
  );

/** A mean over the runs of a cell as a row; null runs are left out. */
export function meanRow(
  name: string,
  values: readonly (number | null)[],
  unit: string,
  paper: number | null,
): Row {
  const { mean, standardError, n } = summarise(values.filter((v) => v !== null));
  return { name, paper, measured: mean, standardError, n, unit };
}

/** The findings of each cell in the order of the cells. */
export const byCell = (
  cells: readonly IteratedCell[],
  findings: readonly IteratedFinding[],
): { readonly cell: IteratedCell; readonly found: readonly IteratedFinding[] }[] =>
  cells.flatMap((cell) => {
    const found = findings.filter((f) => f.group === cell.group && f.cell === cell.name);
    return found.length === 0 ? [] : [{ cell, found }];
  });

/** Learning curves: the mean return over the runs of each cell of a group. */
export function iteratedSections(
  cells: readonly IteratedCell[],
  findings: readonly IteratedFinding[],
): Section[] {
  const groups = [...new Set(cells.map(({ group }) => group))];
  return groups.map((title) => {
    const inGroup = byCell(cells, findings).filter(({ cell }) => cell.group === title);
    const curves = inGroup.map(({ cell, found }) => ({
      name: cell.name,
      points: found[0].curve.map(
        ({ update }, i): Point => [update, average(found.map(({ curve }) => curve[i].value))],
      ),
    }));
    const axes = { x: { label: 'update' }, y: { label: 'return per step' } };
    // A picture tells six colours apart.
    const parts = Array.from({ length: Math.ceil(curves.length / 6) }, (_, k) =>
      curves.slice(6 * k, 6 * k + 6),
    );
    return {
      title,
      text: 'Exact discounted return per step of the policies, mean of both players and all runs.',
      figures: parts.map((part) => ({
        caption: 'Return while learning.',
        svg: svgOf(curvesPlot(part, { title, ...axes })),
      })),
    };
  });
}
