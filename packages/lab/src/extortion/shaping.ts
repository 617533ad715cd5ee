/** A naive learner in the Iterated Prisoner's Dilemma against a player that shapes it. */
import {
  initialBatch,
  iteratedPrisonersDilemma,
  naive,
  namedPayoffs,
  type Rule,
  returnPolytope,
  run,
  zeroDeterminantPolicy,
  zeroDeterminantRelation,
} from '@descant/autodiff-games';
import type { Point } from '@descant/autodiff-games/plots';
import {
  broadcastTo,
  jit,
  mapTree,
  mul,
  normal,
  stack,
  type Tensor,
  tensor,
  vmap,
} from '@descant/tensor-ops';
import type { Finding } from '../experiment.ts';
import { cellKey } from '../head-to-head/cell.ts';
import type { Row } from '../results/schema.ts';
import { summarise } from '../statistics.ts';

/** Learning rate and, of LOLA, opponent rate on normalised values: 1 on plain ones, as in the thesis. */
export const rate = 25;
export const discount = 0.96;
/** The return of mutual defection, above which extortion takes its multiple. */
export const baseline = -2;
/** The steps at which pictures are taken; all are multiples of the stride. */
export const pictured = [0, 2, 10, 50, 500] as const;
const stride = 2;
/** How many pairs are pictured unless a shaper says otherwise, and how many random opponents. */
const columns = 4;
const opponents = 150;

export const game = iteratedPrisonersDilemma({ discount });
const payoffs = namedPayoffs.prisonersDilemma;

/** A player that shapes a naive learner: a rule, and the policy it starts from unless that is drawn. */
export interface Shaper {
  readonly name: string;
  readonly rule: Rule;
  /** Probabilities of cooperation in the five states. */
  readonly policy?: readonly number[];
  /** The returns of the shaper and the learner in the thesis. */
  readonly paper?: readonly [number | null, number | null];
  /** How many pairs are pictured. */
  readonly pictures?: number;
}

export interface ShapingSettings {
  readonly pairs: number;
  readonly steps: number;
}

/** One picture: a pair at one step. */
export interface Snapshot {
  readonly pair: number;
  readonly step: number;
  /** Returns of the learner and the shaper: as they are, against random learners, and the corners of all possible. */
  readonly actual: Point;
  readonly samples: readonly Point[];
  readonly allowed: readonly Point[];
}

export interface ShapingFinding extends Finding {
  readonly shaper: string;
  readonly snapshots: readonly Snapshot[];
  /** Step and mean returns of shaper and learner. */
  readonly curves: readonly { readonly step: number; readonly shaper: number; readonly learner: number }[];
}

/** The rule of a player whose policy stays as it is. */
const still: Rule = {
  name: 'still',
  direction: (_game, parameters, player) => mapTree((x) => mul(x, 0), parameters[player]),
};

/** An extortioner: it takes `slope` times as much above mutual defection as the learner gets. */
export const extortioner = (slope: number): Shaper => ({
  name: `extortion of slope ${slope}`,
  rule: still,
  policy: zeroDeterminantPolicy({ payoffs, discount, slope, baseline }),
});

/** Logits; of certain actions they are so large that the sigmoid is exactly 0 or 1. */
const logitsOf = (policy: readonly number[]): Tensor =>
  tensor(
    policy.map((p) => Math.max(-1000, Math.min(1000, Math.log(p / (1 - p))))),
    { dtype: 'float64' },
  );

const swapped = ([own, other]: Point): Point => [other, own];

/** Returns of learner and shaper when random learners, of logits N(0, 9), meet the policy. */
function against(policy: Tensor, key: Tensor): Point[] {
  const drawn = mul(normal(key, [opponents, 5], 'float64'), 3);
  const values = jit(vmap((other: Tensor) => stack(game.values([policy, other]))))(drawn).data;
  return Array.from({ length: opponents }, (_, k): Point => [values[2 * k + 1], values[2 * k]]);
}

/** Lets naive learners learn against a shaper, and looks at what it allows them. */
export function shape(shaper: Shaper, settings: ShapingSettings, seed: number): ShapingFinding {
  const { pairs, steps } = settings;
  const { pictures = columns } = shaper;
  const own = cellKey(seed, shaper.name);
  const drawn = jit((k: Tensor) => initialBatch(game, k, pairs, 'float64'))(own);
  const first = shaper.policy === undefined ? drawn[0] : broadcastTo(logitsOf(shaper.policy), [pairs, 5]);
  const rules = [shaper.rule, naive()];
  const { parameters, values } = run(game, [first, drawn[1]], { rules, learningRate: rate, steps, stride });
  const times = steps / stride + 1;
  const at = (pair: number, time: number): Point => {
    const index = (pair * times + time) * 2;
    return [values.data[index], values.data[index + 1]];
  };
  const policyAt = (pair: number, time: number): number[] => {
    const index = (pair * times + time) * 5;
    return Array.from(parameters[0].data.subarray(index, index + 5));
  };
  const all = Array.from({ length: pairs }, (_, pair) => pair);
  const ends = all.map((pair) => at(pair, times - 1));
  const relations = all.map((pair) => {
    const policy = policyAt(pair, times - 1).map((z) => 1 / (1 + Math.exp(-z)));
    return zeroDeterminantRelation({ payoffs, discount }, policy);
  });
  const row = (quantity: string, sample: readonly number[], unit: string, paper: number | null): Row => {
    const { mean, standardError, n } = summarise(sample);
    return { name: `${shaper.name}, ${quantity}`, paper, measured: mean, standardError, n, unit };
  };
  const snapshots = Array.from({ length: Math.min(pictures, pairs) }, (_, pair) => pair).flatMap((pair) =>
    pictured
      .filter((step) => step <= steps)
      .map((step) => {
        const policy = tensor(policyAt(pair, step / stride), { dtype: 'float64' });
        return {
          pair,
          step,
          actual: swapped(at(pair, step / stride)),
          samples: against(policy, cellKey(seed, `${shaper.name}, opponents`)),
          allowed: returnPolytope(game, policy).map(swapped),
        };
      }),
  );
  const curves = Array.from({ length: times }, (_, time) => {
    const [mine, theirs] = [0, 1].map(
      (player) => summarise(all.map((pair) => at(pair, time)[player])).mean ?? 0,
    );
    return { step: time * stride, shaper: mine, learner: theirs };
  });
  return {
    shaper: shaper.name,
    snapshots,
    curves,
    rows: [
      row(
        'return',
        ends.map(([mine]) => mine),
        'return',
        shaper.paper?.[0] ?? null,
      ),
      row(
        'return of the naive learner',
        ends.map(([, theirs]) => theirs),
        'return',
        shaper.paper?.[1] ?? null,
      ),
      row(
        'error of the nearest linear relation at the end',
        relations.map(({ residual }) => residual),
        'probability',
        null,
      ),
    ],
    metrics: curves.map((point) => ({ ...point, against: shaper.name })),
  };
}

/** How exactly a policy forces its relation on random opponents. */
export function forced(slope: number, seed: number, count: number): Finding {
  const { policy = [], name } = extortioner(slope);
  const drawn = mul(normal(cellKey(seed, `${name}, relation`), [count, 5], 'float64'), 3);
  const mine = logitsOf(policy);
  const { data } = jit(vmap((other: Tensor) => stack(game.values([mine, other]))))(drawn);
  const points = Array.from(
    { length: count },
    (_, k): Point => [data[2 * k + 1] - baseline, data[2 * k] - baseline],
  );
  // Least squares of the own excess on the opponent's, with a constant.
  const [meanX, meanY] = [0, 1].map((axis) => points.reduce((sum, p) => sum + p[axis], 0) / count);
  const covariance = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const variance = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  const deviations = points.map(([x, y]) => Math.abs(y - slope * x));
  const row = (quantity: string, measured: number, unit: string): Row => ({
    name: `${name}, ${quantity}`,
    paper: null,
    measured,
    standardError: null,
    n: count,
    unit,
  });
  const corner = returnPolytope(game, mine).reduce((a, b) => (b[1] > a[1] ? b : a));
  return {
    rows: [
      row('slope of returns against random opponents', covariance / variance, '1'),
      row(
        'largest distance from the line',
        deviations.reduce((a, b) => Math.max(a, b), 0),
        'return',
      ),
      { ...row('return when the opponent does its best', corner[0], 'return'), n: 32 },
      { ...row('best return of the opponent', corner[1], 'return'), n: 32 },
    ],
    metrics: [],
  };
}
