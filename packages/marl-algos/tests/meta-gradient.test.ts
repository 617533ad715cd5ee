import { tracedIteratedMatrixGame } from '@descant/envs';
import { dice, scoreFunction } from '@descant/estimators';
import { metaMapg, metaPg, sampledGame, tabularPolicy, toRollout } from '@descant/marl-algos';
import {
  abs,
  add,
  at,
  foldIn,
  grad,
  hessian,
  jit,
  key,
  matmul,
  max,
  mul,
  normal,
  reshape,
  sub,
  type Tensor,
  tensor,
  transpose,
  zeros,
} from '@descant/tensor-ops';
import { sgd } from '@descant/tensor-ops/optim';
import { describe, expect, it } from 'vitest';
import { learningReturn, type Values } from '../src/meta-learning/learning-process.ts';
import { distance } from './support/distance.ts';
import { exactValues, weightedPlays, wholeGame } from './support/enumeration.ts';
import { messageOf } from './support/errors.ts';

const game = wholeGame('prisonersDilemma', 2);
const exact: Values = (parameters) => exactValues(game, parameters);
const expected: Values = (parameters) => dice().surrogate(toRollout(game, weightedPlays(game, parameters)));

const x = normal(key(0), [5, 1], 'float64');
const y = normal(key(1), [5, 1], 'float64');
const rates = [0.7, 1.3];
const steps = (count: number) => zeros([count, 2, 2], 'uint32');

/** The meta-gradient of player `seat` as the package computes it. */
const metaGradient = (values: Values, count: number, peerLearning: boolean, seat = 0) =>
  grad((own: Tensor) =>
    learningReturn(values, [x, y].with(seat, own), steps(count), { seat, rates, peerLearning }),
  )([x, y][seat]);

const slope = (i: number, j: number, at0: readonly Tensor[]) =>
  grad((z: Tensor) => at(exactValues(game, at0.with(j, z)), i))(at0[j]);

/** The mean value of the process, learned with exact gradients; peers are those of `peers` where given. */
function learned(start: Tensor, count: number, peers?: readonly Tensor[]): number {
  let now = [start, y];
  let total = 0;
  for (let l = 0; l < count; l++) {
    const next = [0, 1].map((j) => add(now[j], mul(rates[j], slope(j, j, now))));
    now = peers === undefined ? next : next.with(1, peers[l]);
    total += at(exactValues(game, now), 0).item();
  }
  return total / count;
}

/** Central differences in each logit. */
const differences = (f: (z: Tensor) => number): Tensor =>
  tensor(
    Array.from({ length: 5 }, (_, i) => {
      const moved = (h: number) =>
        add(
          x,
          tensor(
            [0, 1, 2, 3, 4].map((k) => [k === i ? h : 0]),
            { dtype: 'float64' },
          ),
        );
      return [(f(moved(1e-4)) - f(moved(-1e-4))) / 2e-4];
    }),
    { dtype: 'float64' },
  );

describe('meta-gradients', () => {
  it('are the derivatives of the process of learning', () => {
    expect(
      distance(
        metaGradient(exact, 3, true),
        differences((z) => learned(z, 3)),
      ),
    ).toBeLessThan(1e-7);
    // Meta-PG: the peers' way is that from x, wherever the process starts.
    const way: Tensor[] = [];
    let now = [x, y];
    for (let l = 0; l < 3; l++) {
      now = [0, 1].map((j) => add(now[j], mul(rates[j], slope(j, j, now))));
      way.push(now[1]);
    }
    const frozen = differences((z) => learned(z, 3, way));
    expect(distance(metaGradient(exact, 3, false), frozen)).toBeLessThan(1e-7);
    expect(distance(metaGradient(exact, 3, true), frozen)).toBeGreaterThan(1e-3);
  });

  it.each([0, 1])('differ by exactly the peers’ term, for player %i', (i) => {
    const j = 1 - i;
    const next = [0, 1].map((k) => add([x, y][k], mul(rates[k], slope(k, k, [x, y]))));
    const flat = (z: Tensor) => reshape(z, [5, 1]);
    // d/dx_i grad_j V_j, as a matrix [5, 5] of second derivatives.
    const mixed = (of: number, first: number, second: number) => {
      const rows = Array.from({ length: 5 }, (_, k) =>
        grad((z: Tensor) => at(reshape(slope(of, second, [x, y].with(first, z)), [5]), k))([x, y][first]),
      );
      return transpose(
        reshape(tensor(rows.map((row) => row.toArray()) as number[][][], { dtype: 'float64' }), [5, 5]),
      );
    };
    const peers = mul(rates[j], matmul(mixed(j, i, j), flat(slope(i, j, next))));
    const curvature = reshape(
      hessian((z: Tensor) => at(exactValues(game, [x, y].with(i, z)), i))([x, y][i]),
      [5, 5],
    );
    const own = slope(i, i, next);
    const alone = add(own, mul(rates[i], matmul(curvature, own)));
    expect(distance(metaGradient(exact, 1, false, i), alone)).toBeLessThan(1e-12);
    expect(distance(metaGradient(exact, 1, true, i), add(alone, peers))).toBeLessThan(1e-12);
    expect(max(abs(peers)).item()).toBeGreaterThan(1e-3);
  });

  it.each([true, false])(
    'have surrogates on plays whose expectation they are (peer learning: %s)',
    (peers) => {
      for (const count of [1, 2]) {
        const difference = distance(metaGradient(expected, count, peers), metaGradient(exact, count, peers));
        expect(difference).toBeLessThan(1e-12);
      }
    },
  );

  it('need estimators of higher order', () => {
    const first: Values = (parameters) =>
      scoreFunction().surrogate(toRollout(game, weightedPlays(game, parameters)));
    expect(messageOf(() => metaGradient(first, 1, true))).toMatch(
      /surrogate must be differentiated at most once/,
    );
  });
});

describe('Meta-PG and Meta-MAPG', () => {
  const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 2, dtype: 'float64' });
  const policies = tabularPolicy(5, 2, { dtype: 'float64' });
  const sampled = sampledGame({ environment, policies, plays: 256, discount: 0.9 });
  const options = {
    innerRates: rates,
    innerSteps: 1,
    optimizer: sgd({ learningRate: 1 }),
    population: () => [x, y],
  };

  it.each([
    ['metaMapg', metaMapg, true],
    ['metaPg', metaPg, false],
  ] as const)('%s moves along the exact meta-gradient in the mean', (_, algorithm, peers) => {
    const { init, update } = algorithm(sampled, { ...options, processes: 4 });
    const start = { ...init(key(0)), parameters: x };
    const moved = jit((k: Tensor) => sub(update(start, k).state.parameters as Tensor, x));
    const n = 60;
    const draws = Array.from({ length: n }, (_, i) => Array.from(moved(foldIn(key(5), i)).data));
    const truth = metaGradient(exact, 1, peers);
    truth.data.forEach((value: number, logit: number) => {
      const column = draws.map((draw) => draw[logit]);
      const average = column.reduce((a, b) => a + b) / n;
      const deviation = Math.sqrt(column.reduce((s, v) => s + (v - average) ** 2, 0) / (n - 1));
      // The noise of a step on 256 plays biases by less than this; |z| <= 5 otherwise: false alarm 6e-7.
      expect(Math.abs(average - value)).toBeLessThan((5 * deviation) / Math.sqrt(n) + 2e-3);
      expect(deviation / Math.sqrt(n)).toBeLessThan(0.01);
    });
  });

  it('says what does not fit', () => {
    const make = (change: object) => messageOf(() => metaMapg(sampled, { ...options, ...change }));
    expect(make({ seat: 2 })).toBe('metaMapg: seat must be one of 0 to 1; got 2');
    expect(make({ innerSteps: 0 })).toBe('metaMapg: innerSteps must be a whole number of at least 1; got 0');
    expect(make({ innerRates: [1] })).toBe(
      'metaMapg: innerRates must be a finite number, or 2 of them, one a seat; got 1',
    );
    expect(messageOf(() => metaPg(sampled, { ...options, processes: 1.5 }))).toBe(
      'metaPg: processes must be a whole number of at least 1; got 1.5',
    );
  });
});
