import { tracedIteratedMatrixGame } from '@descant/envs';
import {
  brsTreeSearch,
  sampledGame,
  sharedReturn,
  tabularPolicy,
  train,
  treeSearch,
  treeSearchActions,
  treeSearchSurrogate,
} from '@descant/marl-algos';
import {
  abs,
  at,
  exp,
  expandDims,
  gather,
  grad,
  jit,
  key,
  logSoftmax,
  matmul,
  max,
  mean,
  mul,
  normal,
  reshape,
  sigmoid,
  split,
  stopGradient,
  sub,
  sum,
  type Tensor,
  tensor,
  vmap,
} from '@descant/tensor-ops';
import { sgd } from '@descant/tensor-ops/optim';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distance } from './support/distance.ts';
import { exactValues, wholeGame } from './support/enumeration.ts';
import { messageOf } from './support/errors.ts';

const logits = normal(key(0), [5, 1], 'float64');
const int = (x: number[] | number[][]) => tensor(x, { dtype: 'int32' });

const dilemma = (steps: number, plays: number, discount = 1) =>
  sampledGame({
    environment: tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: steps, dtype: 'float64' }),
    policies: tabularPolicy(5, 2, { dtype: 'float64' }),
    plays,
    discount,
  });

const PAYOFFS = [
  [-1, -1],
  [-3, 0],
  [0, -3],
  [-2, -2],
] as const;

/** The best path by trying every sequence of the detective's actions, the first of equals, in plain numbers. */
function bruteForce(nodes: readonly (readonly number[])[], discount: number) {
  const steps = nodes.length;
  const paths = Array.from({ length: 2 ** steps }, (_, path) => {
    let [node, state, weight] = [0, 0, 1];
    const returns = [0, 0];
    const visited: { state: number; action: number }[] = [];
    for (let t = 0; t < steps; t++) {
      const theirs = (path >> (steps - 1 - t)) & 1;
      const action = nodes[t][node];
      visited.push({ state, action });
      const joint = 2 * action + theirs;
      PAYOFFS[joint].forEach((r, seat) => {
        returns[seat] += weight * r;
      });
      [node, state, weight] = [2 * node + theirs, joint + 1, weight * discount];
    }
    return { returns, visited };
  });
  return paths.reduce((best, path) => (path.returns[1] > best.returns[1] ? path : best));
}

/** The agent's expected return against the tree search detective, from the distribution of the best paths. */
function expectedReturn(cooperation: readonly number[], steps: number): number {
  type Outcomes = { readonly own: number; readonly other: number; readonly p: number }[];
  const best = (state: number, left: number): Outcomes => {
    if (left === 0) return [{ own: 0, other: 0, p: 1 }];
    return [0, 1].flatMap((action) => {
      const chance = action === 0 ? cooperation[state] : 1 - cooperation[state];
      const after = [0, 1].map((theirs) => {
        const joint = 2 * action + theirs;
        const [r, s] = PAYOFFS[joint];
        return best(joint + 1, left - 1).map((o) => ({ own: r + o.own, other: s + o.other, p: o.p }));
      });
      const sums = new Map<string, { own: number; other: number; p: number }>();
      for (const a of after[0]) {
        for (const b of after[1]) {
          const { own, other } = b.other > a.other ? b : a;
          const name = `${own} ${other}`;
          sums.set(name, { own, other, p: (sums.get(name)?.p ?? 0) + chance * a.p * b.p });
        }
      }
      return [...sums.values()];
    });
  };
  return best(0, steps).reduce((total, { own, p }) => total + own * p, 0);
}

/** All draws of a tree of T steps: for each depth int32[2^nodes, 2^t]. */
function allTrees(steps: number): Tensor[] {
  const nodes = 2 ** steps - 1;
  return Array.from({ length: steps }, (_, t) =>
    int(
      Array.from({ length: 2 ** nodes }, (_tree, tree) =>
        Array.from({ length: 2 ** t }, (_node, node) => Math.floor(tree / 2 ** (2 ** t - 1 + node)) % 2),
      ),
    ),
  );
}

describe('tree search detective', () => {
  it('takes the path that pays it most, whatever the agent does', () => {
    const trees = fc.integer({ min: 1, max: 4 }).chain((steps) => {
      const depths = Array.from({ length: steps }, (_, t) =>
        fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 2 ** t, maxLength: 2 ** t }),
      );
      return fc.record({ depths: fc.tuple(...depths), discount: fc.constantFrom(0, 0.5, 1) });
    });
    fc.assert(
      fc.property(trees, ({ depths, discount }) => {
        const game = dilemma(depths.length, 1, discount);
        const actions = depths.map((nodes) => int([nodes]));
        const { returns } = treeSearchActions(game, logits, actions, key(0));
        expect(returns.toArray()).toEqual([bruteForce(depths, discount).returns]);
      }),
      { numRuns: 40 },
    );
  });

  it('draws from the policy: returns are in the mean what the distribution of best paths says', () => {
    const plays = 4000;
    const cooperation = (sigmoid(logits).toArray() as number[][]).map(([p]) => p);
    const { returns } = jit((k: Tensor) => treeSearch(dilemma(6, plays), logits, k))(key(3));
    const own = (returns.toArray() as number[][]).map(([r]) => r);
    const average = own.reduce((a, b) => a + b) / plays;
    const error = Math.sqrt(own.reduce((s, r) => s + (r - average) ** 2, 0) / (plays - 1) / plays);
    // |z| <= 5: false alarm with probability 6e-7.
    expect(Math.abs(average - expectedReturn(cooperation, 6))).toBeLessThan(5 * error);
    expect(
      Math.abs(
        average -
          expectedReturn(
            cooperation.map((p) => 1 - p),
            6,
          ),
      ),
    ).toBeGreaterThan(5 * error);
  });

  it('the gradient of the return needs the log-probabilities of all nodes', () => {
    const game = dilemma(3, 2 ** 7);
    const actions = allTrees(3);
    const all = treeSearchActions(game, logits, actions, key(0));
    const probability = (x: Tensor) => exp(treeSearchActions(game, x, actions, key(0)).logProbabilities);
    expect(sum(probability(logits)).item()).toBeCloseTo(1, 12);
    const exact = (x: Tensor) => sum(mul(probability(x), at(all.returns, 0, 1)));
    const cooperation = (sigmoid(logits).toArray() as number[][]).map(([p]) => p);
    expect(exact(logits).item()).toBeCloseTo(expectedReturn(cooperation, 3), 12);
    // REINFORCE: each outcome's return times the gradient of a log-probability.
    const reinforce = (log: (x: Tensor) => Tensor) =>
      grad((x: Tensor) => sum(mul(stopGradient(probability(x)), mul(at(all.returns, 0, 1), log(x)))))(logits);
    const everyNode = (x: Tensor) => treeSearchActions(game, x, actions, key(0)).logProbabilities;
    const plain = actions.map((a) => a.toArray() as number[][]);
    const visited = plain[0].map(
      (_, b) =>
        bruteForce(
          plain.map((nodes) => nodes[b]),
          1,
        ).visited,
    );
    const onThePath = (x: Tensor) => {
      const table = reshape(logSoftmax(matmul(x, tensor([[1, 0]], { dtype: 'float64' }))), [10]);
      const places = visited.map((path) => path.map(({ state, action }) => 2 * state + action));
      return sum(gather(table, int(places)), 1);
    };
    expect(distance(reinforce(everyNode), grad(exact)(logits))).toBeLessThan(1e-12);
    expect(distance(reinforce(onThePath), grad(exact)(logits))).toBeGreaterThan(0.05);
  });

  it('the surrogate, with its baseline, has that gradient in the mean over all pairs of trees', () => {
    const pair = dilemma(2, 2);
    const single = dilemma(2, 2 ** 3);
    const actions = allTrees(2);
    const exact = (x: Tensor) => {
      const { logProbabilities, returns } = treeSearchActions(single, x, actions, key(0));
      return sum(mul(exp(logProbabilities), at(returns, 0, 1)));
    };
    const pairs = Array.from({ length: 64 }, (_, i) => [i % 8, Math.floor(i / 8)]);
    const depths = actions.map((a) => gather(a, int(pairs)));
    const weighted = vmap((first: Tensor, second: Tensor) => {
      const trees = (x: Tensor) => treeSearchActions(pair, x, [first, second], key(0));
      const weight = exp(sum(trees(logits).logProbabilities));
      return mul(weight, grad((x: Tensor) => treeSearchSurrogate(trees(x)))(logits));
    });
    const expected = sum(weighted(depths[0], depths[1]), 0);
    expect(distance(expected, grad(exact)(logits))).toBeLessThan(1e-12);
  });
});

describe('self-play with reward sharing', () => {
  const drawn = (game: ReturnType<typeof dilemma>, n: number) =>
    jit(vmap((k: Tensor) => grad((x: Tensor) => sharedReturn(game, x, k))(logits)))(split(key(5), n));

  it('climbs what the policy gets against itself, through both players', () => {
    const [steps, n] = [3, 400];
    const whole = wholeGame('prisonersDilemma', steps, 0.9);
    const both = grad((x: Tensor) => at(exactValues(whole, [x, x]), 0))(logits);
    const one = grad((x: Tensor) => at(exactValues(whole, [x, stopGradient(x)]), 0))(logits);
    const gradients = drawn(dilemma(steps, 16, 0.9), n);
    const average = mean(gradients, 0);
    const spread = sub(gradients, expandDims(average, 0));
    const error = (i: number) => Math.sqrt(sum(mul(spread, spread), 0).data[i] / (n - 1) / n);
    const z = (exact: Tensor) =>
      [0, 1, 2, 3, 4].map((i) => Math.abs(average.data[i] - exact.data[i]) / error(i));
    // Five numbers, |z| <= 5: false alarm with probability 3e-6.
    expect(Math.max(...z(both))).toBeLessThan(5);
    expect(Math.max(...z(one))).toBeGreaterThan(10);
  });

  it('has no gradient in zero-sum games', () => {
    const environment = tracedIteratedMatrixGame({ game: 'matchingPennies', maxSteps: 4, dtype: 'float64' });
    const policies = tabularPolicy(5, 2, { dtype: 'float64' });
    expect(max(abs(drawn(sampledGame({ environment, policies, plays: 8 }), 3))).item()).toBe(0);
  });
});

describe('BRS by tree search', () => {
  const cooperationAfter = async (selfPlay: boolean, updates: number) => {
    const game = {
      ...dilemma(6, 64),
      // Near to a coin's toss at first, as networks are.
      policies: Array.from({ length: 2 }, () => tabularPolicy(5, 2, { dtype: 'float64', scale: 0.3 })),
    };
    const optimizer = sgd({ learningRate: 0.05 });
    const brs = brsTreeSearch(game, selfPlay ? { optimizer, selfPlay: optimizer } : { optimizer });
    const { state, history } = await train(brs, { key: key(1), updates });
    return { policy: sigmoid(state.parameters as Tensor).data, last: history[updates - 1] };
  };

  it('learns cynical tit for tat, and tit for tat with self-play', async () => {
    const { policy, last } = await cooperationAfter(false, 300);
    expect(Array.from(policy, Math.round)).toEqual([0, 1, 0, 1, 0]);
    expect(Object.keys(last)).toEqual(['detectiveReward', 'reward']);
    const shared = await cooperationAfter(true, 300);
    expect(Array.from(shared.policy, Math.round)).toEqual([1, 1, 0, 1, 0]);
    expect(shared.last.selfPlayReward).toBeGreaterThan(-1.5);
  });

  it('is for two seats', () => {
    const environment = { ...tracedIteratedMatrixGame({ maxSteps: 3 }), agents: 1, actions: [2] };
    const game = sampledGame({ environment, policies: tabularPolicy(5, 2), plays: 2 });
    const expected = (fn: string) => `${fn}: game must have two seats; got 1`;
    const optimizer = sgd({ learningRate: 1 });
    expect(messageOf(() => brsTreeSearch(game, { optimizer }))).toBe(expected('brsTreeSearch'));
    expect(messageOf(() => treeSearch(game, logits, key(0)))).toBe(expected('treeSearch'));
    expect(messageOf(() => treeSearchActions(game, logits, [], key(0)))).toBe(expected('treeSearchActions'));
  });
});
