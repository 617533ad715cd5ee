/** Arrays of numbers between bounds. */
import { ArgumentError } from '@descant/tensor-ops';
import type { Random } from '../random/random.ts';
import { type Space, show } from './space.ts';

/** The element types of a box, and the arrays that hold them. */
export interface BoxArrays {
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  readonly uint8: Uint8Array;
  readonly int32: Int32Array;
}

/** The element type of a box. */
export type BoxType = keyof BoxArrays;

/** Arrays of a shape between `low` and `high`, both included; members are flat typed arrays, row-major. */
export interface BoxSpace<D extends BoxType = BoxType> extends Space<BoxArrays[D]> {
  readonly kind: 'box';
  readonly shape: readonly number[];
  /** The number of elements. */
  readonly size: number;
  readonly dtype: D;
  /** Bounds of each element. */
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** Options of `box`. */
export interface BoxOptions<D extends BoxType> {
  readonly shape: readonly number[];
  readonly dtype?: D;
  /** One bound for all elements, or one each; default -Infinity (0 for uint8). */
  readonly low?: number | readonly number[];
  /** One bound for all elements, or one each; default Infinity (255 for uint8). */
  readonly high?: number | readonly number[];
}

const LIMITS: Readonly<Record<BoxType, readonly [number, number]>> = {
  float32: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  float64: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  uint8: [0, 255],
  int32: [-(2 ** 31), 2 ** 31 - 1],
};

const CONSTRUCTORS = {
  float32: Float32Array,
  float64: Float64Array,
  uint8: Uint8Array,
  int32: Int32Array,
} as const;

/** A new array of zeros of a box's element type. */
export const boxArray = (dtype: BoxType, length: number): BoxArrays[BoxType] =>
  new CONSTRUCTORS[dtype](length);

/** The constructor of the arrays of an element type. */
export const boxConstructor = (dtype: BoxType) => CONSTRUCTORS[dtype];

/**
 * The arrays of a shape with elements between bounds, which are included.
 *
 * Drawing: uniform where an element has both bounds; a bound plus or minus an exponential number of mean 1 where it
 * has one; standard normal where it has none; whole numbers are uniform on what the bounds and the type allow.
 *
 * @param options.dtype - `float32` (default), `float64`, `uint8` or `int32`.
 * @throws ArgumentError when the shape, the type or the bounds are invalid, or a bound does not suit the type.
 *
 * @example
 * ```ts
 * import { box, random } from '@descant/envs';
 * const position = box({ shape: [2], dtype: 'float64', low: [0, -1], high: 1 });
 * position.contains(Float64Array.of(0.5, -0.5)); // => true
 * position.contains(Float64Array.of(-0.5, 0)); // => false
 * position.contains(position.sample(random(1))); // => true
 * position.describe(); // => 'Box([2], float64, low [0, -1], high 1)'
 * ```
 */
export function box<D extends BoxType = 'float32'>(options: BoxOptions<D>): BoxSpace<D> {
  const { shape, dtype = 'float32' as D } = options;
  if (!Array.isArray(shape) || !shape.every((n) => Number.isSafeInteger(n) && n >= 1)) {
    throw new ArgumentError('box', 'shape', 'be whole numbers of at least 1', show(shape));
  }
  if (!Object.hasOwn(LIMITS, dtype)) {
    throw new ArgumentError('box', 'dtype', `be one of ${Object.keys(LIMITS).join(', ')}`, show(dtype));
  }
  const size = shape.reduce((product, n) => product * n, 1);
  const [least, most] = LIMITS[dtype];
  const low = bounds('low', options.low ?? least, size, dtype);
  const high = bounds('high', options.high ?? most, size, dtype);
  const wrong = low.findIndex((bound, k) => !(bound <= high[k]));
  if (wrong >= 0) {
    throw new ArgumentError(
      'box',
      'low',
      'be at most high',
      `${low[wrong]} and ${high[wrong]} at element ${wrong}`,
    );
  }
  const whole = dtype === 'uint8' || dtype === 'int32';
  const draw = whole ? drawWhole : drawReal;
  const type = CONSTRUCTORS[dtype];
  return {
    kind: 'box',
    shape: Object.freeze([...shape]),
    size,
    dtype,
    low,
    high,
    sample: (random) => {
      const array = boxArray(dtype, size) as BoxArrays[D];
      // Rounding to float32 may step over a bound.
      for (let k = 0; k < size; k++) {
        array[k] = draw(random, low[k], high[k]);
        if (array[k] < low[k] || array[k] > high[k]) array[k] = array[k] < low[k] ? low[k] : high[k];
      }
      return array;
    },
    contains: (value): value is BoxArrays[D] =>
      value instanceof type &&
      value.length === size &&
      (value as Float64Array).every((x, k) => x >= low[k] && x <= high[k]),
    describe: () => `Box([${shape.join(', ')}], ${dtype}, low ${showBound(low)}, high ${showBound(high)})`,
  };
}

function bounds(
  argument: string,
  given: number | readonly number[],
  size: number,
  dtype: BoxType,
): Float64Array {
  const values = typeof given === 'number' ? new Float64Array(size).fill(given) : Float64Array.from(given);
  const [least, most] = LIMITS[dtype];
  const fits = (x: number) =>
    x >= least && x <= most && (dtype === 'float64' || dtype === 'float32' || Number.isInteger(x));
  if (values.length !== size || !values.every(fits)) {
    const expected = `be one number or ${size}, in the range of ${dtype}`;
    throw new ArgumentError('box', argument, expected, show(given));
  }
  // A bound that float32 cannot hold is rounded as the members are.
  return dtype === 'float32' ? Float64Array.from(values, Math.fround) : values;
}

function drawReal(random: Random, low: number, high: number): number {
  if (Number.isFinite(low) && Number.isFinite(high)) {
    return low === high
      ? low
      : Number.isFinite(high - low)
        ? random.uniform(low, high)
        : 2 * random.uniform(low / 2, high / 2);
  }
  const exponential = () => -Math.log(1 - random.uniform());
  if (Number.isFinite(low)) return low + exponential();
  return Number.isFinite(high) ? high - exponential() : random.normal();
}

function drawWhole(random: Random, low: number, high: number): number {
  return low + Math.floor(random.uniform() * (high - low + 1));
}

const showBound = (values: Float64Array): string =>
  values.every((x) => x === values[0])
    ? String(values[0])
    : `[${[...values.slice(0, 4)].join(', ')}${values.length > 4 ? ', ...' : ''}]`;
