/** Reading the payoffs of a matrix game from nested arrays. */
import { ArgumentError } from '@descant/tensor-ops';

/** The payoffs of each player, one number for each joint action (row-major over the actions of player 1, 2, ...). */
export interface PlayerPayoffs {
  readonly actions: readonly number[];
  readonly payoffs: readonly (readonly number[])[];
}

/** The shape of nested arrays; undefined when they are ragged or hold anything but finite numbers. */
function shapeOf(values: unknown): number[] | undefined {
  if (!Array.isArray(values)) return Number.isFinite(values) ? [] : undefined;
  if (values.length === 0) return [0];
  const shapes = values.map(shapeOf);
  const [first] = shapes;
  if (first === undefined || shapes.some((s) => s?.join() !== first.join())) return undefined;
  return [values.length, ...first];
}

/** Reads payoffs [n, A_1, ..., A_n], or the four (row, column) pairs of AA, AB, BA, BB. */
export function playerPayoffs(fn: string, payoffs: readonly unknown[]): PlayerPayoffs {
  const shape = shapeOf(payoffs);
  const flat = [payoffs].flat(Number.POSITIVE_INFINITY) as number[];
  if (shape?.join() === '4,2') {
    const ofPlayer = (player: number) => flat.filter((_, k) => k % 2 === player);
    return { actions: [2, 2], payoffs: [ofPlayer(0), ofPlayer(1)] };
  }
  const [players, ...actions] = shape ?? [];
  if (shape === undefined || players === 0 || actions.length !== players || actions.includes(0)) {
    throw new ArgumentError(
      fn,
      'payoffs',
      'be finite numbers of shape [players, actions of player 1, actions of player 2, ...], or [4, 2]',
      shape === undefined ? 'ragged arrays or other values' : `[${shape.join(', ')}]`,
    );
  }
  const size = flat.length / players;
  return {
    actions,
    payoffs: Array.from({ length: players }, (_, i) => flat.slice(i * size, (i + 1) * size)),
  };
}
