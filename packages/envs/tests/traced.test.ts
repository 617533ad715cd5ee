/** Environments as functions of tensors do what they do on typed arrays. */
import {
  autoReset,
  type CheckersOptions,
  type CoinGameOptions,
  checkers,
  coinGame,
  iteratedMatrixGame,
  type KernelEnvironment,
  type MatrixGameOptions,
  random,
  rollout,
  type SwitchOptions,
  switchGame,
  type TracedEnvironment,
  tracedCheckers,
  tracedCoinGame,
  tracedIteratedMatrixGame,
  tracedSwitchGame,
  vectorise,
} from '@descant/envs';
import { jit, jsExecutor, key, randint, split, stack, type Tensor, tensor, vmap } from '@descant/tensor-ops';
import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { messageOf } from './support/errors.ts';

const BATCH = 5;

/**
 * Plays batches of both forms with the same seeds and random actions, and returns what differs first.
 *
 * Seeds are s, s + 1, ... in both; `steps` should cover the ends of several episodes.
 */
function disagreement<S>(
  traced: TracedEnvironment<S>,
  single: KernelEnvironment,
  seed: number,
  steps: number,
) {
  const batch = vectorise(single, BATCH);
  batch.reset({ seed });
  const games = autoReset(traced);
  const seeds = stack(Array.from({ length: BATCH }, (_, b) => key(seed + b)));
  const step = jit(
    vmap((state: ReturnType<typeof games.reset>, actions: Tensor) => {
      const next = games.step(state, actions);
      return { ...next, observations: games.observe(next.state) };
    }),
    { executor: jsExecutor },
  );
  let state = vmap(games.reset)(seeds);
  const close = (a: ArrayLike<number | boolean>, b: ArrayLike<number>) =>
    a.length === b.length &&
    Array.from(a).every((x, k) => Math.abs(Number(x) - b[k]) <= 1e-12 * Math.max(1, Math.abs(b[k])));
  if (!close(vmap(games.observe)(state).data, batch.observations)) return 'observations of the beginning';
  const stream = random(seed);
  const { agents } = traced;
  for (let t = 1; t <= steps; t++) {
    const chosen = Int32Array.from({ length: BATCH * agents }, (_, k) =>
      stream.below(traced.actions[k % agents]),
    );
    batch.step(chosen);
    const next = step(state, tensor(chosen, { shape: [BATCH, agents], dtype: 'int32' }));
    state = next.state;
    const pairs = {
      rewards: [next.rewards, batch.rewards],
      terminated: [next.terminated, batch.terminations],
      truncated: [next.truncated, batch.truncations],
      finished: [next.finished, batch.finished],
      observations: [next.observations, batch.observations],
    } as const;
    for (const [what, [a, b]] of Object.entries(pairs)) if (!close(a.data, b)) return `${what} of step ${t}`;
    const size = batch.observationSpace.size * agents;
    for (let b = 0; b < BATCH; b++) {
      const part = [b * size, (b + 1) * size] as const;
      if (
        batch.finished[b] &&
        !close(next.finalObservation.data.slice(...part), batch.finalObservations.slice(...part))
      )
        return `final observations of step ${t}`;
    }
  }
  return 'nothing';
}

const seeds = fc.integer({ min: 0, max: 2 ** 40 });
const runs = { numRuns: 4 };
const flag = fc.boolean();

describe('both forms agree, step for step', () => {
  test.prop(
    [
      seeds,
      fc.record<Required<CoinGameOptions>>({
        maxSteps: fc.constantFrom(3, 20),
        egocentric: flag,
        ties: fc.constantFrom('both', 'red'),
        coins: fc.constantFrom('alternating', 'two'),
      }),
    ],
    { numRuns: 8 },
  )('coin game', (seed, options) => {
    const traced = tracedCoinGame({ ...options, dtype: 'float64' });
    expect(disagreement(traced, coinGame(options), seed, 60)).toBe('nothing');
  });

  test.prop(
    [
      seeds,
      fc.record<Required<CheckersOptions>>({
        rules: fc.constantFrom('head', '2020'),
        maxSteps: fc.constantFrom(30, 100),
        stepCost: fc.double({ min: -1, max: 1, noNaN: true }),
        clock: flag,
      }),
    ],
    runs,
  )('Checkers', (seed, options) => {
    const traced = tracedCheckers({ ...options, dtype: 'float64' });
    expect(disagreement(traced, checkers(options), seed, 130)).toBe('nothing');
  });

  test.prop(
    [
      seeds,
      fc.record<Required<SwitchOptions>>({
        agents: fc.constantFrom(2, 3, 4),
        rules: fc.constantFrom('head', '2020'),
        maxSteps: fc.constantFrom(200, 50),
        stepCost: fc.double({ min: -1, max: 1, noNaN: true }),
        clock: flag,
      }),
    ],
    { numRuns: 6 },
  )('Switch', (seed, options) => {
    const traced = tracedSwitchGame({ ...options, dtype: 'float64' });
    expect(disagreement(traced, switchGame(options), seed, 210)).toBe('nothing');
  });

  const payoff = fc.integer({ min: -9, max: 9 });
  test.prop(
    [
      seeds,
      fc.record({
        game: fc.oneof(
          fc.constantFrom('prisonersDilemma' as const, 'matchingPennies' as const, 'chicken' as const),
          fc.array(
            fc.array(fc.array(payoff, { minLength: 3, maxLength: 3 }), { minLength: 2, maxLength: 2 }),
            {
              minLength: 2,
              maxLength: 2,
            },
          ),
        ),
        maxSteps: fc.constantFrom(1, 7),
        observation: fc.constantFrom('memory1', 'history'),
        perspective: fc.constantFrom('own', 'joint'),
      }) as fc.Arbitrary<MatrixGameOptions>,
    ],
    { numRuns: 8 },
  )('iterated matrix games', (seed, options) => {
    const traced = tracedIteratedMatrixGame({ ...options, dtype: 'float64' });
    expect(disagreement(traced, iteratedMatrixGame(options), seed, 16)).toBe('nothing');
  });

  test('other rules are noticed', () => {
    expect(disagreement(tracedCoinGame({ ties: 'red', dtype: 'float64' }), coinGame(), 1, 200)).toMatch(
      /^rewards/,
    );
    expect(disagreement(tracedCheckers({ stepCost: -0.02, dtype: 'float64' }), checkers(), 1, 2)).toBe(
      'rewards of step 1',
    );
    expect(disagreement(tracedSwitchGame({ maxSteps: 4, dtype: 'float64' }), switchGame(), 1, 8)).toBe(
      'truncated of step 4',
    );
    expect(
      disagreement(
        tracedIteratedMatrixGame({ perspective: 'joint', dtype: 'float64' }),
        iteratedMatrixGame(),
        1,
        8,
      ),
    ).toMatch(/^observations/);
  });
});

describe('rollouts', () => {
  const anyhow = (actions: number, agents: number) => (_seen: Tensor, k: Tensor) =>
    randint(k, [agents], 0, actions);

  test('compiled and batched, they are the episodes of typed arrays with the same actions', () => {
    const game = tracedCoinGame({ maxSteps: 20 });
    const play = jit(vmap((k: Tensor) => rollout(game, anyhow(4, 2), k)));
    const keys = split(key(3), 16);
    const played = play(keys);
    expect(played.observations.shape).toEqual([16, 20, 2, 4, 3, 3]);
    const plain = rollout(game, anyhow(4, 2), tensor([...keys.data.slice(10, 12)], { dtype: 'uint32' }));
    expect([...plain.rewards.data]).toEqual([...played.rewards.data.slice(5 * 40, 6 * 40)]);
    // The first state and the actions determine the rewards until the first coin is taken.
    const single = coinGame({ maxSteps: 20 });
    for (let b = 0; b < 16; b++) {
      const seen = played.observations.data.slice(b * 20 * 72, b * 20 * 72 + 36);
      const plane = (k: number) => seen.slice(9 * k, 9 * k + 9).indexOf(1);
      const isRed = plane(2) >= 0 ? 1 : 0;
      single.reset({ options: { state: [plane(0), plane(1), plane(isRed ? 2 : 3), isRed] } });
      for (let t = 0; t < 20; t++) {
        const k = (b * 20 + t) * 2;
        const [a0, a1] = played.actions.data.slice(k, k + 2);
        const { rewards } = single.step({ agent_0: a0, agent_1: a1 });
        expect([rewards.agent_0, rewards.agent_1]).toEqual([...played.rewards.data.slice(k, k + 2)]);
        if (rewards.agent_0 !== 0 || rewards.agent_1 !== 0) break;
      }
    }
  });

  test('nothing is earned after an agent’s end', () => {
    const game = tracedSwitchGame({ agents: 2, maxSteps: 40 });
    const steps = 60;
    const { rewards, terminated, truncated } = rollout(game, anyhow(5, 2), key(4), { steps });
    for (const agent of [0, 1]) {
      const of = (values: Tensor) =>
        Array.from({ length: steps }, (_, t) => Number(values.data[2 * t + agent]));
      const done = of(terminated).map((flag, t) => flag === 1 || of(truncated)[t] === 1);
      const end = done.indexOf(true);
      expect(end).toBeGreaterThan(0);
      of(rewards).forEach((reward, t) => {
        expect(reward === 0).toBe(t > end);
      });
    }
  });

  test('invalid lengths and dtypes are errors', () => {
    const endless = tracedCoinGame({ maxSteps: Number.POSITIVE_INFINITY });
    expect(messageOf(() => rollout(endless, anyhow(4, 2), key(0)))).toBe(
      'rollout: steps must be a whole number of at least 1; got Infinity',
    );
    expect(messageOf(() => tracedSwitchGame({ dtype: 'int32' as never }))).toBe(
      'tracedSwitchGame: dtype must be float32 or float64; got "int32"',
    );
    expect(messageOf(() => tracedCheckers({ rules: '2019' as never }))).toBe(
      'tracedCheckers: rules must be one of head, 2020; got "2019"',
    );
  });
});
