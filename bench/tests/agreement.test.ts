import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { checkAgreement } from '../src/harness/agreement.ts';

const named = (name: string, ...outputs: number[][]) => ({ name, outputs });

describe('checkAgreement', () => {
  test('returns the largest difference of all pairs, relative for large numbers', () => {
    const all = [named('a', [0, 1000]), named('b', [0.25, 1000]), named('c', [0, 1001])];
    expect(checkAgreement('case', all, 1)).toBe(0.25);
    expect(checkAgreement('case', [all[0], all[2]], 1)).toBeCloseTo(1 / 1001, 15);
  });

  test('names the two that are farthest apart', () => {
    const all = [named('a', [1, 2]), named('b', [1, 2.5]), named('c', [1, 1])];
    expect(() => checkAgreement('case', all, 0.1)).toThrow(
      'case: b and c differ by 6.0e-1; at most 0.1 is allowed',
    );
  });

  test('a NaN is a disagreement, even among equals', () => {
    const all = [named('a', [1, Number.NaN]), named('b', [1, Number.NaN])];
    expect(() => checkAgreement('case', all, 1)).toThrow('case: a returned NaN');
  });

  test('a lone participant is looked at too', () => {
    expect(() => checkAgreement('case', [named('a', [Number.POSITIVE_INFINITY])], 1)).toThrow('Infinity');
    expect(checkAgreement('case', [named('a', [1])], 1)).toBe(0);
  });

  test('outputs of other sizes are a disagreement', () => {
    expect(() => checkAgreement('case', [named('a', [1, 2]), named('b', [1])], 1)).toThrow(
      'case: a returned 2 numbers, b returned 1',
    );
  });

  test.prop([
    fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 1, maxLength: 8 }),
    fc.nat(),
    fc.double({ min: 0.01, max: 1, noNaN: true }),
  ])('finds a change of any one element', (values, position, change) => {
    const at = position % values.length;
    const changed = values.map((v, i) => (i === at ? v + Math.sign(v || 1) * change : v));
    const all = [named('right', values), named('wrong', changed)];
    expect(() => checkAgreement('case', all, 0.0009)).toThrow('right and wrong differ');
    expect(checkAgreement('case', all, 1.01)).toBeGreaterThan(0);
  });
});
