import { tracedCoinGame, tracedIteratedMatrixGame } from '@descant/envs';
import { magicBox } from '@descant/estimators';
import {
  type BrsOptions,
  type BrsState,
  brs,
  brsTreeSearch,
  gruNetwork,
  mlpNetwork,
  sampledGame,
  sharedReturn,
  tabularCritic,
  tabularPolicy,
  train,
} from '@descant/marl-algos';
import {
  abs,
  add,
  at,
  concat,
  div,
  expandDims,
  flatten,
  grad,
  jit,
  key,
  log,
  max,
  mean,
  mul,
  neg,
  normal,
  reshape,
  softmax,
  split,
  sqrt,
  stack,
  stopGradient,
  sub,
  sum,
  type Tensor,
  tensor,
  vmap,
} from '@descant/tensor-ops';
import { adam, sgd } from '@descant/tensor-ops/optim';
import { describe, expect, it } from 'vitest';
import { playDetective } from '../src/best-response/detective.ts';
import { agentGradients } from '../src/best-response/seat-loss.ts';
import { distance } from './support/distance.ts';
import { messageOf } from './support/errors.ts';

const PAYOFFS = [
  [-1, -3, 0, -2],
  [-1, 0, -3, -2],
] as const;
const one = { samples: 1, steps: 1, reseed: true };

/** Two steps of the Prisoner's Dilemma with a detective of one linear layer, which reads the state and two answers. */
const policies = tabularPolicy(5, 2, { dtype: 'float64' });
const dilemma = (plays: number, steps = 2) =>
  sampledGame({
    environment: tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: steps, dtype: 'float64' }),
    policies,
    plays,
    discount: 0.9,
  });
const detective = mlpNetwork({ inputShape: [7], hidden: [], outputs: 2, dtype: 'float64' });
const parameters = [{ weights: normal(key(7), [7, 2], 'float64'), bias: normal(key(8), [2], 'float64') }];
const logits = normal(key(0), [5, 1], 'float64');
const critic = tabularCritic(5, 'float64');
const state = (s: number) =>
  tensor(
    [0, 1, 2, 3, 4].map((i) => (i === s ? 1 : 0)),
    { dtype: 'float64' },
  );
/** The detective sees the state from its own side. */
const mirrored = [0, 1, 3, 2, 4];

/** Probabilities of cooperation and defection in a state. */
const chance = (x: Tensor, s: number) => softmax(concat([at(x, s), tensor([0], { dtype: 'float64' })]));

/** The detective's probabilities in a state, by its answers. */
const response = (s: number, answers: readonly Tensor[]): Tensor =>
  softmax(
    reshape(
      detective.sequence(parameters, reshape(concat([state(mirrored[s]), stack(answers)]), [1, 1, 7])),
      [2],
    ),
  );

/** The agent's value in two steps, where `respond` gives the chances of the detective's actions in each state, with weights. */
function exactValue(
  act: Tensor,
  respond: (s: number) => readonly { weight: Tensor; response: Tensor }[],
): Tensor {
  const value = (s: number, left: number): Tensor => {
    if (left === 0) return tensor(0, { dtype: 'float64' });
    const terms = respond(s).flatMap((one) =>
      [0, 1, 2, 3].map((joint) => {
        const probability = mul(at(chance(act, s), joint >> 1), at(one.response, joint & 1));
        const later = add(PAYOFFS[0][joint], mul(0.9, value(1 + joint, left - 1)));
        return mul(mul(one.weight, probability), later);
      }),
    );
    return sum(stack(terms));
  };
  return value(0, 2);
}

/** What each of the detective's actions pays it against the agent's action. */
const pay = (a: number, b: number) => PAYOFFS[1][2 * a + b];

/**
 * One sample of one step: all pairs of simulated actions with their probabilities. Gradients pass through the answers
 * alone, which are rewards times magic boxes.
 */
const drawnAnswers = (x: Tensor) => (s: number) =>
  [0, 1, 2, 3].map((pair) => {
    const simulated = [pair >> 1, pair & 1].map((a) => at(chance(x, s), a));
    return {
      weight: stopGradient(mul(simulated[0], simulated[1])),
      response: response(
        s,
        simulated.map((p, b) => mul(pay(b === 0 ? pair >> 1 : pair & 1, b), magicBox(log(p)))),
      ),
    };
  });

/** The limit of many samples. */
const meanAnswers = (x: Tensor) => (s: number) => {
  const [cooperate, defect] = [at(chance(x, s), 0), at(chance(x, s), 1)];
  const answers = [0, 1].map((b) => add(mul(pay(0, b), cooperate), mul(pay(1, b), defect)));
  return [{ weight: tensor(1, { dtype: 'float64' }), response: response(s, answers) }];
};

/** Estimates of the agent's value and of the two terms of its gradient, n times. */
function estimates(samples: number, plays: number, n: number) {
  const game = dilemma(plays);
  return jit(
    vmap((k: Tensor) => {
      const played = (x: unknown) => playDetective(game, detective, [x, parameters], k, { ...one, samples });
      const { value, policy, detection } = agentGradients(game, { detective, critic }, played, {
        policy: logits,
        detective: parameters,
        critic: critic.init(key(0)),
      });
      return { value, acting: neg(policy as Tensor), seeming: neg(detection as Tensor) };
    }),
  )(split(key(3), n));
}

/** The largest distance of a mean from what it should be, in standard errors. */
function z(drawn: Tensor, exact: Tensor): number {
  const n = drawn.shape[0];
  const average = mean(drawn, 0);
  const spread = sub(drawn, expandDims(average, 0));
  const error = sqrt(div(sum(mul(spread, spread), 0), n * (n - 1)));
  return max(div(abs(sub(average, exact)), error)).item();
}

describe('the gradient of the agent', () => {
  it('has a term of what is played and one of what is asked', () => {
    const { value, acting, seeming } = estimates(1, 64, 600);
    const respond = drawnAnswers(logits);
    const played = grad((x: Tensor) => exactValue(x, respond))(logits);
    const asked = grad((x: Tensor) => exactValue(logits, drawnAnswers(x)))(logits);
    // 11 numbers, |z| <= 5: false alarm with probability 6e-6.
    expect(z(value, exactValue(logits, respond))).toBeLessThan(5);
    expect(z(acting, played)).toBeLessThan(5);
    expect(z(seeming, asked)).toBeLessThan(5);
  });

  it('is that of the value against the detective, and not without the term of the detective', () => {
    const { acting, seeming } = estimates(256, 16, 200);
    const whole = grad((x: Tensor) => exactValue(x, meanAnswers(x)))(logits);
    // Five numbers, |z| <= 5: false alarm with probability 3e-6. The bias of finite samples is far smaller.
    expect(z(add(acting, seeming), whole)).toBeLessThan(5);
    expect(z(acting, whole)).toBeGreaterThan(10);
    expect(z(seeming, whole)).toBeGreaterThan(10);
  });
});

describe('BRS', () => {
  const gru = (outputs: number) => gruNetwork({ inputShape: [4, 3, 3], units: 3, outputs });
  const coins = sampledGame({
    environment: tracedCoinGame({ maxSteps: 3 }),
    policies: gru(4),
    plays: 4,
    discount: 0.96,
  });
  const small = sampledGame({
    environment: tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 2 }),
    policies: tabularPolicy(5, 2),
    plays: 4,
  });
  const still = sgd({ learningRate: 0 });
  const moving = adam({ learningRate: 0.01 });
  const options: BrsOptions = {
    critic: gru(1),
    detectiveUnits: 3,
    capacity: 4,
    questions: { samples: 2, steps: 2 },
    optimizers: { policy: still, detection: still, detective: still, values: still },
  };
  const after = (optimizers: Partial<BrsOptions['optimizers']>): BrsState[] => {
    const algorithm = brs(small, {
      ...options,
      critic: tabularCritic(5),
      optimizers: { ...options.optimizers, ...optimizers },
    });
    const begun = algorithm.init(key(0));
    return [begun, jit(algorithm.update)(begun, key(1)).state];
  };
  const moved = (states: BrsState[], part: (s: BrsState) => unknown) => {
    const [before, later] = states.map((s) => flatten(part(s)).leaves);
    return before.some((leaf, i) => distance(leaf, later[i]) > 0);
  };

  it('has an optimiser for each part of the update', () => {
    const parts = {
      agent: (s: BrsState) => s.parameters,
      detective: (s: BrsState) => s.detective.parameters,
      critic: (s: BrsState) => s.critic.parameters,
      detectiveCritic: (s: BrsState) => s.detectiveCritic.parameters,
    };
    const moves = (optimizers: Partial<BrsOptions['optimizers']>) => {
      const states = after(optimizers);
      return Object.entries(parts).flatMap(([name, part]) => (moved(states, part) ? [name] : []));
    };
    expect(moves({})).toEqual([]);
    expect(moves({ policy: moving })).toEqual(['agent']);
    expect(moves({ detection: moving })).toEqual(['agent']);
    expect(moves({ selfPlay: moving })).toEqual(['agent']);
    expect(moves({ detective: moving })).toEqual(['detective']);
    expect(moves({ values: moving })).toEqual(['critic', 'detectiveCritic']);
  });

  it('remembers the agent of every update', () => {
    const [, { replay, parameters }] = after({ policy: moving });
    expect(replay.count.item()).toBe(2);
    const second = flatten(replay.agents).leaves.map((leaf) => at(leaf, 1));
    flatten(parameters).leaves.forEach((leaf, i) => {
      expect(distance(leaf, second[i])).toBe(0);
    });
  });

  it('the detective learns what pays', async () => {
    // Against any agent, defection pays more in a game of one step.
    const game = sampledGame({
      environment: tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 1 }),
      policies: tabularPolicy(5, 2),
      plays: 32,
    });
    const algorithm = brs(game, {
      ...options,
      critic: tabularCritic(5),
      optimizers: { policy: still, detection: still, detective: adam({ learningRate: 0.05 }), values: still },
    });
    const { history } = await train(algorithm, { key: key(2), updates: 60 });
    const average = (from: number) =>
      history.slice(from, from + 10).reduce((s, m) => s + m.detectiveReward, 0) / 10;
    // Defection pays one more than cooperation; half a random detective's actions are cooperation.
    expect(average(50) - average(0)).toBeGreaterThan(0.25);
  });

  it('says what does not fit', () => {
    const message = (change: Partial<BrsOptions>) => messageOf(() => brs(coins, { ...options, ...change }));
    expect(message({ critic: gru(2) })).toBe('brs: critic must have one output; got 2');
    expect(message({ capacity: 0 })).toBe('brs: capacity must be a whole number of at least 1; got 0');
    expect(message({ noise: -1 })).toBe('brs: noise must be a variance of at least 0; got -1');
    expect(message({ questions: { samples: 0.5 } })).toBe(
      'brs: questions.samples must be a whole number of at least 1; got 0.5',
    );
    expect(message({ questions: { steps: 0 } })).toBe(
      'brs: questions.steps must be a whole number of at least 1; got 0',
    );
    const odd = {
      ...coins,
      policies: [coins.policies[0], mlpNetwork({ inputShape: [4, 3, 3], hidden: [], outputs: 4 })],
    };
    const differ = 'game must have gru 36-3-4 at all seats; got mlp 36-4';
    const selfPlay = { ...options, optimizers: { ...options.optimizers, selfPlay: still } };
    expect(messageOf(() => brs(odd, selfPlay))).toBe(`brs: ${differ}`);
    expect(messageOf(() => brs(odd, options))).toBe('no error');
    expect(messageOf(() => brsTreeSearch(odd, { optimizer: still, selfPlay: still }))).toBe(
      `brsTreeSearch: ${differ}`,
    );
    expect(messageOf(() => sharedReturn(odd, null, key(0)))).toBe(`sharedReturn: ${differ}`);
    expect(message({ detectiveUnits: 0 })).toBe(
      'detectiveNetwork: units must be a whole number of at least 1; got 0',
    );
  });
});
