import fc from 'fast-check';
import { f64, type MatrixGame, type Policies } from './matrix-game.ts';

const number = (max: number) => fc.double({ min: -max, max, noNaN: true });
const square = fc.array(fc.array(number(3), { minLength: 2, maxLength: 2 }), { minLength: 2, maxLength: 2 });
const logits = fc.array(number(2), { minLength: 5, maxLength: 5 });

/** A repeated game of 1 to 3 steps, and policies to play it with. */
export const playedGame: fc.Arbitrary<{ game: MatrixGame; policies: Policies; values: number[] }> = fc
  .record({
    payoffs: fc.tuple(square, square),
    discount: fc.double({ min: 0, max: 1, noNaN: true }),
    steps: fc.integer({ min: 1, max: 3 }),
    policies: fc.tuple(logits, logits),
    values: fc.array(number(3), { minLength: 10, maxLength: 10 }),
  })
  .map(({ policies, values, ...game }) => ({
    game,
    policies: [f64(policies[0]), f64(policies[1])],
    values,
  }));
