/** A game of two steps with Gaussian actions, whose noise Gauss-Hermite quadrature replaces without error. */
import {
  type Chance,
  constantBaseline,
  deterministicPolicy,
  dice,
  type Estimator,
  evolutionStrategies,
  finiteDifferences,
  loadedDice,
  lowVarianceCurvature,
  measureValuedNormal,
  persistentEvolution,
  type Rollout,
  reparameterisedNormal,
  rewardToGo,
  scoreFunction,
} from '@descant/estimators';
import {
  abs,
  add,
  at,
  div,
  full,
  gather,
  grad,
  jacobian,
  mul,
  neg,
  reshape,
  sqrt,
  square,
  stack,
  sub,
  sum,
  type Tensor,
} from '@descant/tensor-ops';
import { normal } from '@descant/tensor-ops/distributions';
import type { Derivative, Entry } from './entry.ts';
import { float64 } from './repeated-game.ts';

const name = 'Gaussian game';
const discount = 0.9;
const deviation = 0.5;
const steps = 2;

/** The mean actions of both players at both steps: [2] each. */
type Plans = readonly [Tensor, Tensor];
const plans: Plans = [float64([0.4, -0.8]), float64([-0.3, 0.6])];

/** Nodes and weights of five points: exact for polynomials of degree 9, and the squared estimates have degree 8. */
const outer = [5 + Math.sqrt(10), 5 - Math.sqrt(10)].map(Math.sqrt);
const nodes = [-outer[0], -outer[1], 0, outer[1], outer[0]];
const weights = [7 - 2 * Math.sqrt(10), 7 + 2 * Math.sqrt(10)].map((w) => w / 60);
const logWeights = [weights[0], weights[1], 8 / 15, weights[1], weights[0]].map(Math.log);

/** Standard normals as discrete draws. */
const drawNormals = (chance: Chance, shape: readonly number[]): Tensor =>
  gather(float64(nodes), chance.categorical(add(full([...shape, 5], 0, 'float64'), float64(logWeights))));

/** r_1 = -(a - s)^2 + a b / 2, r_2 = -(b + s)^2 - a b / 2, and then s <- s / 2 + a - b / 3. */
function step(state: Tensor, a: Tensor, b: Tensor): { rewards: Tensor; state: Tensor } {
  const product = mul(mul(a, b), 0.5);
  return {
    rewards: stack([sub(product, square(sub(a, state))), neg(add(square(add(b, state)), product))]),
    state: add(mul(state, 0.5), sub(a, div(b, 3))),
  };
}

/** Rewards [T, 2] of actions [T, 2], and the states on the way. */
function rollOut(actions: Tensor): { rewards: Tensor; states: Tensor[] } {
  const states: Tensor[] = [float64(1)];
  const rewards: Tensor[] = [];
  for (let t = 0; t < steps; t++) {
    const next = step(states[t], at(at(actions, t), 0), at(at(actions, t), 1));
    rewards.push(next.rewards);
    states.push(next.state);
  }
  return { rewards: stack(rewards), states };
}

/** Both players' discounted returns, [2]. */
const returnOf = (actions: Tensor): Tensor => {
  const { rewards } = rollOut(actions);
  return add(at(rewards, 0), mul(at(rewards, 1), discount));
};

const meanActions = (p: Plans): Tensor => stack([...p], 1);

/** A derivative of player 1's value. Quadratic payoffs: the noise of actions adds a constant to the values. */
function differentiate(values: (p: Plans) => Tensor, derivative: Derivative): Tensor {
  const gradient = (other: Tensor) => grad((own: Tensor) => at(values([own, other]), 0))(plans[0]);
  return derivative === 'gradient' ? gradient(plans[1]) : jacobian(gradient)(plans[1]);
}

/** Plays of one batch of one, drawn at `plans`, under other plans. */
const rolloutOf = (p: Plans, actions: Tensor): Rollout => ({
  logProbabilities: reshape(normal({ mean: meanActions(p), standardDeviation: deviation }).logProb(actions), [
    steps,
    1,
    2,
  ]),
  rewards: reshape(rollOut(actions).rewards, [steps, 1, 2]),
  discount,
});

/** Q of both players at the mean actions: the rest of the way goes by the plans of before. */
function actionValues(p: Plans): Tensor {
  const { states } = rollOut(meanActions(plans));
  const [first, last] = [0, 1].map((t) => step(states[t], at(p[0], t), at(p[1], t)));
  const later = step(first.state, at(plans[0], 1), at(plans[1], 1)).rewards;
  return reshape(stack([add(first.rewards, mul(later, discount)), last.rewards]), [steps, 1, 2]);
}

export function gaussianEntries(): Entry[] {
  const entry = (
    title: string,
    derivative: Derivative,
    unbiased: boolean,
    estimate: Entry['estimate'],
  ): Entry => ({
    game: name,
    name: title,
    derivative,
    unbiased,
    plays: 1,
    estimate,
    exact: () => differentiate((p) => returnOf(meanActions(p)), derivative),
  });
  const drawn = (chance: Chance) => add(meanActions(plans), mul(drawNormals(chance, [steps, 2]), deviation));
  const byScores = (title: string, derivative: Derivative, unbiased: boolean, estimator: Estimator) =>
    entry(title, derivative, unbiased, (chance) => {
      const actions = drawn(chance);
      return differentiate((p) => estimator.surrogate(rolloutOf(p, actions)), derivative);
    });
  const pathwise = (derivative: Derivative) =>
    entry('reparameterised', derivative, true, (chance) => {
      const noise = drawNormals(chance, [steps, 2]);
      const values = (p: Plans) =>
        returnOf(reparameterisedNormal({ mean: meanActions(p), standardDeviation: deviation }, noise));
      return differentiate(values, derivative);
    });
  const own = (x: Tensor) => at(returnOf(meanActions([x, plans[1]])), 0);
  const strategies = (kind: 'vanilla' | 'baselined' | 'antithetic') =>
    entry(`evolution strategies, ${kind}`, 'gradient', true, (chance) => {
      const noise = drawNormals(chance, [1, steps]);
      const options = { standardDeviation: deviation, kind };
      return grad((x: Tensor) => evolutionStrategies(own, x, noise, options))(plans[0]);
    });
  const baseline = constantBaseline(at(returnOf(meanActions(plans)), 0).item());
  return [
    byScores('reward to go', 'gradient', true, scoreFunction()),
    byScores(
      'reward to go, constant baseline',
      'gradient',
      true,
      scoreFunction({ credit: rewardToGo({ baseline }) }),
    ),
    byScores('DiCE (IPO eq. 13)', 'gradient', true, dice()),
    byScores('DiCE (IPO eq. 13)', 'mixed derivative', true, dice()),
    byScores(
      'Loaded DiCE(1), constant baseline',
      'mixed derivative',
      true,
      loadedDice({ lambda: 1, credit: rewardToGo({ baseline }) }),
    ),
    byScores('LVC', 'mixed derivative', false, lowVarianceCurvature()),
    pathwise('gradient'),
    pathwise('mixed derivative'),
    entry('measure-valued', 'gradient', true, measureValued),
    strategies('vanilla'),
    strategies('baselined'),
    strategies('antithetic'),
    entry('persistent evolution strategies', 'gradient', true, persistent),
    entry('finite differences', 'gradient', false, () =>
      grad((x: Tensor) => finiteDifferences(own, x))(plans[0]),
    ),
    entry('deterministic policy (IPO eq. 22)', 'gradient', true, () =>
      differentiate(
        (p) => deterministicPolicy().surrogate({ actionValues: actionValues(p), discount }),
        'gradient',
      ),
    ),
    entry('deterministic policy, immediateOnly (IPO eq. 23)', 'mixed derivative', false, () =>
      differentiate(
        (p) =>
          deterministicPolicy({ immediateOnly: true }).surrogate({ actionValues: actionValues(p), discount }),
        'mixed derivative',
      ),
    ),
  ];
}

/** Player 1's two actions by measure-valued derivatives, the opponent's drawn as well. */
function measureValued(chance: Chance): Tensor {
  const opponent = add(plans[1], mul(drawNormals(chance, [steps]), deviation));
  const three = chance.normal([3, steps], 'float64');
  const two = chance.normal([2, steps], 'float64');
  const noise = {
    normal: chance.normal([steps], 'float64'),
    rayleigh: sqrt(sum(square(two), 0)),
    maxwell: mul(div(at(three, 0), abs(at(three, 0))), sqrt(sum(square(three), 0))),
  };
  const value = (actions: Tensor) => at(returnOf(stack([actions, opponent], 1)), 0);
  const standardDeviation = full([steps], deviation, 'float64');
  return grad((mean: Tensor) => measureValuedNormal(value, { mean, standardDeviation }, noise))(plans[0]);
}

/** Both steps as pieces of one computation: the noise of the first still counts in the second. */
function persistent(chance: Chance): Tensor {
  type Stage = { readonly state: Tensor; readonly step: Tensor };
  const pes = persistentEvolution({
    standardDeviation: deviation,
    unroll: (plan: Tensor, { state, step: t }: Stage) => {
      const act = (all: Tensor) => add(mul(sub(1, t), at(all, 0)), mul(t, at(all, 1)));
      const next = step(state, act(plan), act(plans[1]));
      const weight = add(sub(1, t), mul(t, discount));
      return {
        state: { state: next.state, step: add(t, 1) },
        objective: mul(at(next.rewards, 0), weight),
      };
    },
  });
  const start = pes.init(plans[0], { state: float64(1), step: float64(0) }, 1);
  const first = pes.step(start, plans[0], drawNormals(chance, [1, steps]));
  const second = pes.step(first.state, plans[0], drawNormals(chance, [1, steps]));
  return add(first.gradient, second.gradient);
}
