/** Every estimator that applies to repeated games with discrete actions. */
import {
  type Chance,
  constantBaseline,
  dice,
  type Estimator,
  evolutionStrategies,
  finiteDifferences,
  generalisedAdvantage,
  givenAdvantages,
  gumbelSoftmax,
  leaveOneOutBaseline,
  loadedDice,
  lowVarianceCurvature,
  oneHotOf,
  type Rollout,
  rewardToGo,
  scoreFunction,
  stateValueBaseline,
  straightThrough,
  temporalDifference,
  totalReturn,
  vtrace,
} from '@descant/estimators';
import {
  add,
  at,
  erf,
  grad,
  jacobian,
  log,
  mul,
  neg,
  oneHot,
  softmax,
  sub,
  type Tensor,
  zeros,
} from '@descant/tensor-ops';
import type { Derivative, Entry } from './entry.ts';
import {
  actionValuesOf,
  criticOf,
  draw,
  type ExactValues,
  logProbabilities,
  type Plays,
  type Policies,
  type RepeatedGame,
  relaxedReturn,
  rolloutOf,
  solveGame,
  valuesAtStart,
} from './repeated-game.ts';

/** A derivative of player 1's value, where `values` gives both players' as a function of the policies. */
function differentiate(
  values: (policies: Policies) => Tensor,
  [first, second]: Policies,
  derivative: Derivative,
): Tensor {
  const gradient = (own: Tensor, other: Tensor) => grad((x: Tensor) => at(values([x, other]), 0))(own);
  if (derivative === 'gradient') return gradient(first, second);
  return jacobian((other: Tensor) => gradient(first, other))(second);
}

/** What estimators may look at besides the plays. */
interface Knowledge {
  /** Of the present policies. */
  readonly exact: ExactValues;
  /** Of players that choose at random, as a critic would know them that has not learned yet. */
  readonly stale: ExactValues;
}

/** How an estimator of the score-function family is made for plays that have been drawn. */
interface Recipe {
  readonly name: string;
  /** By derivative; what is left out is not estimated. */
  readonly unbiased: Partial<Record<Derivative, boolean>>;
  readonly plays?: number;
  /** The critic that the rollout carries. */
  readonly critic?: keyof Knowledge;
  /** Plays by players that choose at random instead of by the policies. */
  readonly offPolicy?: boolean;
  make(known: Knowledge, plays: Plays): Estimator;
}

const first = (unbiased: boolean) => ({ gradient: unbiased });
const both = (gradient: boolean, mixed: boolean) => ({ gradient, 'mixed derivative': mixed });
const baseline = stateValueBaseline();
const exactQ = ({ exact }: Knowledge, plays: Plays) => givenAdvantages(actionValuesOf(exact, plays));
const exactA = ({ exact }: Knowledge, plays: Plays) =>
  givenAdvantages(sub(actionValuesOf(exact, plays), criticOf(exact, plays).values));

const recipes: readonly Recipe[] = [
  { name: 'REINFORCE', unbiased: first(true), make: () => scoreFunction({ credit: totalReturn() }) },
  { name: 'reward to go', unbiased: first(true), make: () => scoreFunction() },
  {
    name: 'reward to go, constant baseline',
    unbiased: first(true),
    make: ({ exact }) =>
      scoreFunction({ credit: rewardToGo({ baseline: constantBaseline(at(at(exact.v[0], 0), 0).item()) }) }),
  },
  {
    name: 'reward to go, RLOO of two',
    unbiased: first(true),
    plays: 2,
    make: () => scoreFunction({ credit: rewardToGo({ baseline: leaveOneOutBaseline() }) }),
  },
  {
    name: 'reward to go, stale critic',
    unbiased: first(true),
    critic: 'stale',
    make: () => scoreFunction({ credit: rewardToGo({ baseline }) }),
  },
  {
    name: 'reward to go, exact critic',
    unbiased: first(true),
    critic: 'exact',
    make: () => scoreFunction({ credit: rewardToGo({ baseline }) }),
  },
  {
    name: 'A2C, stale critic',
    unbiased: first(false),
    critic: 'stale',
    make: () => scoreFunction({ credit: temporalDifference() }),
  },
  {
    name: 'GAE(0.5), stale critic',
    unbiased: first(false),
    critic: 'stale',
    make: () => scoreFunction({ credit: generalisedAdvantage({ lambda: 0.5 }) }),
  },
  {
    name: 'GAE(0.5), exact critic',
    unbiased: first(true),
    critic: 'exact',
    make: () => scoreFunction({ credit: generalisedAdvantage({ lambda: 0.5 }) }),
  },
  {
    name: 'exact Q (IPO eq. 12)',
    unbiased: first(true),
    make: (known, plays) => scoreFunction({ credit: exactQ(known, plays) }),
  },
  {
    name: 'V-trace, random behaviour, exact critic',
    unbiased: first(false),
    critic: 'exact',
    offPolicy: true,
    make: () => scoreFunction({ credit: vtrace() }),
  },
  { name: 'DiCE (IPO eq. 13)', unbiased: both(true, true), make: () => dice() },
  {
    name: 'DiCE, stale critic',
    unbiased: both(true, true),
    critic: 'stale',
    make: () => dice({ baseline }),
  },
  {
    name: 'Loaded DiCE(1), exact Q (IPO eq. 14)',
    unbiased: both(true, true),
    make: (known, plays) => loadedDice({ lambda: 1, credit: exactQ(known, plays) }),
  },
  {
    name: 'Loaded DiCE(1), GAE(0.5), stale critic',
    unbiased: both(false, false),
    critic: 'stale',
    make: () => loadedDice({ lambda: 1, tau: 0.5 }),
  },
  {
    name: 'Loaded DiCE(0.5), exact advantages',
    unbiased: both(true, false),
    make: (known, plays) => loadedDice({ lambda: 0.5, credit: exactA(known, plays) }),
  },
  {
    name: 'LVC, exact advantages (IPO eq. 16)',
    unbiased: both(true, false),
    make: (known, plays) => lowVarianceCurvature({ credit: exactA(known, plays) }),
  },
];

/** P(z' < z) for standard normals: uniform on (0, 1) when z is one. */
const normalProbability = (z: Tensor): Tensor => mul(0.5, add(1, erf(mul(z, Math.SQRT1_2))));

const derivatives: readonly Derivative[] = ['gradient', 'mixed derivative'];

/** The score-function family. */
function sampledPlays(game: RepeatedGame, policies: Policies): Entry[] {
  const random: Policies = [zeros([5], 'float64'), zeros([5], 'float64')];
  const known: Knowledge = { exact: solveGame(game, policies), stale: solveGame(game, random) };
  return recipes.flatMap(({ name, unbiased, plays = 1, critic, offPolicy = false, make }) =>
    derivatives
      .filter((derivative) => unbiased[derivative] !== undefined)
      .map((derivative) => ({
        game: game.name,
        name,
        derivative,
        unbiased: unbiased[derivative] === true,
        plays,
        exact: () => differentiate((p) => valuesAtStart(game, p), policies, derivative),
        estimate: (chance: Chance) => {
          const drawn = draw(game, offPolicy ? random : policies, chance, plays);
          const estimator = make(known, drawn);
          const extra: Partial<Rollout> = {
            ...(critic && criticOf(known[critic], drawn)),
            ...(offPolicy && { behaviourLogProbabilities: logProbabilities(random, drawn) }),
          };
          const values = (p: Policies) => estimator.surrogate({ ...rolloutOf(game, p, drawn), ...extra });
          return differentiate(values, policies, derivative);
        },
      })),
  );
}

/** Estimators without log-probabilities: relaxed plays, and perturbed parameters. */
function otherWays(game: RepeatedGame, policies: Policies): Entry[] {
  const value = (own: Tensor) => at(valuesAtStart(game, [own, policies[1]]), 0);
  const entry = (name: string, unbiased: boolean, estimate: Entry['estimate']): Entry => ({
    game: game.name,
    name,
    derivative: 'gradient',
    unbiased,
    plays: 1,
    exact: () => grad(value)(policies[0]),
    estimate,
  });
  /** The gradient of the return of relaxed plays. */
  const relaxed = (act: Parameters<typeof relaxedReturn>[2]) =>
    differentiate((p) => relaxedReturn(game, p, act), policies, 'gradient');
  /** Gumbel noise from normals: -log(-log u) with u = 1 / 2 + erf(z / sqrt 2) / 2. */
  const gumbels = (chance: Chance) =>
    neg(log(neg(log(normalProbability(chance.normal([game.steps, 2, 2], 'float64'))))));
  const temperature = 0.5;
  return [
    entry('Gumbel-softmax(0.5)', false, (chance) => {
      const noise = gumbels(chance);
      return relaxed((logits, t, i) => gumbelSoftmax(logits, at(at(noise, t), i), { temperature }));
    }),
    entry('straight-through Gumbel-softmax(0.5)', false, (chance) => {
      const noise = gumbels(chance);
      return relaxed((logits, t, i) => {
        const soft = gumbelSoftmax(logits, at(at(noise, t), i), { temperature });
        return straightThrough(oneHotOf(soft), soft);
      });
    }),
    entry('straight-through probabilities', false, (chance) => {
      const { actions } = draw(game, policies, chance, 1);
      return relaxed((logits, t, i) =>
        straightThrough(oneHot(at(at(at(actions, t), 0), i), 2, 'float64'), softmax(logits)),
      );
    }),
    entry('evolution strategies(0.3) on exact values', false, (chance) => {
      const noise = chance.normal([1, 5], 'float64');
      return grad((x: Tensor) => evolutionStrategies(value, x, noise, { standardDeviation: 0.3 }))(
        policies[0],
      );
    }),
    entry('finite differences of exact values', false, () =>
      grad((x: Tensor) => finiteDifferences(value, x))(policies[0]),
    ),
  ];
}

export const repeatedEntries = (game: RepeatedGame, policies: Policies): Entry[] => [
  ...sampledPlays(game, policies),
  ...otherWays(game, policies),
];
