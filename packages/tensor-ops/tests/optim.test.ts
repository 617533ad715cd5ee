/**
 * Optimisers: reference values, laws that hold for every one of them, schedules, and error messages.
 */
import {
  add,
  fori,
  grad,
  jit,
  mapTree,
  mul,
  neg,
  square,
  stack,
  sub,
  sum,
  type Tensor,
  tensor,
  vmap,
} from '@descant/tensor-ops';
import {
  adam,
  adamw,
  applyUpdates,
  chain,
  clipByNorm,
  constantSchedule,
  cosineSchedule,
  exponentialSchedule,
  globalNorm,
  linearSchedule,
  momentum,
  type Optimizer,
  rmsprop,
  type Schedule,
  sgd,
  warmup,
} from '@descant/tensor-ops/optim';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

interface Parameters {
  readonly a: Tensor;
  readonly b: Tensor;
}

const f64 = (values: number[]): Tensor => tensor(values, { dtype: 'float64' });
const start: Parameters = { a: f64([0.5, -1.25, 2]), b: f64([0.1]) };

/** The gradients of step t in the PyTorch runs below. */
const gradients = (t: number): Parameters => ({
  a: f64([Math.sin(1 + t), 0.5 * t - 1, 0.25]),
  b: f64([(-1) ** t * 3]),
});

function fiveSteps<S>(optimizer: Optimizer<S>): number[] {
  let parameters = start;
  let state = optimizer.init(parameters);
  for (let t = 0; t < 5; t++) {
    const next = optimizer.update(gradients(t), state, parameters);
    parameters = applyUpdates(parameters, next.updates);
    state = next.state;
  }
  return [...parameters.a.data, ...parameters.b.data];
}

function expectNear(actual: Iterable<number>, expected: readonly number[], tolerance: number): void {
  const values = [...actual];
  expect(values.length).toBe(expected.length);
  const worst = Math.max(...values.map((v, i) => Math.abs(v - expected[i])));
  expect(worst).toBeLessThanOrEqual(tolerance);
}

describe('five steps as in PyTorch 1.13 (torch.optim, float64, same start and gradients)', () => {
  const adamOptions = { learningRate: 0.05, beta1: 0.8, beta2: 0.95, epsilon: 1e-6 };
  const cases: [string, () => number[], number[]][] = [
    [
      'SGD(lr=0.1)',
      () => fiveSteps(sgd({ learningRate: 0.1 })),
      [0.4823838350277621, -1.25, 1.8750000000000004, -0.2],
    ],
    [
      'SGD(lr=0.1, momentum=0.8)',
      () => fiveSteps(momentum({ learningRate: 0.1, momentum: 0.8 })),
      [0.14639010800316954, -0.9562399999999998, 1.71116, -0.5148800000000002],
    ],
    [
      'SGD(lr=0.1, momentum=0.8, nesterov=True)',
      () => fiveSteps(momentum({ learningRate: 0.1, momentum: 0.8, nesterov: true })),
      [0.1994959214302977, -1.0149920000000001, 1.6439279999999998, -0.6919040000000003],
    ],
    [
      'RMSprop(lr=0.05, alpha=0.9, eps=1e-6)',
      () => fiveSteps(rmsprop({ learningRate: 0.05, decay: 0.9, epsilon: 1e-6 })),
      [0.38908921435213706, -1.2009707000677439, 1.4677404962961234, -0.032325125651422204],
    ],
    [
      'Adam(lr=0.05, betas=(0.8, 0.95), eps=1e-6)',
      () => fiveSteps(adam(adamOptions)),
      [0.3633483208541916, -1.126308804497352, 1.7500009999960002, 0.03292705250809362],
    ],
    [
      'AdamW(lr=0.05, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.2)',
      () => fiveSteps(adamw({ ...adamOptions, weightDecay: 0.2 })),
      [0.3431950259713363, -1.0691484460545795, 1.6569313294950814, 0.03011823617319618],
    ],
    [
      'clip_grad_norm_(1.5), SGD(lr=0.1); it adds 1e-6 to the norm, we do not',
      () => fiveSteps(chain(clipByNorm(1.5), sgd({ learningRate: 0.1 }))),
      [0.4911920187655101, -1.2498585892255136, 1.9411105200631058, -0.03777895571460931],
    ],
  ];

  test.each(cases)('%s', (name, run, expected) => {
    expectNear(run(), expected, name.startsWith('clip') ? 3e-7 : 1e-14);
  });

  test('the comparison rejects Adam with the wrong decay', () => {
    const wrong = fiveSteps(adam({ ...adamOptions, beta2: 0.951 }));
    expect(() => expectNear(wrong, cases[4][2], 1e-14)).toThrow();
  });
});

/** A rule with its state hidden, so that rules of different states stand in one table. */
interface Rule {
  readonly name: string;
  /** Parameters after a number of steps on a loss, in one traced loop. */
  minimise<P>(loss: (p: P) => Tensor, from: P, steps: number): P;
  /** Updates of the first step. */
  first<P>(gradient: P, parameters: P): P;
}

function rule<S>(name: string, optimizer: Optimizer<S>): Rule {
  return {
    name,
    minimise: (loss, from, steps) =>
      fori(
        0,
        steps,
        (_i, { parameters, state }) => {
          const next = optimizer.update(grad(loss)(parameters), state, parameters);
          return { parameters: applyUpdates(parameters, next.updates), state: next.state };
        },
        { parameters: from, state: optimizer.init(from) },
      ).parameters,
    first: (gradient, parameters) =>
      optimizer.update(gradient, optimizer.init(parameters), parameters).updates,
  };
}

const decay = warmup(5, cosineSchedule({ initial: 0.1, steps: 300 }));
const RULES: readonly Rule[] = [
  rule('sgd', sgd({ learningRate: 0.1 })),
  rule('momentum', momentum({ learningRate: 0.02 })),
  rule('nesterov', momentum({ learningRate: 0.02, nesterov: true })),
  rule('rmsprop', rmsprop({ learningRate: linearSchedule({ from: 0.05, to: 0, steps: 300 }) })),
  rule('adam', adam({ learningRate: decay })),
  rule('adamw', adamw({ learningRate: decay, weightDecay: 1e-6 })),
  rule('clipped sgd', chain(clipByNorm(1), sgd({ learningRate: 0.1 }))),
];

const target = { a: tensor([1, -2, 0.5]), b: tensor([3]) };
const origin: Parameters = { a: tensor([0, 0, 0]), b: tensor([0]) };
const loss = ({ a, b }: Parameters): Tensor =>
  add(sum(square(sub(a, target.a))), mul(2, sum(square(sub(b, target.b)))));
const distance = (p: Parameters): number => globalNorm(mapTree(sub, p, target)).item();

describe.each(RULES)('$name', ({ minimise, first }) => {
  test('finds the minimum of a quadratic inside a loop, compiled and not', () => {
    const run = (from: Parameters) => minimise(loss, from, 300);
    const plain = run(origin);
    expect(distance(plain)).toBeLessThan(0.01);
    const compiled = jit(run)(origin);
    expectNear(compiled.a.data, [...plain.a.data], 1e-4);
    expectNear(compiled.b.data, [...plain.b.data], 1e-4);
  });

  test('maximises with the gradient of the negative', () => {
    const value = (p: Parameters) => neg(loss(p));
    expect(distance(minimise((p: Parameters) => neg(value(p)), origin, 300))).toBeLessThan(0.01);
  });

  test('batches: learners side by side do what each does alone', () => {
    const starts = stack([tensor([0, 0, 0]), tensor([1, 5, -1])]);
    const run = (a: Tensor) => minimise((p: Tensor) => sum(square(sub(p, target.a))), a, 20);
    const together = vmap(run)(starts);
    const alone = stack([run(tensor([0, 0, 0])), run(tensor([1, 5, -1]))]);
    expectNear(together.data, [...alone.data], 1e-5);
  });

  test('updates keep shapes and dtypes and leave their arguments alone', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: -2, max: 2, noNaN: true }), { minLength: 1, maxLength: 4 }),
        fc.constantFrom('float32' as const, 'float64' as const),
        (values, dtype) => {
          const p = tensor(values, { dtype });
          const g = tensor(values.map(Math.cos), { dtype });
          const before = [...p.data, ...g.data];
          const updates = first({ g: [g] }, { g: [p] });
          expect([...p.data, ...g.data]).toEqual(before);
          expect(updates.g[0].dtype).toBe(dtype);
          expect(updates.g[0].shape).toEqual([values.length]);
        },
      ),
      { seed: 1, numRuns: 30 },
    );
  });
});

describe('laws', () => {
  const values = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 5 });

  test('after clipByNorm(c) the norm is min(c, norm), and the direction is kept', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0.01, max: 50, noNaN: true }), (x, bound) => {
        const g = f64(x);
        const clipped = clipByNorm(bound).update(g, {}, g).updates;
        const [before, after] = [globalNorm(g).item(), globalNorm(clipped).item()];
        expect(Math.abs(after - Math.min(bound, before))).toBeLessThanOrEqual(1e-12 * (1 + before));
        const inner = sum(mul(g, clipped)).item();
        expect(Math.abs(inner - before * after)).toBeLessThanOrEqual(1e-10 * (1 + inner));
      }),
      { seed: 2 },
    );
  });

  test('zero gradients pass clipByNorm, and so does their derivative', () => {
    const clip = clipByNorm(1);
    const through = (g: Tensor) => sum(clip.update(g, {}, g).updates);
    expect(grad(through)(tensor([0, 0])).toArray()).toEqual([1, 1]);
  });

  test("Adam's first step is -learningRate sign(gradient), whatever the betas", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.5, max: 100, noNaN: true }),
        fc.double({ min: 0, max: 0.9999, noNaN: true }),
        fc.double({ min: 0, max: 0.9999, noNaN: true }),
        (g, beta1, beta2) => {
          const optimizer = adam({ learningRate: 0.1, beta1, beta2, epsilon: 0 });
          const update = (x: Tensor) => optimizer.update(x, optimizer.init(x), x).updates.item();
          expect(update(f64([g]))).toBeCloseTo(-0.1, 10);
          expect(update(tensor([-g]))).toBeCloseTo(0.1, 6);
        },
      ),
      { seed: 3 },
    );
  });

  test('the learning rate can itself be learned', () => {
    // x' = x - rate 2 x, so d x'^2 / d rate = 2 x' (-2 x) = -4 x^2 (1 - 2 rate).
    const after = (rate: Tensor) => {
      const optimizer = sgd({ learningRate: rate });
      const x = f64([3]);
      const { updates } = optimizer.update(grad((v: Tensor) => sum(square(v)))(x), optimizer.init(x), x);
      return sum(square(applyUpdates(x, updates)));
    };
    expect(grad(after)(tensor(0.25, { dtype: 'float64' })).item()).toBeCloseTo(-4 * 9 * 0.5, 10);
  });

  test('a schedule sees steps 0, 1, 2, ...', () => {
    const optimizer = sgd({ learningRate: (step) => add(step, 1) });
    let state = optimizer.init(tensor(0));
    const updates = [0, 1, 2].map(() => {
      const next = optimizer.update(tensor(1), state, tensor(0));
      state = next.state;
      return next.updates.item();
    });
    expect(updates).toEqual([-1, -2, -3]);
  });
});

describe('schedules as in optax 0.2.8 (float64), at steps 0, 3, 7, 12, 20, 40', () => {
  const steps = f64([0, 3, 7, 12, 20, 40]);
  const cases: [string, Schedule, number[]][] = [
    [
      'exponential_decay(0.3, 10, 0.5)',
      exponentialSchedule({ initial: 0.3, steps: 10, decay: 0.5 }),
      [0.3, 0.24367571890687068, 0.18467166200173743, 0.13058258449441862, 0.075, 0.01875],
    ],
    [
      'cosine_decay_schedule(0.3, 20, alpha=0.1)',
      cosineSchedule({ initial: 0.3, steps: 20, final: 0.03 }),
      [0.3, 0.28528588076542966, 0.2262887174648388, 0.12328270575938212, 0.03, 0.03],
    ],
    [
      'linear_schedule(0.3, 0.05, 8)',
      linearSchedule({ from: 0.3, to: 0.05, steps: 8 }),
      [0.3, 0.20625, 0.08125, 0.05, 0.05, 0.05],
    ],
    [
      'warmup_cosine_decay_schedule(0, 0.3, 5, 25, end_value=0.03)',
      warmup(5, cosineSchedule({ initial: 0.3, steps: 20, final: 0.03 })),
      [0, 0.18, 0.29339262969984575, 0.2262887174648388, 0.0695405845398161, 0.03],
    ],
  ];

  test.each(cases)('%s', (_name, schedule, expected) => {
    expectNear((schedule(steps) as Tensor).data, expected, 1e-15);
  });

  test('a constant stays', () => {
    expect(constantSchedule(0.3)(tensor(5))).toBe(0.3);
  });
});

test('errors name the function, what was expected and what came', () => {
  const optimizer = adam({ learningRate: 0.1 });
  const x = tensor([1, 2]);
  const state = optimizer.init(x);
  expect(() => optimizer.update<unknown>([x], state, x)).toThrow(
    "adam: gradients must have the parameters' structure *; got [*]",
  );
  expect(() => optimizer.update(tensor([1]), state, x)).toThrow(
    'adam: gradients must have the shape [2] at leaf 0; got [1]',
  );
  expect(() => sgd({ learningRate: 1 }).init(tensor([1], { dtype: 'int32' }))).toThrow(
    'sgd: parameters must hold float32 or float64 tensors; got int32',
  );
  expect(() => clipByNorm(0)).toThrow('clipByNorm: maxNorm must be positive; got 0');
  expect(() => globalNorm({})).toThrow('globalNorm: tree must hold at least one tensor; got none');
  expect(() => cosineSchedule({ initial: 1, steps: 0 })).toThrow(
    'cosineSchedule: steps must be positive; got 0',
  );
  expect(() => exponentialSchedule({ initial: 1, steps: 1, decay: 0 })).toThrow(
    'exponentialSchedule: decay must be positive; got 0',
  );
});
