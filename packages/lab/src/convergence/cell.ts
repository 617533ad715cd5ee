/** One cell of MATRL's table 1: many random 2x2 games, in which two players learn until they are near an equilibrium. */
import {
  type Class2x2,
  matrixGame,
  nashEquilibria2x2,
  numpyUniform,
  random2x2Payoffs,
} from '@descant/autodiff-games';
import type { Point } from '@descant/autodiff-games/plots';
import {
  foldIn,
  jit,
  key,
  scan,
  split,
  stack,
  type Tensor,
  tensor,
  uniform,
  vmap,
} from '@descant/tensor-ops';
import type { Finding } from '../experiment.ts';
import type { Row } from '../results/schema.ts';
import { summarise } from '../statistics.ts';
import type { Entry } from './entries.ts';

/** How many games and steps. */
export interface CellSettings {
  readonly games: number;
  readonly steps: number;
}

/** Where the random numbers of the games come from: seeds 0, 1, ... of numpy, as in the released code, or our keys. */
export type Source = 'numpy' | 'own';
export const sources: readonly Source[] = ['numpy', 'own'];

export const types: readonly { readonly kind: Class2x2; readonly title: string }[] = [
  { kind: 'coordination', title: 'coordination' },
  { kind: 'antiCoordination', title: 'anti-coordination' },
  { kind: 'cyclic', title: 'cyclic' },
];

export const start = [0.9, 0.2] as const;
/** How near, in both probabilities, counts as converged. */
export const nearness = 0.05;

export interface TableFinding extends Finding {
  readonly source: Source;
  readonly type: string;
  readonly rule: string;
  readonly rate: { readonly value: number; readonly standardError: number };
  readonly meanSteps: { readonly value: number | null; readonly standardError: number | null };
  /** The share of games that have converged by a step. */
  readonly progress: readonly Point[];
}

export const float64 = (values: Parameters<typeof tensor>[0]): Tensor => tensor(values, { dtype: 'float64' });

/** The uniform numbers that each game is made of. */
function draws(source: Source, type: number, { games }: CellSettings, seed: number): number[][] {
  if (source === 'numpy') return Array.from({ length: games }, (_, s) => numpyUniform(s, 9));
  const numbers = uniform(foldIn(key(seed), type), [games, 9], { dtype: 'float64' }).data;
  return Array.from({ length: games }, (_, g) => Array.from(numbers.subarray(9 * g, 9 * g + 9)));
}

/** The probabilities [games, steps, 2] of both players' first actions after each step. */
export function play(entry: Entry, payoffs: Tensor, equilibria: Tensor, keys: Tensor, steps: number): Tensor {
  const one = (payoff: Tensor, equilibrium: Tensor, own: Tensor): Tensor => {
    const game = matrixGame({ payoffs: payoff, strategies: 'probabilities' });
    const rules = entry.rules(equilibrium);
    const x = start.map((p) => float64([p]));
    const states = rules.map((rule, i) => rule.init(game, x, i, own));
    const step = (now: { x: Tensor[]; states: typeof states }): [typeof now, Tensor] => {
      const next = rules.map((rule, i) => rule.update(game, now.x, i, now.states[i], entry.learningRate));
      const moved = next.map(({ parameters }) => parameters);
      return [{ x: moved, states: next.map(({ state }) => state) }, stack(moved)];
    };
    return scan((now: { x: Tensor[]; states: typeof states }, _: null) => step(now), { x, states }, null, {
      length: steps,
    })[1];
  };
  return jit(vmap(one))(payoffs, equilibria, keys);
}

/** One cell of the table for one source of games. */
export function measure(
  entry: Entry,
  type: number,
  source: Source,
  settings: CellSettings,
  seed: number,
): TableFinding {
  const { steps } = settings;
  const { kind, title } = types[type];
  const payoffs = draws(source, type, settings, seed).map((numbers) => random2x2Payoffs(numbers, kind));
  const equilibria = payoffs.map((game) => nashEquilibria2x2(game).map(([p, q]): Point => [p[0], q[0]]));
  const keys = split(foldIn(key(seed), types.length + type), payoffs.length);
  const { data } = play(entry, float64(payoffs), float64(equilibria.map(([first]) => first)), keys, steps);
  const near = (g: number, t: number) => {
    const [p, q] = [0, 1].map((i) => data[(g * steps + t) * 2 + i]);
    return equilibria[g].some(([a, b]) => Math.abs(p - a) < nearness && Math.abs(q - b) < nearness);
  };
  // As the released code counts: the first step is number 0, and being near there does not count yet.
  const arrivals = payoffs.flatMap((_, g) => {
    for (let t = 1; t < steps; t++) if (near(g, t)) return t;
    return [];
  });
  const n = payoffs.length;
  const share = arrivals.length / n;
  const rate = { value: share, standardError: Math.sqrt((share * (1 - share)) / n) };
  const { mean, standardError } = summarise(arrivals);
  const paper = entry.paper?.[type];
  const name = `${source} games, ${title}: ${entry.name}`;
  const stride = Math.max(1, Math.floor(steps / 200));
  const progress = Array.from({ length: Math.floor(steps / stride) + 1 }, (_, k): Point => {
    const step = k * stride;
    return [step, arrivals.filter((t) => t <= step).length / n];
  });
  const rows: Row[] = [
    {
      name: `${name}, convergence rate`,
      paper: paper?.[0] ?? null,
      measured: rate.value,
      standardError: rate.standardError,
      n,
      unit: 'share of games',
    },
    {
      name: `${name}, mean steps`,
      paper: paper?.[1] ?? null,
      measured: mean,
      standardError,
      n: arrivals.length,
      unit: 'steps',
    },
  ];
  const metrics = progress.map(([step, converged]) => ({
    source,
    type: title,
    rule: entry.name,
    step,
    converged,
  }));
  return {
    source,
    type: title,
    rule: entry.name,
    rate,
    meanSteps: { value: mean, standardError },
    progress,
    rows,
    metrics,
  };
}
