/** What every algorithm must do, one row each. */
import { iteratedMatchingPennies, naive, sos } from '@descant/autodiff-games';
import { tracedIteratedMatrixGame } from '@descant/envs';
import {
  type Algorithm,
  a2c,
  brs,
  brsTreeSearch,
  gatedGruNetwork,
  gruNetwork,
  type Learner,
  type LearnerState,
  lolaDice,
  lolaPg,
  metaGame,
  metaMapg,
  metaPg,
  metaValueLearning,
  mFos,
  mFosSampled,
  mFosSelfPlay,
  opponentModelling,
  pola,
  polaPresets,
  ppo,
  readTraining,
  reinforce,
  ruleLearner,
  sampledGame,
  simultaneous,
  tabularCritic,
  tabularPolicy,
  writeTraining,
} from '@descant/marl-algos';
import { flatten, jit, jsExecutor, key, type Tensor, tensor, wasmExecutor } from '@descant/tensor-ops';
import { adam } from '@descant/tensor-ops/optim';
import { describe, expect, it } from 'vitest';

/** A table against a recurrent network, so that both kinds of memory take part. */
const game = sampledGame({
  environment: tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 4 }),
  policies: [tabularPolicy(5, 2), gruNetwork({ inputShape: [5], units: 3, outputs: 2 })],
  plays: 8,
  discount: 0.96,
});
const optimizer = adam({ learningRate: 0.05 });
const critics = { critic: tabularCritic(5), criticOptimizer: optimizer };
const proximal = { ...polaPresets.zhaoPrisonersDilemma.settings, outerSteps: 2, optimizer, ...critics };

const pennies = iteratedMatchingPennies();
const small = { plays: 6, steps: 5, hidden: 4 };

const gated = gatedGruNetwork({ inputShape: [5], units: 3, outputs: 2 });
const shaped = sampledGame({ ...game, policies: [gated, tabularPolicy(5, 2)] });

const tables = sampledGame({ ...game, policies: tabularPolicy(5, 2) });
const metaValues = {
  learningRate: 5,
  opponent: 'naive',
  pairs: 4,
  horizon: 4,
  stride: 2,
  quantiles: 4,
  optimizer,
  network: {
    units: 4,
    residualBlocks: 1,
    encoder: 'thesis',
    input: 'probabilities',
    last: 'tanh',
    symmetric: false,
  },
} as const;

const pairOf = <S extends LearnerState>(learner: Learner<S>): Algorithm =>
  simultaneous(game, [learner, learner]) as Algorithm;

/** Both seats with the same architecture, so that an agent can play itself. */
const symmetric = { ...game, policies: [game.policies[1], game.policies[1]] };
const brsOptions = {
  critic: tabularCritic(5),
  detectiveUnits: 3,
  capacity: 3,
  questions: { samples: 2, steps: 2 },
};
const brsOptimizers = { policy: optimizer, detection: optimizer, detective: optimizer, values: optimizer };

/** Every algorithm of the package. */
const algorithms: Readonly<Record<string, Algorithm>> = {
  reinforce: pairOf(reinforce(game, { optimizer })),
  a2c: pairOf(a2c(game, { optimizer, ...critics, entropyWeight: 0.01 })),
  ppo: pairOf(ppo(game, { optimizer, ...critics, epochs: 2, minibatches: 2 })),
  'lola-pg': pairOf(lolaPg(game, { optimizer, opponentRate: 0.3, sampling: 'same' })),
  'lola-pg, opponents modelled': pairOf(
    opponentModelling(game, lolaPg(game, { optimizer, opponentRate: 0.3 }), { optimizer }),
  ),
  'lola-dice': pairOf(lolaDice(game, { optimizer, opponentRate: 0.3, lookAheads: 2 })),
  'lola-dice of order 2': pairOf(lolaDice(game, { optimizer, opponentRate: 0.3, order: 2 })),
  'lola-dice, opponents modelled': pairOf(
    opponentModelling(game, lolaDice(game, { optimizer, opponentRate: 0.3 }), { optimizer, steps: 2 }),
  ),
  pola: pairOf(pola(game, proximal)),
  'pola, opponents modelled': pairOf(opponentModelling(game, pola(game, proximal), { optimizer })),
  brs: brs(game, { ...brsOptions, optimizers: brsOptimizers }) as Algorithm,
  'brs-sp': brs(symmetric, {
    ...brsOptions,
    optimizers: { ...brsOptimizers, selfPlay: optimizer },
  }) as Algorithm,
  'brs by tree search': brsTreeSearch(game, { optimizer }) as Algorithm,
  'brs-sp by tree search': brsTreeSearch(symmetric, { optimizer, selfPlay: optimizer }) as Algorithm,
  'meta-pg': metaPg(game, { innerRates: 0.3, innerSteps: 2, optimizer }) as Algorithm,
  'meta-mapg': metaMapg(game, { innerRates: 0.3, innerSteps: 2, processes: 2, optimizer }) as Algorithm,
  'm-fos': mFos(metaGame({ game: pennies, opponent: naive(), learningRate: 2 }), small) as Algorithm,
  'm-fos against itself': mFosSelfPlay(pennies, { ...small, learningRate: 2, annealing: 0.5 }) as Algorithm,
  'm-fos on plays': mFosSampled(shaped, reinforce(shaped, { optimizer }), {
    optimizer,
    episodes: 3,
    epochs: 2,
  }) as Algorithm,
  'meva on plays': metaValueLearning(tables, metaValues) as Algorithm,
  'a rule of autodiff-games': pairOf(ruleLearner(game, sos({ opponentRate: 0.3 }), { optimizer })),
};

const numbers = (tree: unknown): number[] =>
  flatten(tree).leaves.flatMap((leaf) => Array.from(leaf.data, Number));

/** The largest difference in proportion to 1 + the size of the numbers. */
const difference = (a: unknown, b: unknown): number => {
  const [x, y] = [numbers(a), numbers(b)];
  expect(x.length).toBe(y.length);
  return x.reduce((most, v, i) => Math.max(most, Math.abs(v - y[i]) / (1 + Math.abs(v))), 0);
};

/** The first complaint about an algorithm. */
function complaint(algorithm: Algorithm): string | undefined {
  const update = jit(algorithm.update, { executor: wasmExecutor });
  const start = algorithm.init(key(0));
  if (difference(start, algorithm.init(key(0))) > 0) return 'init is no function of its key';
  const before = numbers(start);
  const { state, metrics } = update(start, key(1));
  if (numbers(start).some((v, i) => v !== before[i])) return 'changes its state in place';
  const again = update(start, key(1));
  if (difference([state, metrics], [again.state, again.metrics]) > 0) return 'is no function of its key';
  const other = update(start, key(2));
  if (difference(metrics, other.metrics) === 0) return 'draws nothing from its key';
  if (Object.values(metrics).some((m) => m.rank > 0 || !Number.isFinite(m.item())))
    return 'has metrics that are no numbers';
  if (difference(state, start) === 0) return 'does not learn';
  const js = jit(algorithm.update, { executor: jsExecutor })(start, key(1));
  if (difference([state, metrics], [js.state, js.metrics]) > 1e-4) return 'depends on the executor';
  const training = { state, done: 1, history: [] };
  const read = readTraining(writeTraining(training, {}), algorithm.init(key(3)), {});
  const [next, resumed] = [update(state, key(4)), update(read.state, key(4))];
  if (difference(next.state, resumed.state) > 0) return 'does not go on from what was read';
  return undefined;
}

describe('conformance', () => {
  it.each(Object.entries(algorithms))('%s', (_, algorithm) => {
    expect(complaint(algorithm)).toBeUndefined();
  });

  it('sees what is wrong', () => {
    const right = algorithms.reinforce;
    expect(complaint({ ...right, update: (state, _) => right.update(state, key(9)) })).toBe(
      'draws nothing from its key',
    );
    expect(complaint({ ...right, update: (state, k) => ({ ...right.update(state, k), state }) })).toBe(
      'does not learn',
    );
    let calls = 0;
    const forgetful = { ...right, init: (k: Tensor) => ({ x: right.init(k), calls: tensor(calls++) }) };
    expect(complaint(forgetful)).toBe('init is no function of its key');
  });
});
