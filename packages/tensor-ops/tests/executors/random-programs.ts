/** Random functions of tensors over all primitives, for comparing executors. */

import type { Tensor } from '../../src/index.ts';
import * as ops from '../../src/index.ts';
import { solve } from '../../src/linalg/index.ts';
import { elementwise } from '../../src/primitives/elementwise.ts';

/** mulberry32: a small generator with a seed. */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export type Float = 'float32' | 'float64';

/** What a random function takes: a shape and a type for each argument. */
const ARGUMENTS = (float: Float) =>
  [
    { shape: [3], dtype: float },
    { shape: [2, 3], dtype: float },
    { shape: [], dtype: float },
    { shape: [3], dtype: 'int32' },
    { shape: [2], dtype: 'uint32' },
    { shape: [3], dtype: 'bool' },
    { shape: [4, 2], dtype: float },
  ] as const;

/** The pool has no operand for the operation chosen. */
class Unfit extends Error {}

/** Grows a pool of tensors by random operations. */
class Grower {
  private readonly random: () => number;
  private readonly float: Float;
  readonly pool: Tensor[];

  constructor(random: () => number, float: Float, pool: readonly Tensor[]) {
    this.random = random;
    this.float = float;
    this.pool = [...pool];
  }

  private below(n: number): number {
    return Math.floor(this.random() * n);
  }

  private pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }

  private some(accept: (t: Tensor) => boolean): Tensor {
    const found = this.pool.filter((t) => accept(t) && t.size > 0 && t.size <= 24);
    if (found.length === 0) throw new Unfit();
    return this.pick(found);
  }

  private floats(): Tensor {
    return this.some((t) => t.dtype === this.float);
  }

  private partner(x: Tensor): Tensor {
    const fits = (t: Tensor): boolean =>
      t.dtype === x.dtype && (t.rank === 0 || x.rank === 0 || t.shape.join() === x.shape.join());
    return this.some(fits);
  }

  private vector(): Tensor {
    return this.some((t) => t.dtype === this.float && t.rank > 0);
  }

  /** Keeps magnitudes moderate, so that differences of rounding stay small. */
  private tame(x: Tensor): Tensor {
    return ops.tanh(x);
  }

  step(depth: number): void {
    try {
      const made = this.operation(depth);
      if (made.size > 0 && made.size <= 48) this.pool.push(made);
    } catch (reason) {
      if (!(reason instanceof Unfit)) throw reason;
    }
  }

  private operation(depth: number): Tensor {
    const { floats, partner } = { floats: () => this.floats(), partner: (x: Tensor) => this.partner(x) };
    const choice = this.below(depth > 0 ? 26 : 23);
    switch (choice) {
      case 0:
      case 1:
      case 2: {
        const x = floats();
        return elementwise(this.pick(['add', 'subtract', 'multiply', 'maximum', 'minimum']), [x, partner(x)]);
      }
      case 3:
        return elementwise(
          this.pick([
            'negate',
            'abs',
            'sign',
            'floor',
            'ceil',
            'round',
            'sin',
            'cos',
            'tanh',
            'sigmoid',
            'softplus',
            'erf',
          ]),
          [floats()],
        );
      case 4:
        return elementwise(this.pick(['exp', 'expm1']), [this.tame(floats())]);
      case 5:
        return elementwise(this.pick(['sqrt', 'log', 'log1p']), [ops.add(ops.abs(floats()), 0.5)]);
      case 6: {
        const x = floats();
        return ops.div(x, ops.add(ops.abs(partner(x)), 0.5));
      }
      case 7: {
        const x = floats();
        const y = ops.add(ops.abs(partner(x)), 0.5);
        return this.pick([() => ops.mod(x, y), () => ops.pow(y, this.tame(x))])();
      }
      case 8: {
        const x = this.some((t) => t.dtype !== 'bool');
        return elementwise(this.pick(['less', 'lessEqual', 'equal', 'notEqual']), [x, partner(x)]);
      }
      case 9: {
        const c = this.some((t) => t.dtype === 'bool');
        const x = this.some((t) => t.rank === 0 || t.shape.join() === c.shape.join());
        const y = this.some(
          (t) => t.dtype === x.dtype && (t.rank === 0 || t.shape.join() === c.shape.join()),
        );
        return ops.where(c, x, y);
      }
      case 10: {
        const x = this.some((t) => t.dtype === 'int32' || t.dtype === 'uint32');
        const fn = this.pick([
          'add',
          'subtract',
          'multiply',
          'bitXor',
          'divide',
          'remainder',
          'maximum',
          'minimum',
          'shiftRight',
        ] as const);
        return elementwise(fn, [x, partner(x)]);
      }
      case 11: {
        const x = this.some((t) => t.dtype === 'bool');
        return this.pick([
          () => elementwise('not', [x]),
          () =>
            elementwise(this.pick(['and', 'or', 'equal', 'notEqual', 'less', 'lessEqual']), [x, partner(x)]),
        ])();
      }
      case 12: {
        const x = this.pick(this.pool);
        const to = this.pick(['int32', 'uint32', 'bool', this.float] as const);
        return ops.cast(to === 'uint32' && x.dtype === this.float ? ops.abs(x) : x, to);
      }
      case 13:
        return this.pick([ops.sum, ops.max, ops.min])(this.vector(), this.pick([0, -1, undefined]));
      case 14: {
        const x = this.pick(this.pool);
        return x.rank === 2 ? ops.transpose(x) : ops.reshape(x, [x.size]);
      }
      case 15: {
        const x = this.some((t) => t.rank > 0);
        const begin = x.shape.map((d) => this.below(d));
        return ops.slice(
          x,
          begin,
          x.shape.map((d, i) => 1 + this.below(d - begin[i])),
        );
      }
      case 16: {
        const x = this.some((t) => t.rank > 0);
        return this.pick([ops.concat, ops.stack])([x, x], 0);
      }
      case 17: {
        const x = this.vector();
        return ops.pad(
          x,
          x.shape.map(() => [this.below(2), this.below(2)] as const),
          this.pick([0, 1.5]),
        );
      }
      case 18:
        return ops.cumsum(this.vector(), 0, { reverse: this.below(2) === 1 });
      case 19: {
        // The ramp keeps rounding from deciding ties.
        const x = this.vector();
        const ramp = ops.reshape(ops.mul(ops.arange(0, x.size), Math.SQRT2 / 50), x.shape);
        return ops.argmax(ops.add(x, ops.cast(ramp, this.float)), this.pick([0, -1]));
      }
      case 20: {
        const x = this.vector();
        const known = ops.tensor([this.below(x.shape[0]), 0, 0], { dtype: 'int32' });
        const computed = (): Tensor => this.some((t) => t.dtype === 'int32' && t.rank === 1 && !t.isConcrete);
        return ops.gather(x, this.below(2) === 0 ? known : computed(), 0);
      }
      case 22: {
        const updates = this.some((t) => t.dtype === this.float && t.rank === 1 && t.size === 3);
        const known = ops.tensor([this.below(4), 0, 0], { dtype: 'int32' });
        const computed = (): Tensor =>
          this.some((t) => t.dtype === 'int32' && t.shape.join() === '3' && !t.isConcrete);
        return ops.scatterAdd(updates, this.below(2) === 0 ? known : computed(), 4);
      }
      case 21: {
        const x = this.some((t) => t.dtype === this.float && t.rank === 2);
        const square = ops.matmul(x, ops.transpose(x));
        if (this.below(2) === 0) return square;
        const a = ops.add(this.tame(square), ops.mul(ops.eye(square.shape[0], this.float), 3));
        return solve(a, this.tame(x), { diagonallyDominant: this.below(2) === 0 && square.shape[0] < 4 });
      }
      case 23:
      case 24:
        return this.scan(depth - 1);
      default: {
        const x = floats();
        const predicate = ops.any(ops.greater(x, 0.2));
        const branch = () => {
          const seed = this.below(1e9);
          return ([a, b]: readonly [Tensor, Tensor]) => this.shapedLike(seed, a, [a, b], depth - 1);
        };
        return ops.cond(predicate, branch(), branch(), [x, floats()] as const);
      }
    }
  }

  /** A random tensor of the shape and type of `like`, computed from the inputs. */
  private shapedLike(seed: number, like: Tensor, inputs: readonly Tensor[], depth: number): Tensor {
    const inner = new Grower(randomFrom(seed), this.float, [
      ...inputs,
      ops.tensor(0.3, { dtype: this.float }),
      ops.tensor([1, 2, 1], { dtype: 'int32' }),
      ops.tensor([true, false, true]),
    ]);
    for (let i = 0; i < 5; i++) inner.step(depth);
    const last = inner.pool.at(-1) as Tensor;
    const value = this.tame(ops.cast(ops.sum(last), this.float));
    return ops.add(ops.mul(like, 0.5), value);
  }

  private scan(depth: number): Tensor {
    const carry = this.floats();
    const counter = this.some((t) => t.dtype === 'int32');
    const xs = this.vector();
    const outer = this.floats();
    const seed = this.below(1e9);
    const step = (state: readonly Tensor[], x: Tensor): [Tensor[], Tensor] => {
      const [a, n, b] = state;
      const next = this.shapedLike(seed, a, [a, b, x, outer], depth);
      // The carries change places, as a simultaneous update may ask.
      return [[b, ops.add(n, 1), next], ops.add(ops.sum(next), ops.mul(x, ops.cast(ops.max(n), this.float)))];
    };
    const [[a, n, b], ys] = ops.scan(step, [carry, counter, this.tame(carry)] as readonly Tensor[], xs, {
      reverse: this.below(2) === 1,
      remat: this.below(2) === 1,
    });
    this.pool.push(n);
    this.pool.push(a);
    if (ys.size <= 48) this.pool.push(ys);
    return b;
  }
}

/** A random function of tensors with the shapes and types of `ARGUMENTS`. */
export function randomFunction(
  seed: number,
  float: Float,
  steps = 14,
  depth = 2,
): (...inputs: Tensor[]) => Tensor[] {
  return (...inputs) => {
    const random = randomFrom(seed);
    const grower = new Grower(random, float, inputs);
    for (let i = 0; i < steps; i++) grower.step(depth);
    return grower.pool.slice(inputs.length).slice(-6);
  };
}

/** Random arguments, with leading axes. */
export function randomArguments(seed: number, float: Float, lead: readonly number[] = []): Tensor[] {
  const random = randomFrom(seed);
  return ARGUMENTS(float).map(({ shape, dtype }) => {
    const full = [...lead, ...shape];
    const size = full.reduce((a, b) => a * b, 1);
    const value = (): number =>
      dtype === 'bool'
        ? Number(random() < 0.5)
        : dtype === 'int32'
          ? Math.floor(random() * 7) - 2
          : dtype === 'uint32'
            ? Math.floor(random() * 2 ** 32)
            : random() * 3 - 1.5;
    return ops.reshape(ops.cast(ops.tensor(Float64Array.from({ length: size }, value)), dtype), full);
  });
}
