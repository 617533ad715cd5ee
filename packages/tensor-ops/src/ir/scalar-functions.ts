/** The scalar functions of the IR: what `elementwise` nodes compute, with their reference implementation. */
import { erf } from '../math/erf.ts';
import { threefry2x32 } from '../math/threefry.ts';

/** What a scalar function takes and gives: `float` and `integer` restrict the dtype, `number` is any but bool. */
type Domain = 'float' | 'integer' | 'number' | 'bool' | 'any';

interface Definition {
  readonly arity: number;
  readonly domain: Domain;
  /** `same` as the (promoted) operands, or `bool`. */
  readonly result: 'same' | 'bool';
  /** Reference in double precision; storage rounds. Integers wrap through the storage; bool is 0 or 1. */
  readonly evaluate: (a: number, b: number, c: number, d: number) => number;
}

const define = (
  arity: number,
  domain: Domain,
  result: 'same' | 'bool',
  evaluate: Definition['evaluate'],
) => ({
  arity,
  domain,
  result,
  evaluate,
});

/** Rounds halves to even, as IEEE 754 and WebAssembly's `nearest` do. */
function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest < 0.5) return below;
  if (rest > 0.5) return below + 1;
  return below % 2 === 0 ? below : below + 1;
}

/** Logistic function without overflow in the intermediate exponential's reciprocal. */
const sigmoid = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));

const bool = (condition: boolean): number => (condition ? 1 : 0);

/**
 * Every scalar function by name. `divide` and `remainder` of integers truncate and floor; `remainder` has the
 * sign of the divisor. `threefry0(k0, k1, c0, c1)` and `threefry1` are the two output words of Threefry-2x32-20.
 */
const SCALAR_FUNCTIONS = {
  negate: define(1, 'number', 'same', (a) => -a),
  abs: define(1, 'number', 'same', Math.abs),
  sign: define(1, 'number', 'same', Math.sign),
  floor: define(1, 'float', 'same', Math.floor),
  ceil: define(1, 'float', 'same', Math.ceil),
  round: define(1, 'float', 'same', roundHalfEven),
  sqrt: define(1, 'float', 'same', Math.sqrt),
  exp: define(1, 'float', 'same', Math.exp),
  expm1: define(1, 'float', 'same', Math.expm1),
  log: define(1, 'float', 'same', Math.log),
  log1p: define(1, 'float', 'same', Math.log1p),
  sin: define(1, 'float', 'same', Math.sin),
  cos: define(1, 'float', 'same', Math.cos),
  tanh: define(1, 'float', 'same', Math.tanh),
  sigmoid: define(1, 'float', 'same', sigmoid),
  softplus: define(1, 'float', 'same', (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a)))),
  erf: define(1, 'float', 'same', erf),
  add: define(2, 'number', 'same', (a, b) => a + b),
  subtract: define(2, 'number', 'same', (a, b) => a - b),
  multiply: define(2, 'number', 'same', (a, b) => a * b),
  divide: define(2, 'number', 'same', (a, b) => a / b),
  remainder: define(2, 'number', 'same', (a, b) => a - b * Math.floor(a / b)),
  power: define(2, 'float', 'same', Math.pow),
  maximum: define(2, 'number', 'same', (a, b) => Math.max(a, b)),
  minimum: define(2, 'number', 'same', (a, b) => Math.min(a, b)),
  less: define(2, 'any', 'bool', (a, b) => bool(a < b)),
  lessEqual: define(2, 'any', 'bool', (a, b) => bool(a <= b)),
  equal: define(2, 'any', 'bool', (a, b) => bool(a === b)),
  notEqual: define(2, 'any', 'bool', (a, b) => bool(a !== b)),
  and: define(2, 'bool', 'same', (a, b) => a & b),
  or: define(2, 'bool', 'same', (a, b) => a | b),
  not: define(1, 'bool', 'same', (a) => 1 - a),
  bitXor: define(2, 'integer', 'same', (a, b) => a ^ b),
  shiftRight: define(2, 'integer', 'same', (a, b) => (a >>> 0) >>> b),
  /** condition (bool), value when true, value when false. */
  select: define(3, 'any', 'same', (a, b, c) => (a !== 0 ? b : c)),
  threefry0: define(4, 'integer', 'same', (a, b, c, d) => threefry2x32(a, b, c, d)[0]),
  threefry1: define(4, 'integer', 'same', (a, b, c, d) => threefry2x32(a, b, c, d)[1]),
} satisfies Record<string, Definition>;

export type ScalarFunction = keyof typeof SCALAR_FUNCTIONS;

/** The definition of a scalar function, with its general type. */
export const scalarFunction = (fn: ScalarFunction): Definition => SCALAR_FUNCTIONS[fn];
