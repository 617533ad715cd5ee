/** V-trace on plays that other policies have drawn: by complete enumeration. */
import {
  enumerate,
  followingValues,
  moments,
  scoreFunction,
  vtrace,
  vtraceAdvantages,
} from '@descant/estimators';
import { at, gather, reshape, stack, zeros } from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { playedGame } from './support/arbitraries.ts';
import {
  differentiate,
  exactValues,
  f64,
  logProbabilities,
  type MatrixGame,
  type Policies,
  play,
  rolloutOf,
} from './support/matrix-game.ts';
import { relativeError } from './support/unbiased.ts';

const numbers = (max: number) =>
  fc.array(fc.double({ min: -max, max, noNaN: true }), { minLength: 10, maxLength: 10 });

describe('V-trace estimates the values of other policies than those that draw', () => {
  const settings = { numRuns: 10 };
  const arbitrary = fc.tuple(playedGame, numbers(2), numbers(3));

  /** Targets at the first step, in the mean over plays of the behaviour, for an arbitrary critic. */
  const meanTarget = (
    game: MatrixGame,
    policies: Policies,
    behaviour: Policies,
    critic: readonly number[],
    rhoMax: number,
  ) =>
    moments(
      enumerate((chance) => {
        const one = play(game, behaviour, chance);
        const values = reshape(
          stack(
            [0, 1].map((i) => gather(f64(critic.slice(5 * i, 5 * i + 5)), one.states)),
            1,
          ),
          [game.steps, 1, 2],
        );
        const rollout = {
          ...rolloutOf(game, policies, one),
          behaviourLogProbabilities: logProbabilities(behaviour, one),
          values,
          nextValues: followingValues(values, zeros([1, 2], 'float64')),
        };
        const { targets } = vtraceAdvantages(rollout, { rhoMax, cMax: rhoMax });
        return at(at(targets, 0), 0);
      }),
    ).mean;

  test('without a cut the targets are unbiased, whatever the critic', () => {
    fc.assert(
      fc.property(arbitrary, ([{ game, policies }, logits, critic]) => {
        const behaviour: Policies = [f64(logits.slice(0, 5)), f64(logits.slice(5))];
        const found = meanTarget(game, policies, behaviour, critic, Number.POSITIVE_INFINITY);
        expect(relativeError(found, exactValues(game, policies))).toBeLessThan(1e-11);
      }),
      settings,
    );
  });

  test('with a cut they are biased where the policies differ', () => {
    const game: MatrixGame = {
      payoffs: [
        [
          [1, 0],
          [0, 0],
        ],
        [
          [1, 0],
          [0, 0],
        ],
      ],
      discount: 1,
      steps: 1,
    };
    const [policies, behaviour]: [Policies, Policies] = [
      [f64([2, 0, 0, 0, 0]), f64([0, 0, 0, 0, 0])],
      [f64([-1, 0, 0, 0, 0]), f64([0, 0, 0, 0, 0])],
    ];
    const critic = new Array<number>(10).fill(0);
    const exact = exactValues(game, policies);
    expect(relativeError(meanTarget(game, policies, behaviour, critic, 1), exact)).toBeGreaterThan(0.1);
  });

  test('as a credit, for plays of one step: the gradient of the other policies, without bias', () => {
    fc.assert(
      fc.property(arbitrary, fc.constantFrom(0, 1), ([drawnGame, logits, critic], player) => {
        const game = { ...drawnGame.game, steps: 1 };
        const { policies } = drawnGame;
        const behaviour: Policies = [f64(logits.slice(0, 5)), f64(logits.slice(5))];
        const cuts = { rhoMax: Number.POSITIVE_INFINITY };
        const { mean } = moments(
          enumerate((chance) => {
            const one = play(game, behaviour, chance);
            const values = (p: Policies) =>
              scoreFunction({ credit: vtrace(cuts) }).surrogate({
                ...rolloutOf(game, p, one),
                behaviourLogProbabilities: logProbabilities(behaviour, one),
                values: f64([[[critic[0], critic[1]]]]),
                nextValues: zeros([1, 1, 2], 'float64'),
              });
            return differentiate.grad(values, policies, player);
          }),
        );
        const exact = differentiate.grad((p) => exactValues(game, p), policies, player);
        expect(relativeError(mean, exact)).toBeLessThan(1e-11);
      }),
      settings,
    );
  });
});
