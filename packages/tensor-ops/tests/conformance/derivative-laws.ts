/** The laws that the derivatives of every operation obey, on every executor. */
import { add, grad, hvp, jvp, mul, sum, type Tensor } from '@descant/tensor-ops';
import { expectClose, inner } from '../support/close.ts';
import type { Mode } from '../support/executors.ts';
import { type Grid, toGrid, toTensor } from '../support/grid.ts';
import { generator, noise } from '../support/noise.ts';
import type { Row } from './row.ts';
import { typedArguments } from './typed.ts';

/** Step of central differences in float64: error about 1e-10 from the step and 1e-11 from rounding. */
const STEP = 1e-5;
const DIFFERENCES = 2e-7;
/** Two exact computations of one number. */
const EXACT = 1e-10;
/** float32 beside float64: 2^-24 times the number of operations and the conditioning of the examples. */
const SINGLE = 2e-4;

/** Everything that differentiation can say about an operation at a point, in one function, so compiled once. */
export function everyDerivative({ fn, differentiable }: Row) {
  return (args: Tensor[], c: Tensor, v: Tensor[], u: Tensor[]) => {
    const active = args.filter((_, i) => differentiable[i]);
    const f = (x: Tensor[]) => {
      let next = 0;
      return fn(...args.map((arg, i) => (differentiable[i] ? x[next++] : arg)));
    };
    const loss = (x: Tensor[]) => sum(mul(c, f(x)));
    const slope = (x: Tensor[]) =>
      grad(loss)(x)
        .map((g, i) => sum(mul(g, v[i])))
        .reduce((a, b) => add(a, b));
    const pushed = (x: Tensor[]) => jvp(f, x, v)[1];
    return {
      value: f(active),
      gradient: grad(loss)(active),
      pushed: pushed(active),
      forwardForward: jvp(pushed, active, v)[1],
      forwardReverse: hvp(loss, active, v),
      otherDirection: hvp(loss, active, u),
      reverseReverse: grad(slope)(active),
    };
  };
}

const moved = (x: readonly Grid[], v: readonly Grid[], by: number): Grid[] =>
  x.map((g, i) => ({ shape: g.shape, values: g.values.map((value, j) => value + by * v[i].values[j]) }));

/** d loss / d x by central differences of the reference, element by element. */
function differenceGradient(loss: (x: readonly Grid[]) => number, x: readonly Grid[]): Grid[] {
  return x.map((g, i) => ({
    shape: g.shape,
    values: g.values.map((_, j) => {
      const unit = x.map((h, k) => ({
        shape: h.shape,
        values: h.values.map((_, l) => Number(k === i && l === j)),
      }));
      return (loss(moved(x, unit, STEP)) - loss(moved(x, unit, -STEP))) / (2 * STEP);
    }),
  }));
}

/** Checks value, first and second derivatives of a row at a point. */
export function checkDerivatives(row: Row, args: readonly Grid[], mode: Mode, seed: number): void {
  const random = generator(seed);
  const active = (grids: readonly Grid[]) => grids.filter((_, i) => row.differentiable[i]);
  const x = active(args);
  const reference = (moving: readonly Grid[]) => {
    let next = 0;
    return row.reference(...args.map((arg, i) => (row.differentiable[i] ? moving[next++] : arg)));
  };
  const value = reference(x);
  const c = noise(value.shape, random);
  const v = x.map((g) => noise(g.shape, random));
  const u = x.map((g) => noise(g.shape, random));

  const run = mode.run(everyDerivative(row));
  const at = (moving: readonly Grid[]) => {
    let next = 0;
    const inputs = typedArguments(
      row,
      args.map((arg, i) => (row.differentiable[i] ? moving[next++] : arg)),
    );
    const results = run(
      inputs,
      toTensor(c),
      v.map((g) => toTensor(g)),
      u.map((g) => toTensor(g)),
    );
    return { ...results, gradient: results.gradient.map(toGrid) };
  };
  const found = at(x);
  const forwardReverse = found.forwardReverse.map(toGrid);
  const otherDirection = found.otherDirection.map(toGrid);

  expectClose(found.value, value, { what: `${row.name}: value`, tolerance: EXACT });
  differenceGradient((moving) => inner([reference(moving)], [c]), x).forEach((expected, i) => {
    expectClose(found.gradient[i], expected, { what: `${row.name}: gradient ${i}`, tolerance: DIFFERENCES });
  });
  expectNumber(
    `${row.name}: forward = reverse`,
    inner([toGrid(found.pushed)], [c]),
    inner(found.gradient, v),
    EXACT,
  );

  const [ahead, behind] = [at(moved(x, v, STEP)), at(moved(x, v, -STEP))];
  forwardReverse.forEach((h, i) => {
    const difference = h.values.map(
      (_, j) => (ahead.gradient[i].values[j] - behind.gradient[i].values[j]) / (2 * STEP),
    );
    expectClose(
      h,
      { shape: h.shape, values: difference },
      { what: `${row.name}: Hessian-vector product ${i}`, tolerance: DIFFERENCES },
    );
    expectClose(found.reverseReverse[i], h, {
      what: `${row.name}: reverse over reverse ${i}`,
      tolerance: EXACT,
    });
  });
  expectNumber(`${row.name}: Hessian symmetric`, inner(otherDirection, v), inner(forwardReverse, u), EXACT);
  expectNumber(
    `${row.name}: forward over forward`,
    inner([toGrid(found.forwardForward)], [c]),
    inner(forwardReverse, v),
    EXACT,
  );
}

function expectNumber(what: string, actual: number, expected: number, tolerance: number): void {
  const scalar = (value: number): Grid => ({ shape: [], values: [value] });
  expectClose(scalar(actual), scalar(expected), { what, tolerance });
}

/**
 * Checks that float32 gives float32 derivatives, those of float64 up to rounding; `double` is where float64 is
 * computed, if not in the same way.
 */
export function checkSinglePrecision(
  row: Row,
  args: readonly Grid[],
  mode: Mode,
  seed: number,
  double: Mode = mode,
): void {
  const random = generator(seed);
  const c = noise(row.reference(...args).shape, random);
  const v = args.filter((_, i) => row.differentiable[i]).map((g) => noise(g.shape, random));
  const derivatives = ({ run }: Mode, dtype: 'float32' | 'float64') => {
    const directions = v.map((g) => toTensor(g, dtype));
    return run(everyDerivative(row))(
      typedArguments(row, args, dtype),
      toTensor(c, dtype),
      directions,
      directions,
    );
  };
  const [single, exact] = [derivatives(mode, 'float32'), derivatives(double, 'float64')];
  for (const part of ['gradient', 'forwardReverse', 'reverseReverse'] as const) {
    single[part].forEach((x, i) => {
      if (x.dtype !== 'float32')
        throw new Error(`${row.name}: ${part} ${i} is ${x.dtype} instead of float32`);
      expectClose(x, exact[part][i], { what: `${row.name}: ${part} ${i} in float32`, tolerance: SINGLE });
    });
  }
}
