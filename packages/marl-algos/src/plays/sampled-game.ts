/** A game that is known by playing it. */
import type { TracedEnvironment } from '@descant/envs';
import { ArgumentError } from '@descant/tensor-ops';
import type { Network } from '../networks/network.ts';
import { checkWidth } from '../networks/network.ts';

/** An environment with the architectures of those who play it, and how much is played at a time. */
export interface SampledGame {
  readonly environment: TracedEnvironment;
  /** Of each seat: logits of its actions. */
  readonly policies: readonly Network[];
  /** B, the plays of a batch. */
  readonly plays: number;
  /** T, the steps of a play. */
  readonly steps: number;
  /** gamma. */
  readonly discount: number;
}

/** Options of `sampledGame`. */
export interface SampledGameOptions {
  readonly environment: TracedEnvironment;
  /** One for each seat, or one that all seats have. */
  readonly policies: readonly Network[] | Network;
  readonly plays: number;
  /** Default: the environment's `maxSteps`. */
  readonly steps?: number;
  /** In [0, 1]; default 1. */
  readonly discount?: number;
}

/**
 * A game to sample: a traced environment and a policy network for each seat, checked to fit each other.
 *
 * @throws ArgumentError when the environment is not a traced one, has no end, or a network does not fit its seat.
 *
 * @example
 * ```ts
 * import { tracedIteratedMatrixGame } from '@descant/envs';
 * import { sampledGame, tabularPolicy } from '@descant/marl-algos';
 * const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 150 });
 * const game = sampledGame({ environment, policies: tabularPolicy(5, 2), plays: 64, discount: 0.96 });
 * game.steps; // => 150
 * ```
 */
export function sampledGame(options: SampledGameOptions): SampledGame {
  const fn = 'sampledGame';
  const { environment, policies, plays, discount = 1 } = options;
  if (typeof environment?.observe !== 'function' || environment.observationShape === undefined) {
    const received = typeof environment === 'object' ? 'another object' : typeof environment;
    throw new ArgumentError(fn, 'environment', 'be a traced environment, such as tracedCoinGame()', received);
  }
  const { agents, actions, observationShape, dtype, maxSteps } = environment;
  const { steps = maxSteps } = options;
  checkWidth(fn, 'plays', plays);
  checkWidth(fn, 'steps', steps);
  if (!(discount >= 0 && discount <= 1)) {
    throw new ArgumentError(fn, 'discount', 'lie in [0, 1]', String(discount));
  }
  const seats = isList(policies) ? policies : Array.from({ length: agents }, () => policies);
  if (seats.length !== agents) {
    throw new ArgumentError(fn, 'policies', `be ${agents}, one a seat`, String(seats.length));
  }
  seats.forEach((network, seat) => {
    checkFit(fn, `policies[${seat}]`, network, observationShape, actions[seat], dtype);
  });
  return { environment, policies: seats, plays, steps, discount };
}

const isList = (x: readonly Network[] | Network): x is readonly Network[] => Array.isArray(x);

/** Checks that a network reads the given observations and has the given number of outputs. */
export function checkFit(
  fn: string,
  argument: string,
  network: Network,
  inputShape: readonly number[],
  outputs: number,
  dtype: string,
): void {
  const show = (shape: readonly number[], n: number, type: string) =>
    `[${shape.join(', ')}] -> ${n} in ${type}`;
  const expected = show(inputShape, outputs, dtype);
  const received = show(network.inputShape, network.outputs, network.dtype);
  if (expected !== received) {
    throw new ArgumentError(fn, argument, `map ${expected}`, `${network.name}: ${received}`);
  }
}
