import {
  cgd,
  gameHessian,
  lola,
  lookAhead,
  type Rule,
  simultaneousGradient,
  sos,
} from '@descant/autodiff-games';
import {
  type Executor,
  type FloatType,
  grad,
  jit,
  stack,
  type Tensor,
  tensor,
  vmap,
} from '@descant/tensor-ops';
import { describe, expect, test } from 'vitest';
import { executors } from './support/executors.ts';
import { elementsOfPlay, relativeError } from './support/numbers.ts';
import { gameOf, type ReferenceGame, type ReferencePoint, reference, ruleOf } from './support/vectors.ts';

// The systems of CGD with two step sizes have condition numbers up to 715 (Chicken), which cost float32 a digit.
const settings = executors.flatMap((executor) => [
  { executor, dtype: 'float64' as const, tolerance: 1e-10, twoStepSizes: 1e-10 },
  { executor, dtype: 'float32' as const, tolerance: 1e-4, twoStepSizes: 1e-3 },
]);

/** Applies a function of one play to all points of a reference game as one compiled batch. */
function atPoints<Y>(g: ReferenceGame, dtype: FloatType, executor: Executor, fn: (x: Tensor[]) => Y): Y {
  const batch = [0, 1].map((player) =>
    tensor(
      g.points.map((p) => p.x[player]),
      { dtype },
    ),
  );
  return jit(vmap(fn), { executor })(batch);
}

/** The largest relative error over the points. */
const worst = (
  g: ReferenceGame,
  found: unknown,
  expected: (p: ReferencePoint) => readonly number[],
): number => Math.max(...g.points.map((p, k) => relativeError(elementsOfPlay(found, k), expected(p))));

const directions = (g: ReferenceGame, rule: Rule) => {
  const game = gameOf(g);
  return (x: Tensor[]) => [0, 1].map((player) => rule.direction(game, x, player));
};

describe.each(settings)('$dtype on $executor.name', ({ executor, dtype, tolerance, twoStepSizes }) => {
  describe.each(reference.games)('$id', (g) => {
    const game = gameOf(g);

    test('values, Jacobians, simultaneous gradient and game Hessian', () => {
      const found = atPoints(g, dtype, executor, (x) => ({
        values: stack(game.values(x)),
        jacobians: [0, 1].map((i) => grad((y: Tensor[]) => game.values(y)[i])(x)),
        gradient: simultaneousGradient(game, x),
        hessian: gameHessian(game, x),
      }));
      expect(found.values.dtype).toBe(dtype);
      expect(worst(g, found.values, (p) => p.values)).toBeLessThan(tolerance);
      expect(worst(g, found.jacobians[0], (p) => p.jacobians[0])).toBeLessThan(tolerance);
      expect(worst(g, found.jacobians[1], (p) => p.jacobians[1])).toBeLessThan(tolerance);
      expect(worst(g, found.gradient, (p) => p.simultaneousGradient)).toBeLessThan(tolerance);
      expect(worst(g, found.hessian, (p) => p.hessian.flat())).toBeLessThan(tolerance);
    });

    const defined = (name: string) => g.points.every((p) => p.directions[name] !== null);

    test('directions of CGD by GMRES', () => {
      const found = atPoints(
        g,
        dtype,
        executor,
        directions(g, cgd({ ownRate: g.alpha, gmresIterations: 10 })),
      );
      expect(worst(g, found, (p) => p.directions.cgd ?? [])).toBeLessThan(tolerance);
    });

    test.each(Object.keys(ruleOf).filter(defined))('directions of %s', (name) => {
      const found = atPoints(g, dtype, executor, directions(g, ruleOf[name](g.alpha, g.consensusGamma)));
      // SGA takes the difference of H' xi and H xi, which are large in Chicken: another digit in float32.
      const allowed = dtype === 'float32' && name.startsWith('sga') ? 2e-4 : tolerance;
      expect(worst(g, found, (p) => p.directions[name] ?? [])).toBeLessThan(allowed);
    });

    test('CGD with two step sizes is the correct solution of IPO eq. 5, not the printed eq. 6', () => {
      const { alpha, beta } = g.points[0].ipoEq6;
      const first = cgd({ ownRate: alpha, opponentRate: beta });
      const second = cgd({ ownRate: beta, opponentRate: alpha });
      const found = atPoints(g, dtype, executor, (x) => [
        first.direction(game, x, 0),
        second.direction(game, x, 1),
      ]);
      const scaled = (theta: readonly number[], phi: readonly number[]) => [
        ...theta.map((v) => v / alpha),
        ...phi.map((v) => v / beta),
      ];
      const correct = (p: ReferencePoint) => scaled(p.ipoEq6.delta_theta_correct, p.ipoEq6.delta_phi_correct);
      const printed = (p: ReferencePoint) =>
        scaled(p.ipoEq6.delta_theta_as_printed, p.ipoEq6.delta_phi_as_printed);
      expect(worst(g, found, correct)).toBeLessThan(twoStepSizes);
      expect(worst(g, found, printed)).toBeGreaterThan(0.003);
    });
  });
});

test('the comparison tells apart rules and step sizes that are nearly the same', () => {
  const [g] = reference.games;
  const error = (rule: Rule, name: string) =>
    worst(g, atPoints(g, 'float64', executors[0], directions(g, rule)), (p) => p.directions[name] ?? []);
  expect(error(lola({ kind: 'exact', opponentRate: g.alpha * (1 + 1e-8) }), 'lola_exact')).toBeGreaterThan(
    1e-10,
  );
  const names = Object.keys(ruleOf).filter((name) => name !== 'naive');
  // Here p = 1, and SOS is LOLA.
  const equal = ['sos', 'lola_taylor_full'];
  for (const name of names) {
    for (const other of names.filter((n) => n !== name && !(equal.includes(n) && equal.includes(name)))) {
      expect(error(ruleOf[name](g.alpha, g.consensusGamma), other), `${name} as ${other}`).toBeGreaterThan(
        1e-4,
      );
    }
  }
});

test('SOS at a reference place where p is neither 0 nor 1 is not what other p give', () => {
  const g = reference.games.find(({ id }) => id === 'imp_norm_joint')!;
  expect(g.points.map((p) => p.sos.p).every((p) => p > 0 && p < 0.1)).toBe(true);
  const error = (rule: Rule) =>
    worst(g, atPoints(g, 'float64', executors[0], directions(g, rule)), (p) => p.directions.sos ?? []);
  expect(error(sos({ opponentRate: g.alpha }))).toBeLessThan(1e-10);
  expect(error(sos({ opponentRate: g.alpha, b: 0.01 }))).toBeGreaterThan(1e-4);
  expect(error(lookAhead({ kind: 'taylor', opponentRate: g.alpha }))).toBeGreaterThan(1e-4);
});

describe('the reference file', () => {
  test('holds all games, points and rules that are compared', () => {
    expect(reference.games).toHaveLength(16);
    expect(reference.games.every((g) => g.points.length === 2)).toBe(true);
    expect(reference.trajectories.map((t) => t.rule)).toEqual([
      'naive',
      'lola_taylor_foerster',
      'lola_taylor_full',
    ]);
  });
});
