/** One program for each parallel path. */
import {
  abs,
  add,
  cumsum,
  erf,
  exp,
  fori,
  grad,
  less,
  matmul,
  max,
  mean,
  mul,
  pow,
  scan,
  sin,
  square,
  sum,
  type Tensor,
  tanh,
  transpose,
} from '@descant/tensor-ops';
import { whileLoop } from '@descant/tensor-ops/control';
import { conv2d } from '@descant/tensor-ops/conv';
import type { Schedule } from './support.ts';

export type Fn = (...x: Tensor[]) => Tensor | readonly Tensor[];

export interface Case {
  readonly name: string;
  readonly fn: Fn;
  readonly shapes: readonly (readonly number[])[];
  /** Of the programs that loops over vectors make; scalar code is for batches. */
  readonly schedule?: Schedule;
}

/** The gradients of the sum of squares, in all arguments. */
export const gradients = (f: Fn): Fn => {
  return (...x) => grad((y: readonly Tensor[]) => sum(square(f(...y) as Tensor)))(x) as Tensor[];
};

const SAME = { padding: 'SAME' } as const;

export const CASES: readonly Case[] = [
  { name: 'a chain of elementwise functions', fn: (x) => tanh(add(mul(x, x), 1)), shapes: [[1003]] },
  { name: 'functions called in JavaScript', fn: (x) => add(erf(x), pow(abs(x), sin(x))), shapes: [[7, 41]] },
  { name: 'sums of rows', fn: (x) => [sum(exp(x), 1), max(x, 1)], shapes: [[37, 23]] },
  { name: 'sums of columns', fn: (x) => [sum(exp(x), 0), max(x, 0)], shapes: [[23, 57]] },
  { name: 'sums between kept axes', fn: (x) => mean(square(x), 1), shapes: [[5, 6, 33]] },
  { name: 'a transposed copy', fn: (x) => mul(transpose(x), 2), shapes: [[31, 45]] },
  {
    name: 'a product divided by rows',
    fn: matmul,
    shapes: [
      [61, 9],
      [9, 5],
    ],
  },
  {
    name: 'a product divided by rows, with B in panels',
    fn: matmul,
    shapes: [
      [1100, 70],
      [70, 61],
    ],
  },
  {
    // The last chunk is a single row, when tiles have 4 rows.
    name: 'a product divided by rows, with a transposed B in panels',
    fn: (a, b) => matmul(a, transpose(b)),
    shapes: [
      [33, 12],
      [12, 12],
    ],
  },
  {
    name: 'a layer with bias and activation divided by rows',
    fn: (x, w, b) => tanh(add(matmul(x, w), b)),
    shapes: [[61, 9], [9, 5], [5]],
  },
  {
    name: 'a layer with bias and activation divided by columns',
    fn: (x, w, b) => tanh(add(matmul(x, w), b)),
    shapes: [[50, 300], [300, 61], [61]],
  },
  {
    name: 'a product added to a matrix',
    fn: (x, w, y) => add(matmul(x, w), y),
    shapes: [
      [1100, 70],
      [70, 61],
      [1100, 61],
    ],
  },
  {
    name: 'a product divided by columns',
    fn: matmul,
    shapes: [
      [50, 90],
      [90, 61],
    ],
  },
  {
    name: 'a product of a matrix and a vector',
    fn: matmul,
    shapes: [
      [93, 17],
      [17, 1],
    ],
  },
  {
    name: 'a product of a vector and a matrix',
    fn: (a, b) => matmul(a, transpose(b)),
    shapes: [
      [1, 17],
      [93, 17],
    ],
  },
  {
    name: 'a product of a transposed matrix and a vector',
    fn: (a, b) => matmul(transpose(a), b),
    shapes: [
      [17, 93],
      [17, 1],
    ],
  },
  {
    name: 'a batch of products',
    fn: matmul,
    shapes: [
      [7, 11, 5],
      [7, 5, 13],
    ],
  },
  {
    name: 'gradients of a matrix that a batch shares',
    fn: gradients(matmul),
    shapes: [
      [7, 31, 19],
      [19, 29],
    ],
  },
  {
    name: 'a direct convolution',
    fn: (x, w) => conv2d(x, w, { ...SAME, dilation: 2 }),
    shapes: [
      [3, 9, 11, 7],
      [3, 3, 7, 9],
    ],
  },
  {
    name: 'its gradients',
    fn: gradients((x, w) => conv2d(x, w, { ...SAME, dilation: 2 })),
    shapes: [
      [3, 9, 11, 7],
      [3, 3, 7, 9],
    ],
  },
  {
    name: 'a convolution of 1 x 1',
    fn: (x, w) => conv2d(x, w),
    shapes: [
      [2, 5, 7, 20],
      [1, 1, 20, 9],
    ],
  },
  {
    name: 'gradients of a strided convolution in groups',
    fn: gradients((x, w) => conv2d(x, w, { stride: 2, groups: 2 })),
    shapes: [
      [2, 9, 8, 10],
      [3, 2, 5, 4],
    ],
  },
  {
    name: 'gradients of a depthwise convolution',
    fn: gradients((x, w) => conv2d(x, w, { ...SAME, groups: 8 })),
    shapes: [
      [2, 9, 8, 8],
      [3, 3, 1, 8],
    ],
  },
  {
    name: 'minimal filtering',
    fn: (x, w) => conv2d(x, w, SAME),
    shapes: [
      [5, 7, 12, 16],
      [3, 3, 16, 20],
    ],
  },
  {
    name: 'gradients of minimal filtering',
    fn: gradients((x, w) => conv2d(x, w, SAME)),
    shapes: [
      [11, 7, 12, 16],
      [3, 3, 16, 20],
    ],
  },
  {
    name: 'a loop of products',
    fn: (x, w) => fori(0, 5, (_i, h) => tanh(matmul(h, w)), x),
    shapes: [
      [33, 12],
      [12, 12],
    ],
  },
  {
    name: 'gradients through a loop that stacks',
    fn: gradients(
      (x, w) =>
        scan(
          (h: Tensor, row: Tensor) => {
            const next = tanh(matmul(h, row));
            return [next, next] as const;
          },
          x,
          w,
        )[1],
    ),
    shapes: [
      [33, 12],
      [3, 12, 12],
    ],
  },
  {
    name: 'a loop until a condition fails',
    fn: (x) =>
      whileLoop(
        (h: Tensor) => less(sum(square(h)), 1e4),
        (h: Tensor) => add(mul(h, 1.5), 0.1),
        x,
      ),
    shapes: [[211]],
  },
  { name: 'a batch in lanes', fn: (x) => cumsum(sin(mul(x, x)), 1), shapes: [[131, 4]], schedule: 'S1' },
  {
    name: 'a batch in lanes, with a loop and an array',
    fn: (x) =>
      scan(
        (s: Tensor, v: Tensor) => [sin(add(mul(s, v), x)), mul(s, s)] as const,
        x,
        transpose(x, [1, 0]),
      )[1],
    shapes: [[131, 131]],
  },
];
