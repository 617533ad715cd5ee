/** Convolutions on every executor: random geometry, larger shapes, minimal filtering. */
import {
  add,
  createWasmExecutor,
  type FloatType,
  grad,
  jit,
  jsExecutor,
  mul,
  scan,
  sum,
  type Tensor,
  tanh,
  transpose,
  vmap,
  zeros,
} from '@descant/tensor-ops';
import { type Conv2dOptions, conv2d } from '@descant/tensor-ops/conv';
import { explain } from '@descant/tensor-ops/debug';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { winogradTaps } from '../../src/executors/wasm/conv/winograd.ts';
import { byteStrides } from '../../src/executors/wasm/loops/place.ts';
import { variable } from '../../src/ir/build.ts';
import { conv2dNode } from '../../src/primitives/conv2d.ts';
import { SEED } from '../support/arbitraries.ts';
import { expectClose, inner } from '../support/close.ts';
import { convolution, type Geometry } from '../support/convolution.ts';
import { COMPILED, type Mode } from '../support/executors.ts';
import { elementwise, type Grid, stackGrids, toGrid, toTensor } from '../support/grid.ts';
import { generator, noise } from '../support/noise.ts';

/** A convolution of moderate size: options, image and filter shapes that fit. */
interface Sample {
  readonly options: Geometry;
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly seed: number;
}

const upTo = (max: number, min = 1) => fc.integer({ min, max });
const pair = (max: number, min = 1) => fc.tuple(upTo(max, min), upTo(max, min));

const samples: fc.Arbitrary<Sample> = fc
  .record({
    kernel: pair(5),
    more: pair(13, 0),
    stride: pair(3),
    dilation: pair(3),
    pads: fc.oneof(fc.constantFrom('SAME' as const, 'VALID' as const), fc.tuple(pair(4, 0), pair(4, 0))),
    examples: upTo(3),
    groups: fc.constantFrom(1, 1, 2, 3, 6),
    depth: fc.constantFrom(1, 2, 5, 8, 17),
    width: fc.constantFrom(1, 2, 3, 8, 9, 20),
    seed: fc.nat(),
  })
  .map(({ kernel, more, stride, dilation, pads, examples, groups, depth, width, seed }) => {
    const span = (d: 0 | 1) => (kernel[d] - 1) * dilation[d] + 1;
    return {
      options: { stride, dilation, padding: pads, groups },
      x: [examples, span(0) + more[0], span(1) + more[1], depth * groups],
      w: [...kernel, depth, width * groups],
      seed,
    };
  });

const WITHOUT_FMA: Mode = {
  name: 'executor wasm without fused multiply-add',
  run: (fn) => jit(fn, { executor: createWasmExecutor({ fma: false }) }),
};

describe.each([...COMPILED, WITHOUT_FMA])('random geometry, $name', ({ run }) => {
  /** <c, y>, and how far value and gradients are from the reference: y is bilinear, so <c, y> determines both. */
  const check = ({ options, x, w, seed }: Sample, convolve = conv2d): void => {
    const random = generator(seed);
    const [X, W] = [noise(x, random), noise(w, random)];
    const y = convolution(X, W, options);
    const c = noise(y.shape, random);
    const [dX, dW] = [noise(x, random), noise(w, random)];
    const all = run((a: Tensor, b: Tensor, k: Tensor, v: Tensor) => {
      const loss = (p: Tensor, q: Tensor) => sum(mul(k, convolve(p, q, options)));
      const inX = (q: Tensor) => grad((p: Tensor) => loss(p, q))(a);
      const inW = grad((q: Tensor) => loss(a, q))(b);
      return [convolve(a, b, options), inX(b), inW, grad((q: Tensor) => sum(mul(v, inX(q))))(b)];
    });
    const results = all(toTensor(X), toTensor(W), toTensor(c), toTensor(dX)).map(toGrid);
    const [value, gx, gw, mixed] = results;
    expectClose(value, y, { what: 'conv2d: value', tolerance: 1e-11 });
    const number = (n: number): Grid => ({ shape: [], values: [n] });
    const along = (what: string, slope: number, moved: Grid) =>
      expectClose(number(slope), number(inner([moved], [c])), { what, tolerance: 1e-11 });
    along('conv2d: input gradient', inner([gx], [dX]), convolution(dX, W, options));
    along('conv2d: filter gradient', inner([gw], [dW]), convolution(X, dW, options));
    along('conv2d: mixed derivative', inner([mixed], [dW]), convolution(dX, dW, options));
    const [x32, w32, c32, v32] = [X, W, c, dX].map((grid) => toTensor(grid, 'float32'));
    const single = all(x32, w32, c32, v32).map(toGrid);
    results.forEach((expected, i) => {
      expectClose(single[i], expected, { what: `conv2d: result ${i} in float32`, tolerance: 3e-4 });
    });
  };

  test('value and both gradients', () => {
    fc.assert(
      fc.property(samples, (sample) => check(sample)),
      { seed: SEED, numRuns: 25 },
    );
  });

  test('a filter that is read in the wrong direction is noticed', () => {
    const flipped: typeof conv2d = (x, w, options) => {
      const right = conv2d(x, w, options) as Tensor<'conv2d'>;
      if (!right.is('conv2d')) return right;
      const [rows, columns] = right.attributes.axes;
      const reversed = { ...columns, filter: -columns.filter };
      const [a, b] = right.inputs;
      return conv2dNode(a, b, { ...right.attributes, axes: [rows, reversed] }, right.shape.slice(1, 3));
    };
    const sample: Sample = { options: {}, x: [1, 3, 4, 2], w: [2, 2, 2, 2], seed: 1 };
    check(sample);
    expect(() => check(sample, flipped)).toThrow(/^conv2d: value: element 0/);
  });

  // More summed elements than one tile takes, so that tiles add to what is there.
  test('long sums', () => {
    check({ options: { padding: 'SAME' }, x: [2, 9, 21, 40], w: [3, 3, 40, 17], seed: 2 });
    check({ options: {}, x: [1, 5, 4, 700], w: [1, 1, 700, 3], seed: 3 });
    check({ options: { stride: 2 }, x: [3, 40, 40, 3], w: [5, 5, 3, 10], seed: 4 });
  });

  test('depthwise, with whole vectors of channels and a rest', () => {
    check({ options: { groups: 8, padding: 'SAME' }, x: [2, 5, 6, 8], w: [3, 3, 1, 8], seed: 10 });
    check({ options: { groups: 7, stride: 2 }, x: [1, 7, 6, 7], w: [2, 3, 1, 7], seed: 11 });
    check({ options: { groups: 5, dilation: 2 }, x: [1, 21, 20, 5], w: [9, 8, 1, 5], seed: 12 });
  });

  // In float32, WebAssembly computes these by minimal filtering: even and odd lengths, one and several rows at a time.
  test.each<Sample>([
    { options: { padding: 'SAME' }, x: [2, 12, 14, 16], w: [3, 3, 16, 16], seed: 5 },
    { options: {}, x: [1, 17, 13, 20], w: [3, 3, 20, 36], seed: 6 },
    {
      options: {
        padding: [
          [2, 0],
          [1, 3],
        ],
      },
      x: [3, 9, 22, 16],
      w: [3, 3, 16, 20],
      seed: 7,
    },
    { options: { padding: 'SAME' }, x: [1, 2, 90, 16], w: [3, 3, 16, 24], seed: 8 },
    { options: { padding: 'SAME' }, x: [45, 3, 3, 24], w: [3, 3, 24, 16], seed: 9 },
    // Dilated: residues of equal lengths and of two lengths, even and odd.
    { options: { padding: 'SAME', dilation: 2 }, x: [2, 12, 14, 16], w: [3, 3, 16, 16], seed: 13 },
    { options: { padding: 'SAME', dilation: [2, 4] }, x: [1, 17, 22, 16], w: [3, 3, 16, 24], seed: 14 },
    { options: { padding: 'SAME', dilation: [1, 8] }, x: [2, 8, 46, 20], w: [3, 3, 20, 16], seed: 15 },
    { options: { dilation: [3, 2] }, x: [2, 19, 16, 16], w: [3, 3, 16, 16], seed: 16 },
  ])('3 x 3 filters on $x, $options', (sample) => check(sample));

  test('no examples, no channels, no filters', () => {
    const f = run((x: Tensor, w: Tensor) => conv2d(x, w));
    expect(f(zeros([0, 3, 3, 2]), zeros([2, 2, 2, 5])).shape).toEqual([0, 2, 2, 5]);
    expect(f(zeros([1, 3, 3, 0]), zeros([2, 2, 0, 1])).toArray()).toEqual(zeros([1, 2, 2, 1]).toArray());
    expect(f(zeros([1, 3, 3, 2]), zeros([2, 2, 2, 0])).shape).toEqual([1, 2, 2, 0]);
  });

  test('in a loop over transposed images', () => {
    const [X, W] = [noise([3, 2, 7, 8, 3], generator(5)), noise([3, 3, 3, 4], generator(6))];
    const sums = run((images: Tensor, w: Tensor) =>
      scan(
        (total: Tensor, x: Tensor) => {
          const y = conv2d(transpose(x, [0, 2, 1, 3]), w);
          return [add(total, y), y] as const;
        },
        zeros([2, 6, 5, 4], 'float64'),
        images,
      ),
    );
    const [total, each] = sums(toTensor(X), toTensor(W));
    const turned = toGrid(transpose(toTensor(X), [0, 1, 3, 2, 4]));
    const size = turned.values.length / 3;
    const expected = [0, 1, 2].map((t) =>
      convolution({ shape: [2, 8, 7, 3], values: turned.values.slice(t * size, (t + 1) * size) }, W, {}),
    );
    expectClose(each, stackGrids(expected), { what: 'conv2d in scan', tolerance: 1e-12 });
    const last = elementwise((a, b, c) => a + b + c)(...expected);
    expectClose(total, last, { what: 'the sum of conv2d in scan', tolerance: 1e-12 });
  });
});

describe('what explain says', () => {
  const schedules = (f: (x: Tensor, w: Tensor) => unknown, args: readonly [Tensor, Tensor]) =>
    explain(f, [...args]).report.parts.map((part) => part.schedule ?? part.op ?? part.group);

  test('small ones between elementwise work are scalar code, one lane for each example', () => {
    const f = vmap(
      (x: Tensor, w: Tensor) => {
        let y = conv2d(x, w, { padding: 'SAME' });
        for (let i = 0; i < 20; i++) y = tanh(add(y, x));
        return y;
      },
      [0, null],
    );
    const [x, w] = [noise([8, 1, 3, 4, 1], generator(7)), noise([2, 2, 1, 1], generator(8))];
    const args = [toTensor(x), toTensor(w)] as const;
    expect(schedules(f, args)).toEqual(['S1']);
    expect(explain(f, [...args]).report.parts[0]).toMatchObject({ batch: 8, lanes: 2 });
    expectClose(jit(f)(...args), f(...args), { what: 'conv2d as scalar code', tolerance: 1e-12 });
    const slope = (a: Tensor, b: Tensor) => grad((q: Tensor) => sum(f(a, q)))(b);
    const expected = jit(slope, { executor: jsExecutor })(...args);
    expectClose(jit(slope)(...args), expected, { what: 'its gradient', tolerance: 1e-12 });
  });

  test('large ones are one group with its number of operations', () => {
    const args = [zeros([2, 20, 20, 16]), zeros([3, 3, 16, 16])] as const;
    const { parts } = explain((x: Tensor, w: Tensor) => conv2d(x, w), [...args]).report;
    expect(parts).toContainEqual(
      expect.objectContaining({ group: 'primitive', op: 'conv2d', flops: 2 * 2 * 18 * 18 * 16 * 9 * 16 }),
    );
  });
});

describe('which convolutions are computed by minimal filtering', () => {
  const place = ({ shape, dtype }: Tensor) => ({
    shape,
    dtype,
    place: { address: 64, strides: byteStrides(shape, dtype) },
  });
  /** The taps found for a convolution of operands without gaps. */
  const found = (x: number[], w: number[], options: Conv2dOptions = {}, dtype: FloatType = 'float32') => {
    const operands = [x, w].map((shape) => variable('operand', shape, dtype));
    const node = conv2d(operands[0], operands[1], options);
    if (!node.is('conv2d')) throw new Error('no convolution');
    return winogradTaps(node, place(operands[0]), place(operands[1]));
  };
  test('3 x 3 filters of many channels in float32, with stride 1 and a dilation that leaves whole blocks', () => {
    expect(found([1, 16, 16, 16], [3, 3, 16, 16])).toBe('filter');
    expect(found([1, 16, 16, 16], [3, 3, 16, 16], {}, 'float64')).toBeUndefined();
    expect(found([1, 16, 16, 12], [3, 3, 12, 16])).toBeUndefined();
    expect(found([1, 16, 16, 16], [3, 3, 16, 18])).toBeUndefined();
    expect(found([1, 16, 16, 16], [3, 2, 16, 16])).toBeUndefined();
    expect(found([1, 16, 16, 16], [3, 3, 16, 16], { stride: [1, 2] })).toBeUndefined();
    expect(found([2, 16, 16, 16], [3, 3, 16, 16], { dilation: 2 })).toBe('filter');
    expect(found([9, 16, 16, 16], [3, 3, 16, 16], { dilation: 5 })).toBeUndefined();
    expect(found([1, 16, 16, 32], [3, 3, 16, 32], { groups: 2 })).toBeUndefined();
    expect(found([1, 6, 6, 16], [3, 3, 16, 16])).toBeUndefined();
  });

  test('and their filter gradients', () => {
    // x [1, 16, 16, 16] with examples and channels exchanged, a cotangent [1, 14, 14, 16] as the filter.
    const [x, c] = [
      [16, 16, 16, 1],
      [14, 14, 1, 16],
    ].map((s) => variable('operand', s, 'float32'));
    const axis = { input: 1, output: 1, filter: 1, offset: 0 };
    const node = conv2dNode(x, c, { axes: [axis, axis], groups: 1 }, [3, 3]);
    if (!node.is('conv2d')) throw new Error('no convolution');
    const turned = { ...place(x), place: { address: 64, strides: [4, 1024, 64, 16384] } };
    expect(winogradTaps(node, turned, place(c))).toBe('output');
    expect(winogradTaps(node, place(x), place(c))).toBeUndefined();
  });
});
