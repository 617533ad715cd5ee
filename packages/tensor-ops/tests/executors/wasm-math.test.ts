import { describe, expect, test } from 'vitest';
import { F32, F64 } from '../../src/executors/wasm/encoder.ts';
import { Generator, hasRelaxedSimd } from '../../src/executors/wasm/generator.ts';
import { scalarFromVector } from '../../src/executors/wasm/math/index.ts';
import type { Precision } from '../../src/executors/wasm/math/vector-code.ts';
import { scalarFunction } from '../../src/ir/scalar-functions.ts';
import { randomFrom } from './random-programs.ts';

const FUNCTIONS = ['exp', 'expm1', 'log', 'log1p', 'sigmoid', 'softplus', 'tanh', 'sin', 'cos'] as const;
type Name = (typeof FUNCTIONS)[number];

/** Largest error in units in the last place. In float64 the reference (JavaScript's) is itself off by up to one. */
const BOUND: Record<Name, number> = {
  exp: 1.1,
  expm1: 1.6,
  log: 1.1,
  log1p: 1.1,
  sigmoid: 2.5,
  softplus: 2.1,
  tanh: 3.1,
  sin: 1.1,
  cos: 1.1,
};

/** In float32 tanh is a quotient of polynomials, each with its own rounding. */
const boundOf = (name: Name, precision: Precision): number =>
  name === 'tanh' && precision === 'float32' ? 5.6 : BOUND[name];

function compiled(precision: Precision, fma: boolean): Record<Name, (x: number) => number> {
  const g = new Generator(fma, 0);
  const type = precision === 'float32' ? F32 : F64;
  for (const name of FUNCTIONS) {
    const index = scalarFromVector(g, name, precision);
    if (index === undefined) throw new Error(`${name} is not generated`);
    const f = g.module.function([type], [type]);
    f.get(0).call(index);
    g.module.export(name, f);
  }
  return g.instantiate().exports as Record<Name, (x: number) => number>;
}

const bits = new DataView(new ArrayBuffer(8));

/** The distance from |x| to the next float. */
function ulp(x: number, precision: Precision): number {
  if (precision === 'float32') {
    const rounded = Math.fround(Math.abs(x));
    bits.setFloat32(0, rounded);
    bits.setUint32(0, bits.getUint32(0) + 1);
    return bits.getFloat32(0) - rounded;
  }
  bits.setFloat64(0, Math.abs(x));
  bits.setBigUint64(0, bits.getBigUint64(0) + 1n);
  return bits.getFloat64(0) - Math.abs(x);
}

const round = (x: number, precision: Precision): number => (precision === 'float32' ? Math.fround(x) : x);

/** Arguments over all scales, within the domain of the function. */
function samples(name: Name, precision: Precision): number[] {
  const random = randomFrom(7);
  const scales = [1, 10, 120, 1e-3, 750, 1e-9, 0.4, 1e30, 1e-310];
  return Array.from({ length: 20_000 }, (_, i) => {
    const x = (random() * 2 - 1) * scales[i % scales.length];
    if (name === 'log') return round(Math.abs(x), precision);
    return round(name === 'log1p' && x < -1 ? -x : x, precision);
  });
}

/** The largest error over the samples; infinite where a special value is wrong. */
function worstError(name: Name, f: (x: number) => number, precision: Precision): number {
  let worst = 0;
  for (const x of samples(name, precision)) {
    const exact = scalarFunction(name).evaluate(x, 0, 0, 0);
    const [expected, actual] = [round(exact, precision), f(x)];
    if (actual === expected || (Number.isNaN(actual) && Number.isNaN(expected))) continue;
    worst = Math.max(worst, Math.abs(actual - exact) / ulp(exact, precision) || Number.POSITIVE_INFINITY);
  }
  return worst;
}

const VARIANTS = (['float32', 'float64'] as const).flatMap((precision) =>
  [false, true].map((fma) => ({
    precision,
    fma,
    note: fma && !hasRelaxedSimd() ? ': this runtime has none' : '',
  })),
);

describe.each(VARIANTS)('$precision, fma $fma$note', ({ precision, fma, note }) => {
  if (note) {
    test.skip('no relaxed SIMD in this runtime');
    return;
  }
  const functions = compiled(precision, fma);

  test.each(FUNCTIONS)('%s is accurate', (name) => {
    expect(worstError(name, functions[name], precision)).toBeLessThan(boundOf(name, precision));
  });

  test.each(FUNCTIONS)('%s has the right limits', (name) => {
    for (const x of [
      0,
      -0,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number.NaN,
      -1,
      -2,
      1e-46,
      1e300,
      -1e300,
    ]) {
      const argument = round(x, precision);
      const expected = round(scalarFunction(name).evaluate(argument, 0, 0, 0), precision);
      const actual = functions[name](argument);
      if (Number.isFinite(expected) && expected !== 0) {
        expect(Math.abs(actual - expected)).toBeLessThanOrEqual(
          boundOf(name, precision) * ulp(expected, precision),
        );
      } else {
        expect(actual, `${name}(${argument})`).toBe(expected);
      }
    }
  });

  test.each(['sin', 'cos'] as const)(
    '%s keeps its digits near the zeros and beyond the reduction',
    (name) => {
      for (const k of [1, 2, 3, 10, 355, 12_345, 600_000, 700_000, 1e12]) {
        const x = round((k * Math.PI) / 2, precision);
        const exact = scalarFunction(name).evaluate(x, 0, 0, 0);
        expect(Math.abs(functions[name](x) - exact)).toBeLessThanOrEqual(BOUND[name] * ulp(exact, precision));
      }
    },
  );

  test('exp underflows gradually', () => {
    const x = precision === 'float32' ? -100 : -740;
    const expected = round(Math.exp(x), precision);
    expect(expected).toBeGreaterThan(0);
    expect(Math.abs(functions.exp(x) - expected)).toBeLessThanOrEqual(ulp(0, precision));
  });
});

test('a less accurate function is noticed', () => {
  const precision = 'float64';
  const sloppy = (x: number): number => Math.exp(x) * (1 + 2 ** -50);
  expect(worstError('exp', sloppy, precision)).toBeGreaterThan(BOUND.exp);
});
