/** Nash equilibria of drawn games. */
import {
  bestResponseGains,
  exploitability,
  namedPayoffs,
  nashConv,
  nashEquilibria,
  nashEquilibria2x2,
  nashEquilibriaTwoActions,
  pureEquilibria,
  supportEnumeration,
} from '@descant/autodiff-games';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { payoffs, tiedPayoffs } from '../support/arbitraries.ts';
import {
  completelyMixed,
  difference,
  distance,
  extremeEquilibria,
  largestGain,
} from '../support/equilibria.ts';

describe('properties', () => {
  const shapes = fc.constantFrom([2, 2], [3, 2], [2, 4], [3, 3], [4, 4]);
  const twoPlayers = shapes.chain((actions) => payoffs(actions));
  const settings = { numRuns: 60, seed: 4, endOnFailure: true };

  test('there is one, and nobody gains by any deviation', () => {
    fc.assert(
      fc.property(twoPlayers, (game) => {
        const equilibria = supportEnumeration(game);
        for (const profile of equilibria) {
          expect(largestGain(game, profile)).toBeLessThan(1e-7);
          expect(exploitability(game, profile)).toBeLessThan(1e-7);
        }
        expect(equilibria.length).toBeGreaterThan(0);
      }),
      settings,
    );
  });

  /** Payoffs without ties: multiples of an irrational number modulo 1. */
  const generic = (actions: readonly number[]) =>
    fc.integer({ min: 1, max: 1e6 }).map((from) => {
      let index = from;
      const nested = (lengths: readonly number[]): unknown =>
        lengths.length === 0
          ? (++index * index * Math.SQRT2) % 1
          : Array.from({ length: lengths[0] }, () => nested(lengths.slice(1)));
      return nested([actions.length, ...actions]) as readonly unknown[];
    });

  test('generic games have an odd number of equilibria (Wilson 1971)', () => {
    const games = fc
      .constantFrom([2, 2], [3, 3], [4, 3], [2, 2, 2], [2, 2, 2, 2])
      .chain((actions) => generic(actions));
    fc.assert(
      fc.property(games, (game) => nashEquilibria(game).length % 2 === 1),
      settings,
    );
  });

  test('the three methods agree on generic 2 x 2 games', () => {
    fc.assert(
      fc.property(generic([2, 2]), (game) => {
        const closed = nashEquilibria2x2(game);
        expect(difference(closed, supportEnumeration(game))).toBeLessThan(1e-9);
        expect(difference(closed, nashEquilibriaTwoActions(game))).toBeLessThan(1e-9);
      }),
      { numRuns: 200, seed: 4 },
    );
  });

  test('the supports find all extreme equilibria, of games with and without ties', () => {
    fc.assert(
      fc.property(fc.oneof(tiedPayoffs([3, 3]), generic([3, 3])), (game) => {
        const expected = extremeEquilibria(game as Parameters<typeof extremeEquilibria>[0]);
        expect(difference(supportEnumeration(game), expected)).toBeLessThan(1e-7);
      }),
      settings,
    );
  });

  test('three players: the completely mixed equilibria are the roots of a quadratic equation', () => {
    const found = [0, 0, 0];
    fc.assert(
      fc.property(generic([2, 2, 2]), (game) => {
        const mixed = nashEquilibriaTwoActions(game).filter((profile) =>
          profile.flat().every((p) => p > 0 && p < 1),
        );
        expect(difference(mixed, completelyMixed(game))).toBeLessThan(1e-7);
        found[mixed.length]++;
      }),
      { ...settings, numRuns: 200 },
    );
    // All three cases were among the games.
    expect(Math.min(...found)).toBeGreaterThan(0);
  });

  test('degenerate games: the same corners in closed form and by supports, all pure equilibria among them', () => {
    fc.assert(
      fc.property(tiedPayoffs([2, 2]), (game) => {
        expect(difference(nashEquilibria2x2(game), supportEnumeration(game))).toBeLessThan(1e-9);
      }),
      { ...settings, numRuns: 300 },
    );
    fc.assert(
      fc.property(tiedPayoffs([3, 4]), (game) => {
        const equilibria = supportEnumeration(game);
        for (const profile of equilibria) expect(largestGain(game, profile)).toBeLessThan(1e-9);
        const pure = equilibria.filter((profile) => profile.flat().every((p) => p === 0 || p === 1));
        const asActions = pure.map((profile) => profile.map((strategy) => strategy.indexOf(1)));
        expect(asActions.sort()).toEqual(pureEquilibria(game).sort());
      }),
      settings,
    );
  });

  test('games of three and four players: verified, and all pure ones among them', () => {
    const binary = fc.constantFrom([2, 2, 2], [2, 2, 2, 2]).chain((actions) => generic(actions));
    fc.assert(
      fc.property(binary, (game) => {
        const equilibria = nashEquilibriaTwoActions(game);
        for (const profile of equilibria) expect(largestGain(game, profile)).toBeLessThan(1e-9);
        const pure = equilibria.filter((profile) => profile.every(([p]) => p === 0 || p === 1));
        const asActions = pure.map((profile) => profile.map(([p]) => 1 - p));
        expect(asActions.sort()).toEqual(pureEquilibria(game).sort());
      }),
      { ...settings, numRuns: 40 },
    );
  });

  test('relabelling the players relabels the equilibria', () => {
    fc.assert(
      fc.property(generic([3, 2]), (game) => {
        const [first, second] = game as readonly (readonly (readonly number[])[])[];
        const transposed = (m: readonly (readonly number[])[]) => m[0].map((_, j) => m.map((row) => row[j]));
        const swapped = supportEnumeration([transposed(second), transposed(first)]);
        const back = swapped.map(([x, y]) => [y, x]);
        expect(difference(supportEnumeration(game), back)).toBeLessThan(1e-9);
      }),
      settings,
    );
  });

  test('exploitability is zero only at equilibria', () => {
    const strategy = fc
      .array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 2, maxLength: 2 })
      .map((w) => w.map((v) => v / (w[0] + w[1])));
    fc.assert(
      fc.property(generic([2, 2]), strategy, strategy, (game, x, y) => {
        const away = Math.min(...nashEquilibria2x2(game).map((e) => distance(e, [x, y])));
        fc.pre(away > 1e-3);
        expect(nashConv(game, [x, y])).toBeGreaterThan(0);
        expect(Math.max(...bestResponseGains(game, [x, y]))).toBeCloseTo(largestGain(game, [x, y]), 12);
        expect(exploitability(game, [x, y])).toBeCloseTo(nashConv(game, [x, y]) / 2, 12);
      }),
      { numRuns: 200, seed: 4 },
    );
  });

  test('a profile a little off is no equilibrium, and the check says so', () => {
    const third = [1 / 3, 1 / 3, 1 / 3];
    expect(largestGain(namedPayoffs.rockPaperScissors, [third, third])).toBeCloseTo(0, 12);
    expect(largestGain(namedPayoffs.rockPaperScissors, [third, [0.3, 0.4, 0.3]])).toBeCloseTo(0.1, 12);
    expect(exploitability(namedPayoffs.rockPaperScissors, [third, [0.3, 0.4, 0.3]])).toBeCloseTo(0.05, 12);
  });
});
