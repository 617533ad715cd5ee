/** Networks from the names of their architectures, which agents' files carry. */
import type { TracedEnvironment } from '@descant/envs';
import { ArgumentError } from '@descant/tensor-ops';
import { coinMemoryNetwork } from './coin-memory.ts';
import { gruNetwork } from './gru.ts';
import { mlpNetwork } from './mlp.ts';
import type { Network } from './network.ts';
import { tabularPolicy } from './tabular.ts';

/** What is known of a network but for its inner widths. */
interface Ends {
  readonly inputShape: readonly number[];
  readonly outputs: number;
  readonly dtype: Network['dtype'];
}

/** Each kind of architecture: the form of its names, and the network with the given inner widths. */
const KINDS: readonly (readonly [RegExp, (ends: Ends, inner: readonly number[]) => Network])[] = [
  [
    /^tabular policy \d+() x \d+$/,
    ({ inputShape, outputs, dtype }) => tabularPolicy(inputShape[0], outputs, { dtype }),
  ],
  [/^mlp \d+((?:-\d+)*)-\d+$/, (ends, hidden) => mlpNetwork({ ...ends, hidden })],
  [/^gru \d+(-\d+)-\d+$/, (ends, [units]) => gruNetwork({ ...ends, units })],
  [
    /^coin memory \d+((?:-\d+)*)-\d+$/,
    ({ outputs, dtype }, hidden) => coinMemoryNetwork({ hidden, outputs, dtype }),
  ],
];

/**
 * The network of a named architecture for a seat of an environment: a table, an MLP, a GRU or a coin memory.
 *
 * Inputs and outputs are the environment's, only the widths between them come from the name; whoever reads parameters
 * for it compares the whole name.
 *
 * @param architecture - The `name` of a network, such as `gru 36-64-4`.
 * @throws ArgumentError when the name is of no known form.
 *
 * @example
 * ```ts
 * import { tracedCoinGame } from '@descant/envs';
 * import { networkNamed } from '@descant/marl-algos';
 * networkNamed('gru 36-64-4', tracedCoinGame(), 0).inputShape; // => [4, 3, 3]
 * ```
 */
export function networkNamed(architecture: string, environment: TracedEnvironment, seat: number): Network {
  const { observationShape: inputShape, actions, dtype } = environment;
  for (const [form, make] of KINDS) {
    const inner = form.exec(architecture)?.[1];
    if (inner === undefined) continue;
    const widths = inner.split('-').filter((width) => width !== '');
    return make({ inputShape, outputs: actions[seat], dtype }, widths.map(Number));
  }
  const known = 'be like "tabular policy 5 x 2", "mlp 36-32-4", "gru 36-64-4" or "coin memory 38-16-4"';
  throw new ArgumentError('networkNamed', 'architecture', known, `"${architecture}"`);
}
