/** Random functions of larger tensors: chains, views, reductions and products as networks have them. */
import type { Tensor } from '../../src/index.ts';
import * as ops from '../../src/index.ts';
import { elementwise } from '../../src/primitives/elementwise.ts';
import { type Float, randomFrom } from './random-programs.ts';

/** Extents around the widths of vectors and tiles, and those of degenerate axes. */
const EXTENTS = [1, 1, 2, 3, 4, 5, 7, 8, 9, 13, 17, 33];
const MOST_ELEMENTS = 6000;

class Network {
  readonly pool: Tensor[];
  private readonly random: () => number;
  private readonly float: Float;

  constructor(random: () => number, float: Float, inputs: readonly Tensor[]) {
    this.random = random;
    this.float = float;
    this.pool = [...inputs];
  }

  below(n: number): number {
    return Math.floor(this.random() * n);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }

  grow(depth: number): void {
    const x = this.pick(this.pool.slice(-8));
    const made = this.operation(x, depth);
    if (made && made.size > 0 && made.size <= MOST_ELEMENTS) this.pool.push(made);
  }

  /** A tensor of the pool that broadcasts with x, views included. */
  private partner(x: Tensor): Tensor {
    const lead = (t: Tensor): number => x.rank - t.rank;
    const fits = this.pool.filter(
      (t) => lead(t) >= 0 && t.shape.every((d, i) => d === 1 || d === x.shape[i + lead(t)]),
    );
    return this.pick(fits);
  }

  private permutation(rank: number): number[] {
    const order = Array.from({ length: rank }, (_, d) => d);
    for (let i = rank - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }

  private operation(x: Tensor, depth: number): Tensor | undefined {
    switch (this.below(depth > 0 ? 15 : 14)) {
      case 0:
      case 1:
        return elementwise(this.pick(['add', 'subtract', 'multiply', 'maximum']), [x, this.partner(x)]);
      case 2:
        return elementwise(this.pick(['tanh', 'sigmoid', 'negate', 'abs']), [x]);
      case 3:
        return ops.exp(ops.tanh(x));
      case 4:
        return ops.where(ops.greater(x, this.partner(x)), x, ops.mul(x, 0.1));
      case 5:
        return ops.transpose(x, this.permutation(x.rank));
      case 6: {
        const begin = x.shape.map((d) => this.below(d));
        return ops.slice(
          x,
          begin,
          x.shape.map((d, i) => 1 + this.below(d - begin[i])),
        );
      }
      case 7: {
        const at = this.below(x.rank + 1);
        if (x.rank > 3) return ops.reshape(x, [x.size]);
        return this.pick([
          () => ops.reshape(x, [x.size]),
          () => ops.reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]),
          () => ops.reshape(x, [x.shape[0] ?? 1, x.size / (x.shape[0] ?? 1)]),
        ])();
      }
      case 8: {
        if (x.rank === 0) return undefined;
        const axes = x.shape.map((_, d) => d).filter(() => this.below(2) === 0);
        const reduced = this.pick([ops.mean, ops.max, ops.min])(x, axes.length > 0 ? axes : [0]);
        return this.below(2) === 0 ? ops.add(reduced, 0.25) : reduced;
      }
      case 9: {
        if (x.rank === 0) return undefined;
        const axis = this.below(x.rank);
        return ops.concat([x, ops.mul(x, 0.5)], axis);
      }
      case 10:
        return ops.pad(
          x,
          x.shape.map(() => [this.below(3), this.below(2)] as const),
          this.pick([0, 1.5]),
        );
      case 11: {
        const steps = ops.cast(ops.floor(ops.mul(x, 3)), 'int32');
        return ops.cast(ops.add(steps, 1), this.float);
      }
      default:
        return depth > 0 && this.below(3) === 0 ? this.scan(x, depth) : this.product(x);
    }
  }

  private product(x: Tensor): Tensor | undefined {
    if (x.rank < 2) return undefined;
    const depth = x.shape[x.rank - 1];
    const right = this.pool.filter((t) => t.rank >= 2 && t.shape[t.rank - 2] === depth);
    const transposed = this.pool.filter((t) => t.rank >= 2 && t.shape[t.rank - 1] === depth);
    const swap = (t: Tensor): Tensor =>
      ops.transpose(
        t,
        t.shape.map((_, d) => (d < t.rank - 2 ? d : 2 * t.rank - 3 - d)),
      );
    const candidates = [...right, ...transposed.map(swap)].filter((t) =>
      [...t.shape.slice(0, -2)].reverse().every((d, i) => {
        const own = x.shape[x.rank - 3 - i] ?? 1;
        return d === 1 || own === 1 || d === own;
      }),
    );
    if (candidates.length === 0) return undefined;
    const y = this.pick(candidates);
    if ((x.size / depth) * (y.size / depth) > MOST_ELEMENTS) return undefined;
    return ops.mul(ops.matmul(x, y), 1 / depth);
  }

  /** A recurrence over the first axis. */
  private scan(x: Tensor, depth: number): Tensor | undefined {
    if (x.rank === 0 || x.shape[0] > 9) return undefined;
    const seed = this.below(1e9);
    const outer = this.pick(this.pool);
    const start = ops.mul(ops.slice(x, new Array<number>(x.rank).fill(0), [1, ...x.shape.slice(1)]), 0.5);
    const initial = [ops.reshape(start, x.shape.slice(1)), ops.tanh(ops.mean(x))];
    const step = ([h, s]: readonly Tensor[], row: Tensor): [Tensor[], Tensor] => {
      const inner = new Network(randomFrom(seed), this.float, [h, row, outer]);
      for (let i = 0; i < 6; i++) inner.grow(depth - 1);
      const last = ops.tanh(inner.pool[inner.pool.length - 1]);
      const next = ops.add(ops.mul(h, 0.5), ops.mean(last));
      // The scalar is the other carry of the step before, so that carries that are only read are tried too.
      return [[next, ops.mean(h)], ops.mul(ops.add(row, s), next)];
    };
    const [[last, scalar], ys] = ops.scan(step, initial as readonly Tensor[], x, {
      reverse: this.below(2) === 1,
      remat: this.below(2) === 1,
    });
    this.pool.push(ops.add(last, scalar));
    return ys;
  }
}

/** The shapes of a random network's inputs. */
function shapesOf(random: () => number): number[][] {
  const extent = (): number => EXTENTS[Math.floor(random() * EXTENTS.length)];
  const [a, b, c] = [extent(), extent(), extent()];
  return [[a, b], [b, c], [c, a, b].map((d) => Math.min(d, 13)), [b], [a, 1], []];
}

/** Random inputs of a random network. */
export function networkArguments(seed: number, float: Float): Tensor[] {
  const random = randomFrom(seed);
  return shapesOf(random).map((shape) => {
    const size = shape.reduce((n, d) => n * d, 1);
    const values = Float64Array.from({ length: size }, () => random() * 3 - 1.5);
    return ops.reshape(ops.cast(ops.tensor(values), float), shape);
  });
}

/** A random network on such inputs. */
export function randomNetwork(seed: number, float: Float): (...inputs: Tensor[]) => Tensor[] {
  return (...inputs) => {
    const network = new Network(randomFrom(seed), float, inputs);
    for (let i = 0; i < 16; i++) network.grow(1);
    return network.pool.slice(inputs.length).slice(-5);
  };
}
