import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteBuffer } from '../../src/executors/wasm/bytes.ts';
import { F64, I32, ModuleBuilder, V128 } from '../../src/executors/wasm/encoder.ts';
import { hasRelaxedSimd } from '../../src/executors/wasm/generator.ts';
import { f64, i32 } from '../../src/executors/wasm/opcodes.ts';

/** Decodes LEB128 by its definition. */
function decode(bytes: Uint8Array, signed: boolean): number {
  let result = 0n;
  bytes.forEach((byte, i) => {
    result |= BigInt(byte & 127) << BigInt(7 * i);
  });
  const last = bytes[bytes.length - 1];
  if (signed && last & 64) result -= 1n << BigInt(7 * bytes.length);
  return Number(result);
}

describe('LEB128', () => {
  test('unsigned numbers come back, in the fewest bytes', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 32 - 1 }), (value) => {
        const buffer = new ByteBuffer();
        buffer.unsigned(value);
        expect(decode(buffer.view(), false)).toBe(value);
        expect(buffer.length).toBe(Math.max(1, Math.ceil(Math.log2(value + 1) / 7)));
      }),
    );
  });

  test('signed numbers come back', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (value) => {
        const buffer = new ByteBuffer();
        buffer.signed(value);
        expect(decode(buffer.view(), true)).toBe(value);
      }),
    );
  });

  test('reading signed numbers as unsigned is noticed', () => {
    const buffer = new ByteBuffer();
    buffer.signed(-1);
    expect(decode(buffer.view(), false)).not.toBe(-1);
  });
});

function instantiate(module: ModuleBuilder): WebAssembly.Exports {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const host = { memory, half: (x: number) => x / 2 };
  return new WebAssembly.Instance(new WebAssembly.Module(module.build(1)), { host }).exports;
}

describe('modules', () => {
  test('functions call imports and each other, with runs of locals', () => {
    const module = new ModuleBuilder();
    const half = module.import('half', [F64], [F64]);
    const square = module.function([F64], [F64]);
    square.get(0).get(0).op(f64.multiply);
    const main = module.function([F64], [F64]);
    const [a, b] = [main.local(F64), main.local(F64)];
    main.local(I32);
    const c = main.local(F64);
    main.get(0).call(square.index).set(a).get(a).call(half).set(b).get(a).get(b).op(f64.add).set(c).get(c);
    module.export('main', main);
    expect((instantiate(module).main as (x: number) => number)(3)).toBe(13.5);
  });

  test('loops count up, down and from a start', () => {
    const module = new ModuleBuilder();
    const f = module.function([I32], [I32]);
    const digits = f.local(I32);
    const append = (counter: number): void => {
      f.get(digits).i32(10).op(i32.multiply).get(counter).op(i32.add).set(digits);
    };
    f.loop(3, append);
    f.loop(3, append, true);
    const counter = f.local(I32);
    f.get(0);
    f.loopFrom(counter, 4, () => append(counter));
    f.get(digits);
    module.export('digits', f);
    const run = instantiate(module).digits as (start: number) => number;
    expect(run(2)).toBe(1221023);
    expect(run(4)).toBe(12210);
  });

  test('branches give values', () => {
    const module = new ModuleBuilder();
    const f = module.function([I32], [F64]);
    f.get(0);
    f.branch(
      () => f.f64(1.5),
      () => f.f64(-2.5),
      F64,
    );
    module.export('f', f);
    const run = instantiate(module).f as (x: number) => number;
    expect([run(1), run(0)]).toEqual([1.5, -2.5]);
  });

  test('relaxed SIMD is found exactly where the runtime compiles it', () => {
    const module = new ModuleBuilder();
    module
      .function([V128, V128, V128], [V128])
      .get(0)
      .get(1)
      .get(2)
      .op((0xfd << 12) | 0x105);
    let compiles = true;
    try {
      new WebAssembly.Module(module.build(1));
    } catch {
      compiles = false;
    }
    expect(hasRelaxedSimd()).toBe(compiles);
  });
});
