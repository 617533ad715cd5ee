/** Exact best responses in the coin game, by dynamic programming over its 1458 placements. */
import type { CoinGameState, TracedEnvironment } from '@descant/envs';
import type { FixedPolicy } from '@descant/marl-algos';
import { at, expandDims, softmax, tensor, vmap } from '@descant/tensor-ops';

const ACTIONS = [0, 1, 2, 3];
const CELLS = Array.from({ length: 9 }, (_, cell) => cell);
const PLACEMENTS = CELLS.flatMap((red) =>
  CELLS.flatMap((blue) => CELLS.flatMap((coin) => [0, 1].map((second) => ({ red, blue, coin, second })))),
);
const numberOf = (red: number, blue: number, coin: number, second: number) =>
  ((red * 9 + blue) * 9 + coin) * 2 + second;

/** The cell to the right, left, below or above. */
function move(cell: number, action: number): number {
  const [row, column] = [Math.floor(cell / 3), cell % 3];
  const [down, right] = [[0, 0, 1, 2][action], [1, 2, 0, 0][action]];
  return ((row + down) % 3) * 3 + ((column + right) % 3);
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** The mean over the cells on which a coin can appear. */
const appearing = (red: number, blue: number, value: (coin: number) => number): number =>
  mean(CELLS.filter((cell) => cell !== red && cell !== blue).map(value));

/** The expected return of blue's best response to a memoryless policy of red, in the rules of POLA. */
export function bestBlueReturn(
  environment: TracedEnvironment<CoinGameState>,
  policy: FixedPolicy,
  discount: number,
): number {
  const column = (name: keyof (typeof PLACEMENTS)[number]) =>
    tensor(
      PLACEMENTS.map((placement) => placement[name]),
      { dtype: 'int32' },
    );
  const places = { red: column('red'), blue: column('blue'), coin: column('coin'), second: column('second') };
  const seen = vmap((s: CoinGameState) => environment.observe(s))({ ...places, time: places.red });
  const [chances] = softmax(policy.sequence(null, expandDims(at(seen, 0, 1), 0))).toArray() as number[][][];
  let values = PLACEMENTS.map(() => 0);
  for (let t = 0; t < environment.maxSteps; t++) {
    const later = values;
    values = PLACEMENTS.map(({ red, blue, coin, second }, i) => {
      const after = (redTo: number, blueTo: number): number => {
        const [redTakes, blueTakes] = [redTo === coin, blueTo === coin];
        const reward = (blueTakes ? 1 : 0) - (redTakes && second === 0 ? 2 : 0);
        const next =
          redTakes || blueTakes
            ? appearing(redTo, blueTo, (c) => later[numberOf(redTo, blueTo, c, 1 - second)])
            : later[numberOf(redTo, blueTo, coin, second)];
        return reward + discount * next;
      };
      const response = (action: number) =>
        ACTIONS.reduce((sum, a) => sum + chances[i][a] * after(move(red, a), move(blue, action)), 0);
      return Math.max(...ACTIONS.map(response));
    });
  }
  const beginnings = CELLS.flatMap((red) =>
    CELLS.map((blue) =>
      appearing(red, blue, (coin) => mean([0, 1].map((second) => values[numberOf(red, blue, coin, second)]))),
    ),
  );
  return mean(beginnings);
}
