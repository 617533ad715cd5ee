/** Trainings and agents as bytes. */
import { ArgumentError, key } from '@descant/tensor-ops';
import { readSafetensors, recordToTree, treeToRecord, writeSafetensors } from '@descant/tensor-ops/io';
import type { Network } from '../networks/network.ts';
import type { Training } from './train.ts';

const FORMATS = { training: '@descant/marl-algos training', agent: '@descant/marl-algos agent' } as const;
const VERSION = '1';

/** Reads a file of this package and checks whose it is; the rest of its metadata and its tensors. */
function open(fn: string, bytes: Uint8Array, kind: keyof typeof FORMATS) {
  const { tensors, metadata } = readSafetensors(bytes);
  const check = (field: string, expected: string) => {
    if (metadata[field] === expected) return;
    throw new ArgumentError(fn, 'bytes', `have ${field} ${expected}`, metadata[field] ?? 'none');
  };
  check('format', FORMATS[kind]);
  check('version', VERSION);
  return { tensors, metadata };
}

/**
 * A training as the bytes of a safetensors file: its state, how far it is, its metrics, and its configuration.
 *
 * @param config - What the training depends on, as JSON: it must be the same when the training is read.
 *
 * @example
 * ```ts
 * import { readTraining, writeTraining } from '@descant/marl-algos';
 * import { tensor, zeros } from '@descant/tensor-ops';
 * const training = { state: { x: tensor([1, 2]) }, done: 1, history: [{ reward: -1.5 }] };
 * const bytes = writeTraining(training, { seed: 0 });
 * readTraining(bytes, { x: zeros([2]) }, { seed: 0 }).state.x.toArray(); // => [1, 2]
 * ```
 */
export function writeTraining(training: Training, config: unknown): Uint8Array<ArrayBuffer> {
  const { state, done, history } = training;
  return writeSafetensors(treeToRecord({ state }), {
    format: FORMATS.training,
    version: VERSION,
    config: JSON.stringify(config),
    progress: JSON.stringify({ done, history }),
  });
}

/**
 * The training that `writeTraining` wrote.
 *
 * @param like - A state of the same structure and shapes, such as a new one.
 * @param config - As given to `writeTraining`.
 * @throws ArgumentError when the bytes are no training, of another version or configuration, or the state's tensors
 *   are others.
 *
 * @example
 * ```ts
 * import { readTraining, writeTraining } from '@descant/marl-algos';
 * import { tensor } from '@descant/tensor-ops';
 * const bytes = writeTraining({ state: [tensor(0)], done: 0, history: [] }, { plays: 64 });
 * let message = '';
 * try {
 *   readTraining(bytes, [tensor(0)], { plays: 32 });
 * } catch (error) {
 *   message = String(error);
 * }
 * message; // => 'ArgumentError: readTraining: config must be {"plays":64}, as it was written; got {"plays":32}'
 * ```
 */
export function readTraining<S>(bytes: Uint8Array, like: S, config: unknown): Training<S> {
  const fn = 'readTraining';
  const { tensors, metadata } = open(fn, bytes, 'training');
  if (metadata.config !== JSON.stringify(config)) {
    const expected = `be ${metadata.config}, as it was written`;
    throw new ArgumentError(fn, 'config', expected, JSON.stringify(config));
  }
  return { ...recordToTree(tensors, { state: like }), ...parseProgress(fn, metadata.progress ?? '') };
}

/** How far a training is, from its JSON text. */
function parseProgress(fn: string, text: string): Pick<Training, 'done' | 'history'> {
  try {
    const progress: unknown = JSON.parse(text);
    const { done, history } = Object(progress);
    if (Number.isSafeInteger(done) && Array.isArray(history)) return { done, history };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new ArgumentError(fn, 'progress', 'be the JSON text of done and history', text.slice(0, 40));
}

/**
 * An agent as the bytes of a safetensors file: parameters, and the architecture that they are for.
 *
 * @example
 * ```ts
 * import { readAgent, tabularPolicy, writeAgent } from '@descant/marl-algos';
 * import { tensor } from '@descant/tensor-ops';
 * const policy = tabularPolicy(2, 2);
 * const bytes = writeAgent(policy, tensor([[1], [2]]));
 * readAgent(bytes, policy).toArray(); // => [[1], [2]]
 * ```
 */
export const writeAgent = <P>(network: Network<P>, parameters: P): Uint8Array<ArrayBuffer> =>
  writeSafetensors(treeToRecord({ parameters }), {
    format: FORMATS.agent,
    version: VERSION,
    architecture: network.name,
  });

/** The name of the architecture of the agent in a file. */
export const agentArchitecture = (bytes: Uint8Array): string =>
  open('readAgent', bytes, 'agent').metadata.architecture ?? 'none';

/**
 * The parameters that `writeAgent` wrote.
 *
 * @param network - Of the same architecture.
 * @throws ArgumentError when the bytes are no agent, of another version, or of another architecture.
 *
 * @example
 * ```ts
 * import { mlpNetwork, readAgent, tabularPolicy, writeAgent } from '@descant/marl-algos';
 * import { tensor } from '@descant/tensor-ops';
 * const bytes = writeAgent(tabularPolicy(2, 2), tensor([[1], [2]]));
 * let message = '';
 * try {
 *   readAgent(bytes, mlpNetwork({ inputShape: [2], hidden: [8], outputs: 2 }));
 * } catch (error) {
 *   message = String(error);
 * }
 * message; // => 'ArgumentError: readAgent: network must be tabular policy 2 x 2; got mlp 2-8-2'
 * ```
 */
export function readAgent<P>(bytes: Uint8Array, network: Network<P>): P {
  const { tensors, metadata } = open('readAgent', bytes, 'agent');
  if (metadata.architecture !== network.name) {
    throw new ArgumentError('readAgent', 'network', `be ${metadata.architecture}`, network.name);
  }
  return recordToTree(tensors, { parameters: network.init(key(0)) }).parameters;
}
