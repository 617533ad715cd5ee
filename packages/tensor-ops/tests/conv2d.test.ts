/** Convolutions beyond the conformance table: PyTorch's numbers, layers, errors. */
import {
  abs,
  add,
  grad,
  jit,
  key,
  max,
  mean,
  square,
  sum,
  type Tensor,
  tensor,
  transpose,
  zeros,
} from '@descant/tensor-ops';
import { type Conv2dOptions, conv2d } from '@descant/tensor-ops/conv';
import { checkGradients } from '@descant/tensor-ops/debug';
import * as nn from '@descant/tensor-ops/nn';
import { describe, expect, test } from 'vitest';
import { expectClose } from './support/close.ts';
import { type Case, expectErrors, wrong } from './support/errors.ts';
import { MODES } from './support/executors.ts';

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
