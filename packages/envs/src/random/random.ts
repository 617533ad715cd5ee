/** Random numbers from a key, one at a time. */
import { ArgumentError, type Tensor } from '@descant/tensor-ops';
import { encrypt } from './threefry.ts';

/**
 * A stream of random numbers that a key determines. Draw number j of a key is element j of what tensor-ops draws
 * from that key with `bits`, `uniform` (float64) and so on, so that traced code can draw the same numbers.
 */
export interface Random {
  /** A whole number, uniform on [0, 2^32): the next element of `bits(key, [n])`. */
  word(): number;
  /** A whole number, uniform on 0, ..., n - 1 up to a bias of n / 2^32: `word() % n`. */
  below(n: number): number;
  /** A number, uniform on [low, high), by default [0, 1): the next element of `uniform(key, [n], ...)` in float64. */
  uniform(low?: number, high?: number): number;
  /** A standard normal number, from two uniform ones. */
  normal(): number;
}

/** A `Random` whose key can be set: the random numbers of one step after another, without allocation. */
export class KeyedRandom implements Random {
  private readonly words = new Uint32Array(2);
  private readonly parent = new Uint32Array(2);
  private counter = 0;
  /** The number that is folded into the key when the first number is drawn; -1 when it has been. */
  private pending = -1;

  /** Draws from `foldIn([k0, k1], data)` from here on. Costs nothing until something is drawn. */
  fold(k0: number, k1: number, data: number): void {
    this.parent[0] = k0;
    this.parent[1] = k1;
    this.pending = data;
    this.counter = 0;
  }

  /** Draws from the key [k0, k1] from here on. */
  use(k0: number, k1: number): void {
    this.parent[0] = k0;
    this.parent[1] = k1;
    this.pending = -1;
    this.counter = 0;
  }

  private next(): void {
    if (this.pending >= 0) {
      encrypt(this.parent[0], this.parent[1], this.pending, this.parent);
      this.pending = -1;
    }
    encrypt(this.parent[0], this.parent[1], this.counter++, this.words);
  }

  word(): number {
    this.next();
    return (this.words[0] ^ this.words[1]) >>> 0;
  }

  below(n: number): number {
    return this.word() % n;
  }

  uniform(low = 0, high = 1): number {
    this.next();
    const mantissa = this.words[0] * 2 ** 20 + (this.words[1] >>> 12);
    return Math.max(low, mantissa * 2 ** -52 * (high - low) + low);
  }

  normal(): number {
    // Box and Muller; 1 - u is in (0, 1], where the logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }
}

/**
 * The random numbers of a seed or a key, for `space.sample` and for policies.
 *
 * @param source - A whole number in [0, 2^53), which stands for `key(source)`, or a key made by tensor-ops.
 * @throws ArgumentError when the source is neither.
 *
 * @example
 * ```ts
 * import { random } from '@descant/envs';
 * import { bits, key } from '@descant/tensor-ops';
 * random(5).word() === bits(key(5), []).item(); // => true
 * random(5).below(3) === random(key(5)).below(3); // => true
 * ```
 */
export function random(source: number | Tensor): Random {
  const stream = new KeyedRandom();
  const [k0, k1] = typeof source === 'number' ? seedWords('random', source) : keyWords(source);
  stream.use(k0, k1);
  return stream;
}

/** The words of `key(seed)`. */
export function seedWords(fn: string, seed: number): readonly [number, number] {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new ArgumentError(fn, 'seed', 'be a whole number in [0, 2^53)', String(seed));
  }
  return [Math.floor(seed / 2 ** 32), seed >>> 0];
}

function keyWords(key: Tensor): readonly [number, number] {
  if (key?.dtype !== 'uint32' || key.shape.length !== 1 || key.shape[0] !== 2) {
    throw new ArgumentError('random', 'source', 'be a seed or a key made by tensor-ops', typeof key);
  }
  return [key.data[0], key.data[1]];
}
