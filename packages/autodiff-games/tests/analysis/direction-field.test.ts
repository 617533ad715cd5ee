import {
  directionField,
  iga,
  lola,
  matrixGame,
  naive,
  namedPayoffs,
  tandemGame,
} from '@descant/autodiff-games';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, test as plain } from 'vitest';
import { messageOf } from '../support/errors.ts';
import { elements, float64 } from '../support/numbers.ts';

const coordinate = fc.double({ min: -4, max: 4, noNaN: true });

describe('the direction field', () => {
  test.prop([fc.array(coordinate, { minLength: 1, maxLength: 3 }), coordinate], { numRuns: 20 })(
    'has the directions of the rules, for every pair of values',
    (first, second) => {
      const rules = [lola({ kind: 'exact', opponentRate: 0.3 }), naive()];
      const field = directionField(tandemGame(), { axes: [first, [second]], rules });
      expect(field.map(({ x, y }) => [x, y])).toEqual(first.map((x) => [x, second]));
      for (const { x, y, dx, dy } of field) {
        const point = [float64([x]), float64([y])];
        const [ex, ey] = rules.map((rule, i) => elements(rule.direction(tandemGame(), point, i))[0]);
        expect(Math.abs(dx - ex)).toBeLessThan(1e-12 * (1 + Math.abs(x) + Math.abs(ex)));
        expect(Math.abs(dy - ey)).toBeLessThan(1e-12 * (1 + Math.abs(y) + Math.abs(ey)));
      }
    },
  );

  plain('of a rule with projections is its first step, divided by the step size', () => {
    const game = matrixGame({ payoffs: namedPayoffs.matchingPennies, strategies: 'probabilities' });
    const options = { axes: [[0.9], [0.2]], rules: [iga(), iga()] };
    // The gradients are -1.2 and -1.6; a step of size 1 is cut off at 0.
    const [small] = directionField(game, { ...options, learningRate: 0.1 });
    const [large] = directionField(game, options);
    expect([small.dx, small.dy].map((d) => d.toFixed(6))).toEqual(['-1.200000', '-1.600000']);
    expect([large.dx, large.dy].map((d) => d.toFixed(6))).toEqual(['-0.900000', '-0.200000']);
  });

  plain('errors', () => {
    const rules = [naive(), naive()];
    expect(messageOf(() => directionField(tandemGame(), { rules, axes: [[0]] }))).toBe(
      'directionField: axes must be two arrays; got 1',
    );
    expect(messageOf(() => directionField(tandemGame(), { rules, axes: [[0], [0]], learningRate: 0 }))).toBe(
      'directionField: learningRate must be a finite number other than 0; got 0',
    );
  });
});
