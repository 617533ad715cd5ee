/** Who takes part in evaluations. */
import type { TracedEnvironment } from '@descant/envs';
import { flatten, type Tensor } from '@descant/tensor-ops';
import { networkNamed } from '../networks/named.ts';
import type { Network } from '../networks/network.ts';
import type { Plays } from '../plays/play.ts';
import type { SampledGame } from '../plays/sampled-game.ts';
import { agentArchitecture, readAgent } from '../training/checkpoint.ts';
import { checkSeat } from './opponents.ts';

/** A policy with its parameters. */
export interface Agent {
  readonly name: string;
  readonly network: Network;
  readonly parameters: unknown;
}

/** What a responder is asked. */
export interface Challenge {
  /** With its own seat's policy free to be replaced. */
  readonly game: SampledGame;
  /** Of the agents at the other seats. */
  readonly parameters: readonly unknown[];
  readonly seat: number;
  readonly key: Tensor;
  readonly signal?: AbortSignal;
}

/** One who answers to given agents: a search or a training. */
export interface Responder {
  /** With all settings that its plays depend on. */
  readonly name: string;
  /** The plays of its answer; rejects with the signal's reason when aborted. */
  respond(challenge: Challenge): Promise<Plays>;
}

/**
 * The agent in the bytes of a file that `writeAgent` made, for a seat of an environment.
 *
 * @throws ArgumentError when the bytes are no agent, of another version, or of an architecture that is unknown or does
 *   not fit the environment.
 *
 * @example
 * ```ts
 * import { tracedIteratedMatrixGame } from '@descant/envs';
 * import { loadAgent, tabularPolicy, writeAgent } from '@descant/marl-algos';
 * import { zeros } from '@descant/tensor-ops';
 * const bytes = writeAgent(tabularPolicy(5, 2), zeros([5, 1]));
 * loadAgent('even', bytes, tracedIteratedMatrixGame(), 0).network.name; // => 'tabular policy 5 x 2'
 * ```
 */
export function loadAgent(
  name: string,
  bytes: Uint8Array,
  environment: TracedEnvironment,
  seat: number,
): Agent {
  checkSeat('loadAgent', environment, seat);
  const network = networkNamed(agentArchitecture(bytes), environment, seat);
  return { name, network, parameters: readAgent(bytes, network) };
}

/** A number in [0, 2^32) that depends on every byte: FNV-1a. */
export function hash(bytes: Uint8Array, start = 0x811c9dc5): number {
  return bytes.reduce((h, byte) => Math.imul(h ^ byte, 0x01000193) >>> 0, start);
}

/** Text that differs, but for one chance in 2^32, where architectures, parameters or settings do. */
export function fingerprint(contestant: Agent | Responder): string {
  if (!('network' in contestant)) return contestant.name;
  const { network, parameters } = contestant;
  const { leaves } = flatten(parameters, 'league');
  const bytes = ({ data }: Tensor) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const code = leaves.reduce((h, leaf) => hash(bytes(leaf), h), hash(new TextEncoder().encode(network.name)));
  return `${network.name} ${code.toString(16)}`;
}
