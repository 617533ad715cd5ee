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

/** What the four floating-point types have in common. */
interface FloatInstructions {
  readonly abs: Instruction;
  readonly negate: Instruction;
  readonly ceil: Instruction;
  readonly floor: Instruction;
  readonly round: Instruction;
  readonly sqrt: Instruction;
  readonly add: Instruction;
  readonly subtract: Instruction;
  readonly multiply: Instruction;
  readonly divide: Instruction;
  readonly minimum: Instruction;
  readonly maximum: Instruction;
  readonly equal: Instruction;
  readonly notEqual: Instruction;
  readonly less: Instruction;
  readonly lessEqual: Instruction;
}

export const f32 = {
  load: 0x2a,
  store: 0x38,
  abs: 0x8b,
  negate: 0x8c,
  ceil: 0x8d,
  floor: 0x8e,
  round: 0x90,
  sqrt: 0x91,
  add: 0x92,
  subtract: 0x93,
  multiply: 0x94,
  divide: 0x95,
  minimum: 0x96,
  maximum: 0x97,
  copySign: 0x98,
  equal: 0x5b,
  notEqual: 0x5c,
  less: 0x5d,
  lessEqual: 0x5f,
  fromI32: 0xb2,
  fromI32Unsigned: 0xb3,
  demote: 0xb6,
} as const satisfies FloatInstructions & Record<string, Instruction>;

export const f64 = {
  load: 0x2b,
  store: 0x39,
  abs: 0x99,
  negate: 0x9a,
  ceil: 0x9b,
  floor: 0x9c,
  round: 0x9e,
  sqrt: 0x9f,
  add: 0xa0,
  subtract: 0xa1,
  multiply: 0xa2,
  divide: 0xa3,
  minimum: 0xa4,
  maximum: 0xa5,
  copySign: 0xa6,
  equal: 0x61,
  notEqual: 0x62,
  less: 0x63,
  lessEqual: 0x65,
  fromI32: 0xb7,
  fromI32Unsigned: 0xb8,
  promote: 0xbb,
} as const satisfies FloatInstructions & Record<string, Instruction>;

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

export interface VectorFloatInstructions extends FloatInstructions {
  readonly splat: Instruction;
  readonly extract: Instruction;
  readonly replace: Instruction;
  /** a * b + c, with one rounding where the machine has it. */
  readonly multiplyAdd: Instruction;
  /** c - a * b. */
  readonly negativeMultiplyAdd: Instruction;
  /** b < a ? b : a, so that a NaN in a is kept. */
  readonly pseudoMinimum: Instruction;
  /** a < b ? b : a, so that a NaN in a is kept. */
  readonly pseudoMaximum: Instruction;
}

export const f32x4 = {
  splat: simd(0x13),
  extract: simd(0x1f),
  replace: simd(0x20),
  equal: simd(0x41),
  notEqual: simd(0x42),
  less: simd(0x43),
  lessEqual: simd(0x45),
  demote: simd(0x5e),
  ceil: simd(0x67),
  floor: simd(0x68),
  round: simd(0x6a),
  abs: simd(0xe0),
  negate: simd(0xe1),
  sqrt: simd(0xe3),
  add: simd(0xe4),
  subtract: simd(0xe5),
  multiply: simd(0xe6),
  divide: simd(0xe7),
  minimum: simd(0xe8),
  maximum: simd(0xe9),
  pseudoMinimum: simd(0xea),
  pseudoMaximum: simd(0xeb),
  fromI32: simd(0xfa),
  fromI32Unsigned: simd(0xfb),
  multiplyAdd: simd(0x105),
  negativeMultiplyAdd: simd(0x106),
} as const satisfies VectorFloatInstructions & Record<string, Instruction>;

export const f64x2 = {
  splat: simd(0x14),
  extract: simd(0x21),
  replace: simd(0x22),
  equal: simd(0x47),
  notEqual: simd(0x48),
  less: simd(0x49),
  lessEqual: simd(0x4b),
  promote: simd(0x5f),
  ceil: simd(0x74),
  floor: simd(0x75),
  round: simd(0x94),
  abs: simd(0xec),
  negate: simd(0xed),
  sqrt: simd(0xef),
  add: simd(0xf0),
  subtract: simd(0xf1),
  multiply: simd(0xf2),
  divide: simd(0xf3),
  minimum: simd(0xf4),
  maximum: simd(0xf5),
  pseudoMinimum: simd(0xf6),
  pseudoMaximum: simd(0xf7),
  fromI32: simd(0xfe),
  fromI32Unsigned: simd(0xff),
  multiplyAdd: simd(0x107),
  negativeMultiplyAdd: simd(0x108),
} as const satisfies VectorFloatInstructions & Record<string, Instruction>;
