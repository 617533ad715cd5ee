/** Instruction codes of WebAssembly with SIMD and relaxed SIMD, by type. */

/** A single-byte code, or prefix << 12 | code for the instructions with a prefix byte. */
export type Instruction = number;

const simd = (code: number): Instruction => (0xfd << 12) | code;
const misc = (code: number): Instruction => (0xfc << 12) | code;

export const control = {
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  branch: 0x0c,
  branchIf: 0x0d,
  call: 0x10,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  memoryCopy: misc(10),
  memoryFill: misc(11),
} as const;

export const i32 = {
  constant: 0x41,
  load: 0x28,
  load8: 0x2d,
  store: 0x36,
  store8: 0x3a,
  isZero: 0x45,
  equal: 0x46,
  notEqual: 0x47,
  less: 0x48,
  lessUnsigned: 0x49,
  lessEqual: 0x4c,
  lessEqualUnsigned: 0x4d,
  greaterEqual: 0x4e,
  add: 0x6a,
  subtract: 0x6b,
  multiply: 0x6c,
  and: 0x71,
  or: 0x72,
  xor: 0x73,
  shiftRightSigned: 0x75,
  shiftRight: 0x76,
  rotateLeft: 0x77,
  wrapI64: 0xa7,
  fromF32: misc(0),
  fromF32Unsigned: misc(1),
  fromF64: misc(2),
  fromF64Unsigned: misc(3),
} as const;

/** Saturating conversion of a float64 to a signed 64-bit integer. */
export const i64FromF64 = misc(6);

/** What the four floating-point types have in common; the codes follow each other alike. */
const arithmetic = (sqrt: Instruction) => ({
  sqrt,
  add: sqrt + 1,
  subtract: sqrt + 2,
  multiply: sqrt + 3,
  divide: sqrt + 4,
  minimum: sqrt + 5,
  maximum: sqrt + 6,
});

const comparison = (equal: Instruction) => ({
  equal,
  notEqual: equal + 1,
  less: equal + 2,
  lessEqual: equal + 4,
});

export const f32 = {
  load: 0x2a,
  store: 0x38,
  abs: 0x8b,
  negate: 0x8c,
  ceil: 0x8d,
  floor: 0x8e,
  round: 0x90,
  copySign: 0x98,
  fromI32: 0xb2,
  fromI32Unsigned: 0xb3,
  demote: 0xb6,
  ...arithmetic(0x91),
  ...comparison(0x5b),
};

export const f64 = {
  load: 0x2b,
  store: 0x39,
  abs: 0x99,
  negate: 0x9a,
  ceil: 0x9b,
  floor: 0x9c,
  round: 0x9e,
  copySign: 0xa6,
  fromI32: 0xb7,
  fromI32Unsigned: 0xb8,
  promote: 0xbb,
  ...arithmetic(0x9f),
  ...comparison(0x61),
};

export const v128 = {
  load: simd(0x00),
  load32Splat: simd(0x09),
  load64Splat: simd(0x0a),
  load64Zero: simd(0x5d),
  store: simd(0x0b),
  constant: simd(0x0c),
  shuffle: simd(0x0d),
  load8Lane: simd(0x54),
  load32Lane: simd(0x56),
  load64Lane: simd(0x57),
  store8Lane: simd(0x58),
  store32Lane: simd(0x5a),
  store64Lane: simd(0x5b),
  not: simd(0x4d),
  and: simd(0x4e),
  andNot: simd(0x4f),
  or: simd(0x50),
  xor: simd(0x51),
  bitSelect: simd(0x52),
  anyTrue: simd(0x53),
} as const;

export const i32x4 = {
  splat: simd(0x11),
  extract: simd(0x1b),
  replace: simd(0x1c),
  equal: simd(0x37),
  notEqual: simd(0x38),
  less: simd(0x39),
  lessUnsigned: simd(0x3a),
  lessEqual: simd(0x3d),
  lessEqualUnsigned: simd(0x3e),
  abs: simd(0xa0),
  negate: simd(0xa1),
  shiftLeft: simd(0xab),
  shiftRight: simd(0xad),
  add: simd(0xae),
  subtract: simd(0xb1),
  multiply: simd(0xb5),
  minimum: simd(0xb6),
  minimumUnsigned: simd(0xb7),
  maximum: simd(0xb8),
  maximumUnsigned: simd(0xb9),
  fromF32: simd(0xf8),
  fromF32Unsigned: simd(0xf9),
  fromF64: simd(0xfc),
  fromF64Unsigned: simd(0xfd),
} as const;

export const i64x2 = {
  splat: simd(0x12),
  extendLow: simd(0xc7),
  shiftLeft: simd(0xcb),
  shiftRight: simd(0xcd),
  add: simd(0xce),
  subtract: simd(0xd1),
  notEqual: simd(0xd7),
} as const;

/** What both vector types have in common besides. */
const pseudo = (minimum: Instruction) => ({
  /** b < a ? b : a, so that a NaN in a is kept. */
  pseudoMinimum: minimum,
  /** a < b ? b : a, so that a NaN in a is kept. */
  pseudoMaximum: minimum + 1,
});

/** a * b + c, with one rounding where the machine has it, and c - a * b. */
const fused = (multiplyAdd: Instruction) => ({ multiplyAdd, negativeMultiplyAdd: multiplyAdd + 1 });

export type VectorFloatInstructions = typeof f32x4 | typeof f64x2;

export const f32x4 = {
  splat: simd(0x13),
  extract: simd(0x1f),
  replace: simd(0x20),
  demote: simd(0x5e),
  ceil: simd(0x67),
  floor: simd(0x68),
  round: simd(0x6a),
  abs: simd(0xe0),
  negate: simd(0xe1),
  fromI32: simd(0xfa),
  fromI32Unsigned: simd(0xfb),
  ...arithmetic(simd(0xe3)),
  ...comparison(simd(0x41)),
  ...pseudo(simd(0xea)),
  ...fused(simd(0x105)),
};

export const f64x2 = {
  splat: simd(0x14),
  extract: simd(0x21),
  replace: simd(0x22),
  promote: simd(0x5f),
  ceil: simd(0x74),
  floor: simd(0x75),
  round: simd(0x94),
  abs: simd(0xec),
  negate: simd(0xed),
  fromI32: simd(0xfe),
  fromI32Unsigned: simd(0xff),
  ...arithmetic(simd(0xef)),
  ...comparison(simd(0x47)),
  ...pseudo(simd(0xf6)),
  ...fused(simd(0x107)),
};
