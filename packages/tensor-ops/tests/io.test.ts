/** Files: those of Python's libraries, round trips, and every kind of broken file. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DType, eye, key, type Tensor, tensor, zeros } from '@descant/tensor-ops';
import {
  readNpy,
  readNpz,
  readSafetensors,
  recordToTree,
  treeToRecord,
  writeSafetensors,
} from '@descant/tensor-ops/io';
import { initMlp } from '@descant/tensor-ops/nn';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

/** A file that tests/io/golden.py wrote with Python's libraries. */
const golden = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(join(import.meta.dirname, 'io', name)));

const describeTensor = (t: Tensor) => [t.dtype, t.shape, [...t.data]];
const describeAll = (record: Readonly<Record<string, Tensor>>) =>
  Object.fromEntries(Object.entries(record).map(([name, t]) => [name, describeTensor(t)]));

describe('golden.safetensors, by safetensors 0.8.0', () => {
  const file = readSafetensors(golden('golden.safetensors'));

  test('holds what Python put in', () => {
    expect(describeAll(file.tensors)).toEqual({
      'layers.0.weights': ['float32', [2, 3], [0.5, -1.25, 3, Math.fround(1e-30), -0, Infinity]],
      'layers.0.bias': ['float32', [2], [Number.NaN, 2]],
      double: ['float64', [2], [1 / 3, -1e300]],
      10: ['int32', [2, 1], [-2147483648, 2147483647]],
      step: ['int32', [], [7]],
      words: ['uint32', [2], [0, 4294967295]],
      mask: ['bool', [3], [1, 0, 1]],
      empty: ['float32', [0, 3], []],
      'é\n\u0001"😀': ['float32', [1], [1]],
      '\uffee': ['float32', [1], [2]],
    });
    expect(file.metadata).toEqual({ format: 'np é' });
  });

  test("is the same from Node's Buffer, whose slices share memory", () => {
    const buffer = readFileSync(join(import.meta.dirname, 'io', 'golden.safetensors'));
    expect(buffer).toBeInstanceOf(Buffer);
    expect(describeAll(readSafetensors(buffer).tensors)).toEqual(describeAll(file.tensors));
  });

  test('is written again byte for byte, and not with another order of names', () => {
    const again = writeSafetensors(file.tensors, file.metadata);
    expect(Buffer.compare(again, golden('golden.safetensors'))).toBe(0);
    const { double, ...rest } = file.tensors;
    expect(Buffer.compare(writeSafetensors({ zouble: double, ...rest }, file.metadata), again)).not.toBe(0);
  });
});

/** Python with numpy and safetensors: that of DESCANT_PYTHON, or python3. */
const python = process.env.DESCANT_PYTHON ?? 'python3';

function pythonProblem(): string | undefined {
  try {
    execFileSync(python, ['-c', 'import safetensors.numpy'], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    const lines = String(error).trim().split('\n');
    return `${python} cannot import safetensors.numpy (set DESCANT_PYTHON): ${lines.at(-1)}`;
  }
}

test("Python's library reads our files and writes the same bytes", ({ skip }) => {
  const problem = pythonProblem();
  if (problem !== undefined) {
    console.log(`skipped: ${problem}`);
    skip(problem);
  }
  const folder = mkdtempSync(join(tmpdir(), 'descant-io-'));
  try {
    const ours = writeSafetensors(treeToRecord({ mlp: initMlp(key(0), [3, 5, 2]), mask: tensor([true]) }), {
      a: 'b',
    });
    const [input, output] = ['in', 'out'].map((name) => join(folder, `${name}.safetensors`));
    writeFileSync(input, ours);
    const script = [
      'import sys, safetensors, safetensors.numpy',
      'with safetensors.safe_open(sys.argv[1], "np") as f:',
      '    safetensors.numpy.save_file({k: f.get_tensor(k) for k in f.keys()}, sys.argv[2], f.metadata())',
    ].join('\n');
    execFileSync(python, ['-c', script, input, output], { stdio: 'pipe' });
    expect(Buffer.compare(readFileSync(output), ours)).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const dtypes = fc.constantFrom<DType>('float32', 'float64', 'int32', 'uint32', 'bool');
const anyTensor = fc
  .tuple(dtypes, fc.array(fc.nat(3), { maxLength: 3 }), fc.infiniteStream(fc.double()))
  .map(([dtype, shape, values]) => {
    const size = shape.reduce((n, d) => n * d, 1);
    const data = Float64Array.from({ length: size }, () => values.next().value);
    return tensor(data, { shape, dtype });
  });
const names = fc.string({ unit: 'grapheme', maxLength: 5 }).filter((name) => name !== '__metadata__');

test('every record survives a round trip, and the data start at a multiple of 8', () => {
  fc.assert(
    fc.property(fc.dictionary(names, anyTensor), fc.dictionary(names, fc.string()), (tensors, metadata) => {
      const bytes = writeSafetensors(tensors, metadata);
      const file = readSafetensors(bytes);
      expect(describeAll(file.tensors)).toEqual(describeAll(tensors));
      expect(file.metadata).toEqual(metadata);
      expect(new DataView(bytes.buffer).getUint32(0, true) % 8).toBe(0);
      expect(Buffer.compare(writeSafetensors(file.tensors, file.metadata), bytes)).toBe(0);
    }),
    { seed: 41, numRuns: 200 },
  );
});

test('no truncated file is read', () => {
  const bytes = golden('golden.safetensors');
  for (let length = 0; length < bytes.length; length++) {
    expect(() => readSafetensors(bytes.slice(0, length))).toThrow(/^readSafetensors: bytes must /);
  }
});

/** A file with a header of our choice. */
function fileWith(header: unknown, dataLength = 0): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + dataLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const entry = (begin: number, end: number, more = {}) => ({
  dtype: 'F32',
  shape: [(end - begin) / 4],
  data_offsets: [begin, end],
  ...more,
});

describe('bad safetensors files', () => {
  const cases: [string, Uint8Array, string][] = [
    [
      'half precision',
      golden('half.safetensors'),
      'tensor "half" must have dtype F64, F32, U32, I32, BOOL; got "F16"',
    ],
    [
      'no dtype',
      fileWith({ x: { shape: [] } }),
      'tensor "x" must have dtype F64, F32, U32, I32, BOOL; got none',
    ],
    ['no object', fileWith({ x: 3 }), 'tensor "x" must have dtype F64, F32, U32, I32, BOOL; got none'],
    ['a list', fileWith([]), 'header must be an object; got []'],
    ['no JSON', fileWith('{"x":'), 'bytes must have a header of JSON text; got '],
    [
      'a negative length',
      fileWith({ x: entry(0, 4, { shape: [-1] }) }, 4),
      'tensor "x" must have a shape of whole numbers; got [-1]',
    ],
    [
      'descending offsets',
      fileWith({ x: entry(4, 0, { shape: [1] }) }, 4),
      'tensor "x" must have two ascending data_offsets; got [4,0]',
    ],
    [
      'a wrong size',
      fileWith({ x: entry(0, 4, { shape: [2] }) }, 4),
      'tensor "x" must take 8 bytes for F32[2]; got 4',
    ],
    [
      'a hole',
      fileWith({ x: entry(0, 4), y: entry(8, 12) }, 12),
      'tensor "y" must begin at byte 4 of the data; got 8',
    ],
    [
      'an overlap',
      fileWith({ x: entry(0, 8), y: entry(4, 12) }, 12),
      'tensor "y" must begin at byte 8 of the data; got 4',
    ],
    [
      'data left over',
      fileWith({ x: entry(0, 4) }, 5),
      'bytes must hold 4 bytes of data after the header; got 5',
    ],
    [
      'metadata that are no texts',
      fileWith({ __metadata__: { a: 1 } }),
      '__metadata__ must be an object of texts; got {"a":1}',
    ],
    [
      'a boolean that is none',
      (() => {
        const bytes = writeSafetensors({ m: tensor([true]) });
        bytes[bytes.length - 1] = 2;
        return bytes;
      })(),
      'tensor "m" must hold booleans, 0 or 1; got 2',
    ],
    [
      'a huge header',
      Uint8Array.from([0, 0, 0, 0, 1, 0, 0, 0]),
      'bytes must have a header of at most 100000000 bytes; got 4294967296',
    ],
  ];
  test.each(cases)('%s', (_name, bytes, message) => {
    expect(() => readSafetensors(bytes)).toThrow(`readSafetensors: ${message}`);
  });

  test('arguments', () => {
    expect(() => writeSafetensors({ __metadata__: tensor(1) })).toThrow(
      'writeSafetensors: tensors must have names other than __metadata__; got __metadata__',
    );
  });
});

describe('records of trees', () => {
  const like = { layers: initMlp(key(1), [2, 3, 1]), step: zeros([], 'int32') };

  test('a tree goes through a file and back', () => {
    const { tensors } = readSafetensors(writeSafetensors(treeToRecord(like)));
    expect(Object.keys(tensors).sort()).toEqual([
      'layers.0.bias',
      'layers.0.weights',
      'layers.1.bias',
      'layers.1.weights',
      'step',
    ]);
    const back = recordToTree(tensors, like);
    expect(back.layers[1].weights.toArray()).toEqual(like.layers[1].weights.toArray());
    expect(back.step.dtype).toBe('int32');
  });

  test('errors', () => {
    const record = treeToRecord(like);
    const { step, ...less } = record;
    expect(() => recordToTree(less, like)).toThrow(
      'recordToTree: record must hold "step" as int32[]; got nothing',
    );
    expect(() => recordToTree({ ...less, step: tensor(1) }, like)).toThrow(
      'recordToTree: record must hold "step" as int32[]; got float32[]',
    );
    expect(() => recordToTree({ ...record, more: step }, like)).toThrow(
      'recordToTree: record must hold only leaves of the tree; got "more"',
    );
    expect(() => treeToRecord({ 'a.b': step, a: { b: step } })).toThrow(
      'treeToRecord: tree must give each leaf its own name; got "a.b" twice',
    );
    expect(() => treeToRecord(step)).toThrow(
      'treeToRecord: tree must be an array or an object; got a tensor',
    );
  });
});

describe('NumPy files, by numpy 2.4.6', () => {
  test('stored.npz: every dtype, Fortran order and empty arrays', () => {
    const arrays = readNpz(golden('stored.npz'));
    expect(describeAll(arrays)).toEqual({
      f4: ['float32', [2, 2], [0.5, -1.25, 3, Math.fround(1e-30)]],
      f8: ['float64', [], [1 / 3]],
      i4: ['int32', [2], [-2147483648, 2147483647]],
      u4: ['uint32', [1], [4294967295]],
      b1: ['bool', [2], [1, 0]],
      i1: ['int32', [2], [-128, 127]],
      u1: ['int32', [1], [255]],
      i2: ['int32', [1], [-32768]],
      u2: ['int32', [1], [65535]],
      i8: ['int32', [2], [-2147483648, 2147483647]],
      u8: ['int32', [1], [1]],
      fortran: ['int32', [2, 3, 4], Array.from({ length: 24 }, (_, i) => i)],
      empty: ['float32', [0, 2], []],
    });
  });

  test('compressed.npz', () => {
    const { zeros: nothing, one } = readNpz(golden('compressed.npz'));
    expect(nothing.shape).toEqual([1000]);
    expect(describeTensor(one)).toEqual(['float64', [1], [1]]);
  });

  /** A version 1 file with a header of our choice. */
  const npy = (header: string, data: number[] = []) =>
    Uint8Array.from([0x93, ...Buffer.from('NUMPY'), 1, 0, header.length, 0, ...Buffer.from(header), ...data]);
  const whole = npy(
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n",
    [0, 0, 128, 63, 0, 0, 0, 64],
  );

  test('a file in plain bytes', () => {
    expect(describeTensor(readNpy(whole))).toEqual(['float32', [2], [1, 2]]);
  });

  const cases: [string, () => unknown, string | RegExp][] = [
    [
      'an integer beyond int32',
      () => readNpy(golden('large.npy')),
      'readNpy: <i8 element 1 must fit in int32; got 2147483648',
    ],
    [
      'complex numbers',
      () => readNpy(golden('complex.npy')),
      /^readNpy: dtype must be one of <f4, .*; got <c16$/,
    ],
    [
      'records',
      () => readNpy(golden('records.npy')),
      /^readNpy: header must have a plain 'descr', .*; got \{'descr': \[/,
    ],
    [
      'big-endian numbers',
      () => readNpy(npy("{'descr': '>f4', 'fortran_order': False, 'shape': (), }")),
      /got >f4$/,
    ],
    [
      'another file',
      () => readNpy(eye(4).data as Uint8Array),
      'readNpy: bytes must be a Uint8Array; got object',
    ],
    [
      'no magic',
      () => readNpy(new Uint8Array(20)),
      'readNpy: bytes must begin as a .npy file does, with \\x93NUMPY; got 20 bytes',
    ],
    [
      'a boolean that is none',
      () => readNpy(npy("{'descr': '|b1', 'fortran_order': False, 'shape': (1,), }", [3])),
      'readNpy: data must hold booleans, 0 or 1; got 3',
    ],
    ['no archive', () => readNpz(whole), /^readNpz: bytes must be a zip archive; got /],
  ];
  test.each(cases)('bad: %s', (_name, read, message) => {
    expect(read).toThrow(message);
  });

  test('no truncated file is read', () => {
    for (let length = 0; length < whole.length; length++) {
      expect(() => readNpy(whole.slice(0, length))).toThrow(/^readNpy: bytes must /);
    }
    const archive = golden('stored.npz');
    for (let length = 0; length < archive.length; length += 7) {
      expect(() => readNpz(archive.slice(0, length))).toThrow(/^readNpz/);
    }
  });
});
