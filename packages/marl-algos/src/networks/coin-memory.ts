/** Networks for the coin game that remember who took the last coins. */
import {
  at,
  concat,
  type FloatType,
  greater,
  maximum,
  mul,
  reshape,
  scan,
  stack,
  sum,
  type Tensor,
  where,
  zeros,
} from '@descant/tensor-ops';
import { initMlp, type LinearParameters, mlp } from '@descant/tensor-ops/nn';
import { checkWidth, type Network } from './network.ts';

/** Options of `coinMemoryNetwork`. */
export interface CoinMemoryNetworkOptions {
  /** Units of the hidden tanh layers. */
  readonly hidden: readonly number[];
  readonly outputs: number;
  readonly dtype?: FloatType;
}

/** What is remembered of B plays. */
export interface CoinMemory {
  /** [B, 4, 9]: the last observation, zeros at first. */
  readonly seen: Tensor;
  /** [B, 2]: 1 where the last coin of the planes' first, or second, colour went to the player of the other colour. */
  readonly crossed: Tensor;
}

const INPUT = [4, 3, 3] as const;
const SIGHTS = 36;
const MARKS = 2;

/** The planes [B, 4, 9] after those of the memory: a coin is taken by who arrives where it was. */
function remember({ seen, crossed }: CoinMemory, now: Tensor): CoinMemory {
  const took = (player: number, coin: number) => sum(mul(at(now, player, 1), at(seen, coin, 1)), -1);
  const marks = [0, 1].map((colour) => {
    const [own, other] = [took(colour, 2 + colour), took(1 - colour, 2 + colour)];
    return where(greater(maximum(own, other), 0), other, at(crossed, colour, 1));
  });
  return { seen: now, crossed: stack(marks, 1) };
}

/**
 * A multilayer perceptron for the coin game that sees the board, and of each colour whether the last coin went to the
 * wrong player.
 *
 * Two marks are all that it remembers, what memory-one strategies of the Iterated Prisoner's Dilemma know: enough for tit
 * for tat, and much less to learn than what a recurrent network has to find out first. Nothing in the memory is
 * learned, so that whole plays are one batch for the perceptron.
 *
 * @throws ArgumentError when a width is no whole number of at least 1.
 *
 * @example
 * ```ts
 * import { coinMemoryNetwork } from '@descant/marl-algos';
 * import { key, zeros } from '@descant/tensor-ops';
 * const policy = coinMemoryNetwork({ hidden: [16], outputs: 4 });
 * policy.sequence(policy.init(key(0)), zeros([50, 8, 4, 3, 3])).shape; // => [50, 8, 4]
 * ```
 */
export function coinMemoryNetwork(
  options: CoinMemoryNetworkOptions,
): Network<readonly LinearParameters[], CoinMemory> {
  const { hidden, outputs, dtype = 'float32' } = options;
  checkWidth('coinMemoryNetwork', 'outputs', outputs);
  for (const width of hidden) checkWidth('coinMemoryNetwork', 'hidden', width);
  const widths = [SIGHTS + MARKS, ...hidden, outputs];
  const rows = (observations: Tensor) => reshape(observations, [...observations.shape.slice(0, -3), 4, 9]);
  const inputs = (observations: Tensor, { crossed }: Pick<CoinMemory, 'crossed'>) => {
    const leading = observations.shape.slice(0, -3);
    return concat([reshape(observations, [...leading, SIGHTS]), crossed], leading.length);
  };
  const begin = (plays: number): CoinMemory => ({
    seen: zeros([plays, 4, 9], dtype),
    crossed: zeros([plays, MARKS], dtype),
  });
  return {
    name: `coin memory ${widths.join('-')}`,
    inputShape: INPUT,
    outputs,
    dtype,
    init: (key) => initMlp(key, widths, { dtype }),
    begin,
    step(parameters, observations, memory) {
      const next = remember(memory, rows(observations));
      return { outputs: mlp(parameters, inputs(observations, next)), memory: next };
    },
    sequence(parameters, observations) {
      const [, crossed] = scan<CoinMemory, Tensor, Tensor>(
        (memory, now) => {
          const next = remember(memory, now);
          return [next, next.crossed];
        },
        begin(observations.shape[1]),
        rows(observations),
      );
      return mlp(parameters, inputs(observations, { crossed }));
    },
  };
}
