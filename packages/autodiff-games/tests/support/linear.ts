/** Small dense linear algebra on plain arrays, for closed forms that do not use the compiler. */

type Matrix = readonly (readonly number[])[];

const product = (a: Matrix, x: readonly number[]): number[] =>
  a.map((row) => row.reduce((sum, v, j) => sum + v * x[j], 0));

const plus = (a: readonly number[], b: readonly number[]): number[] => a.map((v, i) => v + b[i]);

const columns = (a: Matrix): number[][] => a[0].map((_, j) => a.map((row) => row[j]));

/** The solution of a x = b, by elimination with partial pivoting. */
export function solved(a: Matrix, b: readonly number[]): number[] {
  const rows = a.map((row, i) => [...row, b[i]]);
  const n = rows.length;
  for (let k = 0; k < n; k++) {
    const best = rows
      .slice(k)
      .reduce((top, row, i) => (Math.abs(row[k]) > Math.abs(rows[top][k]) ? k + i : top), k);
    [rows[k], rows[best]] = [rows[best], rows[k]];
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const factor = rows[i][k] / rows[k][k];
      rows[i] = rows[i].map((v, j) => v - factor * rows[k][j]);
    }
  }
  return rows.map((row, i) => row[n] / row[i]);
}

/** The plain numbers of a quadratic game f_i(x) = x' Q_i x / 2 + b_i' x with player owners of the elements of x. */
export interface Quadratic {
  readonly owner: readonly number[];
  readonly matrices: readonly Matrix[];
  readonly vectors: readonly (readonly number[])[];
}

/** An affine function of x: linear x + constant. */
interface Affine {
  readonly linear: Matrix;
  readonly constant: readonly number[];
}

/** The own gradients of all players as an affine function of x. */
export const ownGradients = ({ owner, matrices, vectors }: Quadratic): Affine => ({
  linear: owner.map((i, a) => matrices[i][a]),
  constant: owner.map((i, a) => vectors[i][a]),
});

/**
 * The directions of all players who maximise f_i after their opponents' step x_j + rate (inner(x))_j: again affine.
 * `total` differentiates through the opponents' step as well.
 */
export function shaped(game: Quadratic, rate: number, inner: Affine, total: boolean): Affine {
  const { owner, matrices, vectors } = game;
  const rows = owner.map((i, a) => {
    // y = moved x + shift are the parameters that f_i sees.
    const moves = (b: number) => owner[b] !== i;
    const moved = owner.map((_, b) =>
      owner.map((_, c) => (b === c ? 1 : 0) + (moves(b) ? rate * inner.linear[b][c] : 0)),
    );
    const shift = owner.map((_, b) => (moves(b) ? rate * inner.constant[b] : 0));
    // d y / d x_a: the whole column a, or only the direct part.
    const effect = total ? columns(moved)[a] : owner.map((_, b) => (a === b ? 1 : 0));
    const weights = product(columns(matrices[i]), effect);
    const gradientConstant = plus(product(matrices[i], shift), vectors[i]);
    return {
      linear: product(columns(moved), weights),
      constant: effect.reduce((sum, v, b) => sum + v * gradientConstant[b], 0),
    };
  });
  return { linear: rows.map((r) => r.linear), constant: rows.map((r) => r.constant) };
}

/** The directions grad_i f_i + rate sum_j (d inner_j / d x_i)' grad_j f_i, each player shaping its opponents' steps. */
export function shapedToFirstOrder(game: Quadratic, rate: number, inner: Affine): Affine {
  const { owner, matrices, vectors } = game;
  const own = ownGradients(game);
  const added = (start: readonly number[], a: number, term: (b: number) => readonly number[]) =>
    owner.reduce(
      (sum, j, b) =>
        j === owner[a]
          ? sum
          : plus(
              sum,
              term(b).map((v) => rate * inner.linear[b][a] * v),
            ),
      [...start],
    );
  return {
    linear: owner.map((i, a) => added(own.linear[a], a, (b) => matrices[i][b])),
    constant: owner.map((i, a) => added([own.constant[a]], a, (b) => [vectors[i][b]])[0]),
  };
}

export const evaluate = ({ linear, constant }: Affine, x: readonly number[]): number[] =>
  plus(product(linear, x), constant);
