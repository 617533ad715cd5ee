import {
  consensus,
  extragradient,
  type Game,
  gameHessian,
  lola,
  lookAhead,
  lss,
  naive,
  type Rule,
  run,
  sga,
  simultaneousGradient,
  sos,
} from '@descant/autodiff-games';
import { reshape, type Tensor } from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quadratic, rate } from './support/arbitraries.ts';
import { messageOf } from './support/errors.ts';
import { solved } from './support/linear.ts';
import { elements, float64, relativeError } from './support/numbers.ts';

const joint = (rule: Rule, game: Game, x: readonly Tensor[]): number[] =>
  elements(x.map((_, player) => rule.direction(game, x, player)));

const gradientOf = (game: Game, x: readonly Tensor[]) => elements(simultaneousGradient(game, x));

/** H as rows of plain numbers. */
const hessianOf = (game: Game, x: readonly Tensor[]) => gameHessian(game, x).toArray() as number[][];

const times = (matrix: readonly (readonly number[])[], v: readonly number[]) =>
  matrix.map((row) => row.reduce((total, h, k) => total + h * v[k], 0));
const transposed = (matrix: readonly (readonly number[])[]) =>
  matrix[0].map((_, k) => matrix.map((row) => row[k]));
const inner = (a: readonly number[], b: readonly number[]) => a.reduce((total, v, k) => total + v * b[k], 0);
const settings = { numRuns: 25, seed: 1 };

describe('closed forms from the whole game Hessian, of two and three players', () => {
  const property = (
    check: (game: Game, x: Tensor[], xi: number[], hessian: number[][], alpha: number) => void,
  ) =>
    fc.assert(
      fc.property(quadratic(), rate, ({ game, x }, alpha) =>
        check(game, x, gradientOf(game, x), hessianOf(game, x), alpha),
      ),
      settings,
    );

  test('consensus', () => {
    property((game, x, xi, h, alpha) => {
      const pull = times(transposed(h), xi);
      const expected = xi.map((g, k) => g - alpha * pull[k]);
      expect(relativeError(joint(consensus({ weight: alpha }), game, x), expected)).toBeLessThan(1e-11);
      const wrong = xi.map((g, k) => g - alpha * times(h, xi)[k]);
      expect(relativeError(joint(consensus({ weight: alpha }), game, x), wrong)).toBeGreaterThan(1e-6);
    });
  });

  test('SGA, with lambda = 1 and aligned', () => {
    let signs = 0;
    property((game, x, xi, h) => {
      // A' xi, with A = (H - H') / 2
      const rotation = times(transposed(h), xi).map((v, k) => (v - times(h, xi)[k]) / 2);
      const adjusted = (lambda: number) => xi.map((g, k) => g - lambda * rotation[k]);
      expect(relativeError(joint(sga({ adjustment: 1 }), game, x), adjusted(1))).toBeLessThan(1e-11);
      // As in the paper, of the losses: xi_L = -xi, H_L = -H, grad h = H_L' xi_L, A_L' xi_L = A' xi.
      const descent = times(transposed(h), xi);
      const lambda = Math.sign(
        (inner(
          xi.map((g) => -g),
          descent,
        ) *
          inner(rotation, descent)) /
          xi.length +
          0.1,
      );
      signs += lambda;
      expect(relativeError(joint(sga({ adjustment: 'aligned' }), game, x), adjusted(lambda))).toBeLessThan(
        1e-11,
      );
    });
    // Both signs have come up.
    expect(Math.abs(signs)).toBeLessThan(settings.numRuns);
  });

  test('extragradient is (I + alpha H) xi where values are quadratic', () => {
    property((game, x, xi, h, alpha) => {
      const expected = xi.map((g, k) => g + alpha * times(h, xi)[k]);
      const found = joint(extragradient({ extrapolationRate: alpha }), game, x);
      expect(relativeError(found, expected)).toBeLessThan(1e-11);
      expect(
        relativeError(joint(lookAhead({ kind: 'exact', opponentRate: alpha }), game, x), expected),
      ).toBeGreaterThan(1e-6);
    });
  });

  test('LSS', () => {
    property((game, x, xi, h) => {
      const back = times(transposed(h), solved(h, xi));
      const expected = xi.map((g, k) => (g + back[k]) / 2);
      expect(relativeError(joint(lss(), game, x), expected)).toBeLessThan(1e-6);
    });
  });
});

describe('potential and Hamiltonian games', () => {
  test('in potential games SGA, either way, and LSS are the gradient; in others not', () => {
    const gap = (kind: 'potential' | 'generalSum', rule: Rule) => {
      let [least, most] = [Number.POSITIVE_INFINITY, 0];
      fc.assert(
        fc.property(quadratic(kind), ({ game, x }) => {
          const error = relativeError(joint(rule, game, x), gradientOf(game, x));
          [least, most] = [Math.min(least, error), Math.max(most, error)];
        }),
        settings,
      );
      return { least, most };
    };
    for (const rule of [sga({ adjustment: 1 }), sga({ adjustment: 'aligned' })]) {
      expect(gap('potential', rule).most).toBeLessThan(1e-12);
      expect(gap('generalSum', rule).least).toBeGreaterThan(1e-5);
    }
    expect(gap('potential', lss()).most).toBeLessThan(1e-6);
    expect(gap('generalSum', lss()).least).toBeGreaterThan(1e-5);
  });

  /** Shares of the distance to the equilibrium that are left after learning from random starts. */
  const remaining = (rule: Rule, game: Game, x: readonly Tensor[]) => {
    const start = x.map((p) => reshape(p, [1, p.size]));
    const { parameters } = run(game, start, {
      rules: x.map(() => rule),
      learningRate: 0.05,
      steps: 400,
    });
    const ends = parameters.map((p, i) => elements(reshape(p, [2, x[i].size])).slice(x[i].size));
    const last = ends.map((e) => float64(e));
    const energy = (at: readonly Tensor[]) => Math.hypot(...gradientOf(game, at));
    return energy(last) / energy(x);
  };

  test('in Hamiltonian games gradients conserve |xi| at best; SGA and consensus reduce it at the same rate', () => {
    fc.assert(
      fc.property(quadratic('hamiltonian'), ({ game, x }) => {
        expect(remaining(naive(), game, x)).toBeGreaterThan(1);
        const adjusted = remaining(sga({ adjustment: 1 }), game, x);
        // H' = -H: A' xi = H' xi, and SGA is consensus optimisation with weight 1.
        expect(
          relativeError(joint(sga({ adjustment: 1 }), game, x), joint(consensus({ weight: 1 }), game, x)),
        ).toBeLessThan(1e-11);
        expect(adjusted).toBeLessThan(1);
      }),
      { numRuns: 4, seed: 2 },
    );
  });
});

describe('SOS', () => {
  /** p from the joint directions: d = LookAhead + p (LOLA - LookAhead). */
  const share = (
    game: Game,
    x: readonly Tensor[],
    alpha: number,
    options: { a?: number; b?: number } = {},
  ) => {
    const ahead = joint(lookAhead({ kind: 'taylor', opponentRate: alpha }), game, x);
    const full = joint(lola({ kind: 'taylorFull', opponentRate: alpha }), game, x);
    const found = joint(sos({ opponentRate: alpha, ...options }), game, x);
    const chi = full.map((v, k) => v - ahead[k]);
    const p =
      inner(
        found.map((v, k) => v - ahead[k]),
        chi,
      ) / inner(chi, chi);
    const rest = found.map((v, k) => v - ahead[k] - p * chi[k]);
    return { p, rest: Math.max(...rest.map(Math.abs)), chi, ahead };
  };

  test('lies between LookAhead (p = 0) and LOLA (p = 1), with the published p', () => {
    let [below, full] = [0, 0];
    fc.assert(
      fc.property(quadratic(), fc.double({ min: 0.1, max: 20, noNaN: true }), ({ game, x }, alpha) => {
        const { p, rest, chi, ahead } = share(game, x, alpha);
        expect(rest).toBeLessThan(1e-8);
        const along = inner(chi, ahead);
        const first = along >= 0 ? 1 : Math.min(1, (-0.5 * inner(ahead, ahead)) / along);
        const length = Math.hypot(...gradientOf(game, x));
        expect(p).toBeCloseTo(Math.min(first, length < 0.1 ? length ** 2 : 1), 7);
        // What p_1 is for: the direction keeps a share of LookAhead's.
        const found = joint(sos({ opponentRate: alpha }), game, x);
        expect(inner(found, ahead)).toBeGreaterThan(0.5 * inner(ahead, ahead) - 1e-9);
        if (p < 0.999) below++;
        else full++;
      }),
      { numRuns: 60, seed: 3 },
    );
    expect(below).toBeGreaterThan(0);
    expect(full).toBeGreaterThan(3);
  });

  test('is LookAhead as a and the gradient go to 0, and LOLA where shaping helps', () => {
    fc.assert(
      fc.property(quadratic(), ({ game, x }) => {
        const { chi, ahead } = share(game, x, 1);
        const small = share(game, x, 1, { a: 1e-12 }).p;
        if (inner(chi, ahead) < 0)
          expect(small).toBeLessThan(1e-6 * Math.max(1, inner(ahead, ahead) / -inner(chi, ahead)));
        else expect(small).toBeCloseTo(1, 7);
      }),
      { numRuns: 30, seed: 4 },
    );
  });
});

describe('errors', () => {
  test.each([
    [() => consensus({ weight: -1 }), 'consensus: weight must be a finite number of at least 0; got -1'],
    [() => sga({ adjustment: Number.NaN }), 'sga: adjustment must be a finite number or aligned; got NaN'],
    [
      () => extragradient({ extrapolationRate: -2 }),
      'extragradient: extrapolationRate must be a finite number of at least 0; got -2',
    ],
    [() => sos({ opponentRate: -1 }), 'sos: opponentRate must be a finite number of at least 0; got -1'],
    [() => sos({ opponentRate: 1, a: 1 }), 'sos: a must lie in (0, 1); got 1'],
    [() => sos({ opponentRate: 1, b: 0 }), 'sos: b must lie in (0, 1); got 0'],
  ])('%#', (make, message) => {
    expect(messageOf(make)).toBe(message);
  });
});
