/** Monte Carlo tree search for one seat against given policies, in B plays at once. */
import {
  ArgumentError,
  add,
  any,
  arange,
  argmax,
  at,
  bits,
  cast,
  categorical,
  concat,
  div,
  equal,
  expandDims,
  flatten,
  foldIn,
  fori,
  full,
  gather,
  greaterEqual,
  key as keyOf,
  less,
  log,
  logicalAnd,
  logicalNot,
  matmul,
  max,
  maximum,
  min,
  minimum,
  mul,
  reshape,
  scatterAdd,
  slice,
  split,
  sqrt,
  sub,
  sum,
  type Tensor,
  tensor,
  uniform,
  where,
  zeros,
} from '@descant/tensor-ops';
import { whileLoop } from '@descant/tensor-ops/control';
import { look, type Position, proceed } from '../plays/position.ts';
import type { SampledGame } from '../plays/sampled-game.ts';

/** What is searched, and how much. */
export interface Search {
  /** The policies of the other seats, and at the searching seat the policy of its own moves beyond the tree. */
  readonly game: SampledGame;
  readonly parameters: readonly unknown[];
  readonly seat: number;
  readonly simulations: number;
  /** c. */
  readonly exploration: number;
  /** Steps that a simulation looks ahead at most. */
  readonly horizon: number;
}

/** B trees with at most M nodes, of which node 0 is the present, and A actions at each. */
interface Trees {
  /** uint32[B, M]: by what a node is found again; 0 where there is none yet. */
  readonly names: Tensor;
  /** Visits of each action at each node, [B * M * A + 1]; the last is for what leaves no trace. */
  readonly visits: Tensor;
  /** Sums of the returns that followed, as visits. */
  readonly totals: Tensor;
  /** The range of returns so far, [B]. */
  readonly lowest: Tensor;
  readonly highest: Tensor;
}

/** B simulations under way. */
interface Walk {
  readonly position: Position;
  /** int32: steps from the present. */
  readonly depth: Tensor;
  /** int32[B]: the node, -1 beyond the tree. */
  readonly node: Tensor;
  /** int32[B, R]: `node * A + action` at each step in the tree, -1 beyond. */
  readonly path: Tensor;
  /** [B, R]. */
  readonly rewards: Tensor;
  /** uint32[B]: the name of the node that is new, 0 when none is. */
  readonly fresh: Tensor;
}

/**
 * A random linear function modulo 2^32 of the edge that leads to a node and of the state found there, uint32[B].
 *
 * @param edges - int32[B].
 */
function nameOf(edges: Tensor, state: unknown): Tensor {
  const [plays] = edges.shape;
  const parts = [edges, ...flatten(state).leaves].map((leaf) => {
    if (leaf.dtype === 'float32' || leaf.dtype === 'float64') {
      throw new ArgumentError('mcts', 'environment', 'have a state of whole numbers or bools', leaf.dtype);
    }
    return cast(reshape(leaf, [plays, leaf.size / plays]), 'uint32');
  });
  const numbers = concat(parts, 1);
  const odd = add(mul(bits(keyOf(0), [numbers.shape[1]]), 2), 1);
  return sum(mul(numbers, odd), 1);
}

/** The actions that the trees choose at nodes: those never tried in random order, then UCB1. */
function chooseInTree(
  search: Search,
  { visits, totals, lowest, highest }: Trees,
  node: Tensor,
  key: Tensor,
): Tensor {
  const actions = search.game.environment.actions[search.seat];
  const [plays] = node.shape;
  const size = (search.simulations + 1) * actions;
  const first = add(mul(arange(0, plays), size), mul(maximum(node, 0), actions));
  const places = add(expandDims(first, 1), arange(0, actions));
  const [n, total] = [gather(visits, places), gather(totals, places)];
  const untried = equal(n, 0);
  const tries = maximum(n, 1);
  const width = mul(search.exploration, sub(highest, lowest));
  const spread = sqrt(div(log(maximum(sum(n, 1, { keepDims: true }), 1)), tries));
  const bound = add(div(total, tries), mul(expandDims(width, 1), spread));
  const order = where(untried, uniform(key, [plays, actions]), tensor(-1));
  return where(any(untried, 1), argmax(order, 1), argmax(bound, 1));
}

/** One step of all simulations: in the tree as long as they are there, by the policies beyond. */
function walkOn(search: Search, trees: Trees, walk: Walk, key: Tensor, inTree: boolean): Walk {
  const { game, parameters, seat } = search;
  const { position, depth, node } = walk;
  const [plays, horizon] = walk.path.shape;
  const actions = game.environment.actions[seat];
  const [forSteps, forPolicies, forTree] = [0, 1, 2].map((i) => at(split(key, 3), i));
  const view = look(game, parameters, position);
  const drawn = view.outputs.map((logits, i) => categorical(foldIn(forPolicies, i), logits));
  const known = greaterEqual(node, 0);
  const own = inTree ? where(known, chooseInTree(search, trees, node, forTree), drawn[seat]) : drawn[seat];
  const step = proceed(game, position, view.memories, drawn.with(seat, own), split(forSteps, plays));
  const now = equal(arange(0, horizon), depth);
  const rewards = where(now, expandDims(at(step.rewards, seat, 1), 1), walk.rewards);
  const next = { ...walk, position: step.position, depth: add(depth, 1), rewards };
  if (!inTree) return next;
  const edge = where(known, add(mul(node, actions), own), -1);
  const name = nameOf(edge, step.position.state);
  const nodes = arange(0, search.simulations + 1);
  const place = max(where(equal(trees.names, expandDims(name, 1)), nodes, -1), 1);
  const found = logicalAnd(known, greaterEqual(place, 0));
  return {
    ...next,
    node: where(found, place, -1),
    path: where(logicalAnd(now, expandDims(known, 1)), expandDims(edge, 1), walk.path),
    fresh: where(logicalAnd(known, logicalNot(found)), name, walk.fresh),
  };
}

/** The trees after one more simulation of `steps` steps, the n-th. */
function simulate(
  search: Search,
  trees: Trees,
  root: Position,
  steps: Tensor,
  n: Tensor,
  key: Tensor,
): Trees {
  const { game, seat, simulations, horizon } = search;
  const { dtype, actions } = game.environment;
  const [plays] = root.over.shape;
  const start: Walk = {
    position: root,
    depth: tensor(0, { dtype: 'int32' }),
    node: zeros([plays], 'int32'),
    path: full([plays, horizon], -1, 'int32'),
    rewards: zeros([plays, horizon], dtype),
    fresh: zeros([plays], 'uint32'),
  };
  const on = (inTree: boolean) => (walk: Walk) =>
    walkOn(search, trees, walk, foldIn(key, cast(walk.depth, 'uint32')), inTree);
  const goesOn = (walk: Walk) => less(walk.depth, steps);
  const left = whileLoop(
    (walk) => logicalAnd(goesOn(walk), any(greaterEqual(walk.node, 0))),
    on(true),
    start,
  );
  const { path, rewards, fresh } = whileLoop(goesOn, on(false), left);
  // Return from step d on: sum over k >= d of gamma^(k - d) r_k.
  const weights = Array.from({ length: horizon }, (_, k) =>
    Array.from({ length: horizon }, (_, d) => (k < d ? 0 : game.discount ** (k - d))),
  );
  const returns = matmul(rewards, tensor(weights, { dtype }));
  const inTree = greaterEqual(path, 0);
  const size = (simulations + 1) * actions[seat];
  const offset = expandDims(mul(arange(0, plays), size), 1);
  const places = where(inTree, add(offset, path), plays * size);
  const tally = (x: Tensor) => scatterAdd(x, places, plays * size + 1);
  const extreme = (far: number) => where(inTree, returns, tensor(far, { dtype }));
  return {
    names: where(equal(arange(0, simulations + 1), n), expandDims(fresh, 1), trees.names),
    visits: add(trees.visits, tally(cast(inTree, dtype))),
    totals: add(trees.totals, tally(where(inTree, returns, 0))),
    lowest: minimum(trees.lowest, min(extreme(Number.POSITIVE_INFINITY), 1)),
    highest: maximum(trees.highest, max(extreme(Number.NEGATIVE_INFINITY), 1)),
  };
}

/**
 * The actions that search chooses for a seat in a position: int32[B], the most visited at the root.
 *
 * @param left - int32: steps until the plays end.
 */
export function searchActions(search: Search, root: Position, left: Tensor, key: Tensor): Tensor {
  const { game, seat, simulations, horizon } = search;
  const { dtype, actions } = game.environment;
  const [plays] = root.over.shape;
  const size = (simulations + 1) * actions[seat];
  const empty: Trees = {
    names: zeros([plays, simulations + 1], 'uint32'),
    visits: zeros([plays * size + 1], dtype),
    totals: zeros([plays * size + 1], dtype),
    lowest: full([plays], Number.POSITIVE_INFINITY, dtype),
    highest: full([plays], Number.NEGATIVE_INFINITY, dtype),
  };
  const steps = minimum(left, horizon);
  const { visits } = fori(
    1,
    simulations + 1,
    (n, trees: Trees) => simulate(search, trees, root, steps, n, foldIn(key, cast(n, 'uint32'))),
    empty,
  );
  const table = reshape(slice(visits, [0], [plays * size]), [plays, simulations + 1, actions[seat]]);
  return argmax(at(table, 0, 1), 1);
}
