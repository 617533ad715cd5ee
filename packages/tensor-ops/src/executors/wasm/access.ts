/** Loads and stores of values of a target: in typed-array layout, and in frame slots. */
import type { DType } from '../../dtype.ts';
import type { FunctionBuilder } from './encoder.ts';
import { f32, f64, i32, i32x4, i64x2, v128 } from './opcodes.ts';
import type { Target } from './target.ts';

export const BYTES: Record<DType, number> = { float32: 4, float64: 8, int32: 4, uint32: 4, bool: 1 };

const SCALAR = {
  float32: { load: f32.load, store: f32.store },
  float64: { load: f64.load, store: f64.store },
  int32: { load: i32.load, store: i32.store },
  uint32: { load: i32.load, store: i32.store },
  bool: { load: i32.load8, store: i32.store8 },
} as const;

/** Where a value lies: a pushed address plus an offset, and the distance in bytes from lane to lane. */
export interface Location {
  readonly address: () => void;
  readonly offset: number;
  readonly laneBytes: number;
}

export function loadScalar(f: FunctionBuilder, dtype: DType, offset: number): void {
  f.memory(SCALAR[dtype].load, offset);
}

export function storeScalar(f: FunctionBuilder, dtype: DType, offset: number): void {
  f.memory(SCALAR[dtype].store, offset);
}

/** True when one instruction, or one and a broadcast, loads all lanes. */
export function loadsAtOnce(target: Target, dtype: DType, laneBytes: number): boolean {
  return target.lanes === 1 || laneBytes === 0 || (laneBytes === BYTES[dtype] && dtype !== 'bool');
}

/** Pushes a value from memory in typed-array layout. */
export function load(f: FunctionBuilder, target: Target, dtype: DType, at: Location): void {
  const { address, offset, laneBytes } = at;
  const { lanes } = target;
  if (lanes === 1) {
    address();
    loadScalar(f, dtype, offset);
  } else if (laneBytes === 0) {
    if (dtype === 'bool') {
      // 0 or -1 in every 32 bits is the mask, whatever the width of a lane.
      f.i32(0);
      address();
      f.memory(i32.load8, offset).op(i32.subtract, i32x4.splat);
      return;
    }
    address();
    f.memory(dtype === 'float64' ? v128.load64Splat : v128.load32Splat, offset);
  } else if (dtype === 'bool') {
    for (let lane = 0; lane < lanes; lane++) address();
    target.constant(f, 'bool', 0);
    const width = 16 / lanes;
    for (let lane = 0; lane < lanes; lane++)
      f.memoryLane(v128.load8Lane, offset + lane * laneBytes, lane * width);
    target.constant(f, 'bool', 0);
    f.op(lanes === 4 ? i32x4.notEqual : i64x2.notEqual);
  } else if (laneBytes === BYTES[dtype]) {
    address();
    f.memory(16 / lanes === laneBytes ? v128.load : v128.load64Zero, offset);
  } else {
    const wide = dtype === 'float64';
    for (let lane = 0; lane < lanes; lane++) address();
    f.memory(wide ? v128.load64Splat : v128.load32Splat, offset);
    for (let lane = 1; lane < lanes; lane++) {
      f.memoryLane(wide ? v128.load64Lane : v128.load32Lane, offset + lane * laneBytes, lane);
    }
  }
}

/** Writes the value in a local to memory in typed-array layout. Where all lanes share a place, lane 0 is written. */
export function store(f: FunctionBuilder, target: Target, dtype: DType, at: Location, local: number): void {
  const { address, offset, laneBytes } = at;
  const { lanes } = target;
  if (lanes === 1) {
    address();
    f.get(local);
    storeScalar(f, dtype, offset);
    return;
  }
  const width = 16 / lanes;
  if (laneBytes === BYTES[dtype] && dtype !== 'bool') {
    address();
    f.get(local);
    if (width === laneBytes) f.memory(v128.store, offset);
    else f.memoryLane(v128.store64Lane, offset, 0);
    return;
  }
  for (let lane = 0; lane < (laneBytes === 0 ? 1 : lanes); lane++) {
    address();
    f.get(local);
    if (dtype === 'bool') {
      target.constant(f, 'int32', 1);
      f.op(v128.and).memoryLane(v128.store8Lane, offset + lane * laneBytes, lane * width);
    } else {
      f.memoryLane(
        dtype === 'float64' ? v128.store64Lane : v128.store32Lane,
        offset + lane * laneBytes,
        lane,
      );
    }
  }
}

/** Pushes a value from a frame slot; the address is on the stack. */
export function loadSlot(f: FunctionBuilder, target: Target, dtype: DType, offset: number): void {
  if (target.lanes > 1) f.memory(v128.load, offset);
  else if (dtype === 'bool') f.memory(i32.load, offset);
  else loadScalar(f, dtype, offset);
}

/** Writes the value on the stack to a frame slot; the address is below it. */
export function storeSlot(f: FunctionBuilder, target: Target, dtype: DType, offset: number): void {
  if (target.lanes > 1) f.memory(v128.store, offset);
  else if (dtype === 'bool') f.memory(i32.store, offset);
  else storeScalar(f, dtype, offset);
}
