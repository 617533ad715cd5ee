/** Convolutions beyond the conformance table: PyTorch's numbers, random geometry, larger shapes, errors. */
import {
  abs,
  add,
  type Conv2dOptions,
  checkGradients,
  conv2d,
  createWasmExecutor,
  grad,
  jit,
  key,
  max,
  mean,
  mul,
  scan,
  square,
  sum,
  type Tensor,
  tensor,
  transpose,
  zeros,
} from '@descant/tensor-ops';
import * as nn from '@descant/tensor-ops/nn';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { conv2dNode } from '../src/primitives/conv2d.ts';
import { SEED } from './support/arbitraries.ts';
import { expectClose, inner } from './support/close.ts';
import { convolution, type Geometry } from './support/convolution.ts';
import { type Case, expectErrors, wrong } from './support/errors.ts';
import { COMPILED, MODES, type Mode } from './support/executors.ts';
import { elementwise, type Grid, stackGrids, toGrid, toTensor } from './support/grid.ts';
import { generator, noise } from './support/noise.ts';

/** Element k of the flattened array is sin(k + 1) / 2, in PyTorch's layout. */
function wave(shape: readonly number[], order: readonly number[]): Tensor {
  const size = shape.reduce((n, d) => n * d, 1);
  const values = Float64Array.from({ length: size }, (_, k) => Math.sin(k + 1) / 2);
  return transpose(tensor(values, { shape }), order);
}
const images = (...shape: number[]) => wave(shape, [0, 2, 3, 1]);
const filters = (...shape: number[]) => wave(shape, [2, 3, 1, 0]);
const asImages = (x: Tensor) => transpose(x, [0, 3, 1, 2]);
const asFilters = (w: Tensor) => transpose(w, [3, 2, 0, 1]);

describe.each(MODES)("PyTorch 1.13's numbers in float64, $name", ({ run }) => {
  const near = (actual: Tensor, expected: readonly number[]) =>
    expectClose(
      { shape: [actual.size], values: [...actual.data] },
      { shape: [expected.length], values: expected },
      { what: 'conv2d', tolerance: 1e-13 },
    );

  test('torch.nn.functional.conv2d(x, w, padding=1)', () => {
    const f = run((x: Tensor, w: Tensor) => asImages(conv2d(x, w, { padding: 'SAME' })));
    near(
      f(images(1, 2, 3, 4), filters(2, 2, 3, 3)),
      [
        0.10595419477623544, 0.07076412976117817, 0.13045660782549073, 0.2741385980837716,
        -0.27888120073073464, -0.13252124371924418, -0.14703303441473553, -0.2968643892598414,
        0.25820696078603705, 0.12674780026010732, 0.09009758367392459, 0.11917119141564317,
        -0.03882342082892079, 0.08210797572271986, 0.08639089481987947, 0.14338863649371067,
        -0.12516431255609878, -0.11940703663310645, -0.08630297987575752, -0.2598721973891448,
        0.2168023936989637, 0.10348125992408524, 0.037280804621546704, 0.18547335861273187,
      ],
    );
  });

  // y = torch.nn.functional.conv2d(x, w, stride=(2, 1), padding=(1, 0), dilation=(1, 2), groups=2)
  // gx, gw = torch.autograd.grad((y ** 2).sum(), [x, w], create_graph=True)
  // hx, hw = torch.autograd.grad((gx ** 2).sum(), [x, w])
  test('with everything, the gradients, and the gradients of |dx|^2', () => {
    const options: Conv2dOptions = {
      stride: [2, 1],
      dilation: [1, 2],
      padding: [
        [1, 1],
        [0, 0],
      ],
      groups: 2,
    };
    const f = (x: Tensor, w: Tensor) => conv2d(x, w, options);
    const gradients = ([x, w]: Tensor[]) => grad(([a, b]: Tensor[]) => sum(square(f(a, b))))([x, w]);
    const second = grad((at: Tensor[]) => sum(square(gradients(at)[0])));
    const all = run((x: Tensor, w: Tensor) => {
      const [[gx, gw], [hx, hw]] = [gradients([x, w]), second([x, w])];
      return [asImages(f(x, w)), asImages(gx), asFilters(gw), asImages(hx), asFilters(hw)];
    });
    const expected = [
      [0.002987104480163077, -0.27751936961159995, -0.22206935515323153, -0.3791882295836843],
      [
        0.00042154020831627887, 0.0, -0.002260648124332908, -0.23352449725033964, 0.0, -0.2523476486821131,
        -0.03916353567635825, 0.0, 0.21002735141834206, -0.1458965903217964, 0.0, -0.2197061478431862,
        0.3636127980143341, 0.0, 0.10595106808029382, -0.24912158522838407, 0.0, -0.37515300196113827,
      ],
      [
        0.21002735141834206, 0.07754321291987705, -0.17981294497106062, -0.11394932202126347,
        -0.15932239482371666, -0.246581494828975, 0.22997996622244396, 0.4039219264363217,
      ],
      [
        0.00024983207427028487, 0.0, -0.001339806734814646, -0.4968374032558692, 0.0, -0.5368847892413698,
        -0.08332277596941545, 0.0, 0.44684581326615064, -0.2057814698027538, 0.0, -0.3098869817872472,
        0.8756050400544445, 0.0, 0.2551375796365663, -0.5999021948719387, 0.0, -0.9033946580058995,
      ],
      [
        0.7060760983292709, 0.4451032875522005, -0.34294130586052485, -0.47625469510507107,
        -0.9351702384887719, -0.7544870713080858, 0.9407388427146403, 1.6179751870644319,
      ],
    ];
    all(images(1, 2, 3, 3), filters(2, 1, 2, 2)).forEach((value, i) => {
      near(value, expected[i]);
    });
  });
});

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
    const all = run((a: Tensor, b: Tensor, k: Tensor) => [
      convolve(a, b, options),
      ...grad(([p, q]: Tensor[]) => sum(mul(k, convolve(p, q, options))))([a, b]),
    ]);
    const [value, gx, gw] = all(toTensor(X), toTensor(W), toTensor(c)).map(toGrid);
    expectClose(value, y, { what: 'conv2d: value', tolerance: 1e-11 });
    const number = (n: number): Grid => ({ shape: [], values: [n] });
    const along = (what: string, slope: number, moved: Grid) =>
      expectClose(number(slope), number(inner([moved], [c])), { what, tolerance: 1e-11 });
    along('conv2d: input gradient', inner([gx], [dX]), convolution(dX, W, options));
    along('conv2d: filter gradient', inner([gw], [dW]), convolution(X, dW, options));
    const single = all(toTensor(X, 'float32'), toTensor(W, 'float32'), toTensor(c, 'float32')).map(toGrid);
    [value, gx, gw].forEach((expected, i) => {
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

describe('nn.conv2d', () => {
  test('is the convolution plus the bias', () => {
    const parameters = { weights: filters(4, 2, 3, 3), bias: wave([4], [0]) };
    const x = images(2, 2, 5, 6);
    const options = { stride: 2, padding: 'SAME' } as const;
    const expected = add(conv2d(x, parameters.weights, options), parameters.bias);
    expectClose(nn.conv2d(parameters, x, options), expected, { what: 'nn.conv2d', tolerance: 0 });
    checkGradients((p: nn.Conv2dParameters) => nn.conv2d(p, x, options), [parameters]);
  });

  test('weights have the variance of their fans', () => {
    const { weights, bias } = nn.initConv2d(key(0), [3, 5], 16, 32, { groups: 4, dtype: 'float64' });
    expect([weights.shape, bias.shape, weights.dtype]).toEqual([[3, 5, 4, 32], [32], 'float64']);
    const bound = Math.sqrt(6 / (3 * 5 * (4 + 32)));
    expect(max(abs(weights)).item()).toBeLessThanOrEqual(bound);
    // The variance of 1,920 uniform numbers: standard error bound^2 sqrt(4/45/1920) = 2.0 % of bound^2 / 3; 5 of these.
    expect(Math.abs(mean(square(weights)).item() / (bound ** 2 / 3) - 1)).toBeLessThan(0.102);
  });

  expectErrors('ArgumentError', [
    [
      'initConv2d: size must be a whole number of at least 1; got 0',
      () => nn.initConv2d(key(0), [3, 0], 2, 2),
    ],
    [
      'initConv2d: inputs must be a whole number of at least 1; got 1.5',
      () => nn.initConv2d(key(0), 3, 1.5, 2),
    ],
    ['initConv2d: outputs must be a whole number of at least 1; got 0', () => nn.initConv2d(key(0), 3, 1, 0)],
    [
      'initConv2d: groups must divide 4 inputs and 6 outputs; got 4',
      () => nn.initConv2d(key(0), 3, 4, 6, { groups: 4 }),
    ],
  ]);
});

test('integers become float32', () => {
  const x = tensor([1, 2, 3, 4], { shape: [1, 2, 2, 1], dtype: 'int32' });
  const y = jit((a: Tensor) => conv2d(a, a.dtype === 'int32' ? tensor([2], { shape: [1, 1, 1, 1] }) : a))(x);
  expect([y.dtype, ...y.data]).toEqual(['float32', 2, 4, 6, 8]);
});

describe('errors', () => {
  const x = zeros([1, 4, 5, 6]);
  const w = zeros([3, 3, 6, 2]);
  const whole = 'be a whole number of at least 1, or two of them';
  const pads = "be 'SAME', 'VALID' or [[top, bottom], [left, right]] in whole numbers";
  const cases: readonly Case[] = [
    ['conv2d: x must have shape [N, H, W, C]; got [4, 5, 6]', () => conv2d(zeros([4, 5, 6]), w)],
    [
      'conv2d: w must have shape [KH, KW, 6, O] for 6 channels in groups of 6; got [3, 3, 5, 2]',
      () => conv2d(x, zeros([3, 3, 5, 2])),
    ],
    [
      'conv2d: w must have shape [KH, KW, 3, O] for 6 channels in groups of 3; got [3, 3, 6, 2]',
      () => conv2d(x, w, { groups: 2 }),
    ],
    [
      'conv2d: w must have shape [KH, KW, 6, O] for 6 channels in groups of 6; got [3, 3]',
      () => conv2d(x, zeros([3, 3])),
    ],
    [
      'conv2d: w must have a number of filters that 2 groups divide; got [3, 3, 3, 5]',
      () => conv2d(x, zeros([3, 3, 3, 5]), { groups: 2 }),
    ],
    [
      'conv2d: groups must be a whole number that divides 6 channels; got 4',
      () => conv2d(x, w, { groups: 4 }),
    ],
    [
      'conv2d: groups must be a whole number that divides 6 channels; got 0',
      () => conv2d(x, w, { groups: 0 }),
    ],
    [`conv2d: stride must ${whole}; got 0`, () => conv2d(x, w, { stride: 0 })],
    [`conv2d: stride must ${whole}; got [1,1.5]`, () => conv2d(x, w, { stride: [1, 1.5] })],
    [`conv2d: dilation must ${whole}; got [1]`, () => conv2d(x, w, { dilation: wrong([1]) })],
    [`conv2d: padding must ${pads}; got "same"`, () => conv2d(x, w, { padding: wrong('same') })],
    [`conv2d: padding must ${pads}; got [1,1]`, () => conv2d(x, w, { padding: wrong([1, 1]) })],
    [
      `conv2d: padding must ${pads}; got [[0,-1],[0,0]]`,
      () =>
        conv2d(x, w, {
          padding: [
            [0, -1],
            [0, 0],
          ],
        }),
    ],
    [
      'conv2d: w must have elements and fit into the padded input of [1, 4, 5, 6]; got [3, 3, 6, 2]',
      () => conv2d(x, w, { dilation: 2 }),
    ],
    [
      'conv2d: w must have elements and fit into the padded input of [1, 4, 5, 6]; got [0, 3, 6, 2]',
      () => conv2d(x, zeros([0, 3, 6, 2])),
    ],
  ];
  expectErrors('ArgumentError', cases);
});
