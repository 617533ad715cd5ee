/** Agents met before, for a detective that has to know many. */
import {
  add,
  arange,
  broadcastTo,
  cast,
  equal,
  expandDims,
  flatten as flattenTree,
  floor,
  foldIn,
  gather,
  mapTree,
  minimum,
  mod,
  moveAxis,
  mul,
  normal,
  reshape,
  type Tensor,
  tensor,
  unflatten,
  uniform,
  vmap,
  where,
} from '@descant/tensor-ops';
import type { Network } from '../networks/network.ts';

/** The last C agents. */
export interface Replay {
  /** Their parameters, leaves [C, ...]; places not yet taken hold the first agent. */
  readonly agents: unknown;
  /** int32: all agents ever remembered. */
  readonly count: Tensor;
}

/** A buffer with one agent in it. */
export const beginReplay = (parameters: unknown, capacity: number): Replay => ({
  agents: mapTree((x: Tensor) => broadcastTo(expandDims(x, 0), [capacity, ...x.shape]), parameters),
  count: tensor(1, { dtype: 'int32' }),
});

const capacityOf = (agents: unknown): number => flattenTree(agents, 'replay').leaves[0].shape[0];

/** Remembers an agent in place of the oldest. */
export function remember({ agents, count }: Replay, parameters: unknown): Replay {
  const capacity = capacityOf(agents);
  const place = equal(arange(0, capacity), mod(count, capacity));
  const put = (old: Tensor, x: Tensor) =>
    where(reshape(place, [capacity, ...x.shape.map(() => 1)]), expandDims(x, 0), old);
  return { agents: mapTree(put, agents, parameters), count: add(count, 1) };
}

/** n agents drawn with replacement, with normal noise on each parameter: leaves [n, ...]. */
export function recall({ agents, count }: Replay, n: number, deviation: number, key: Tensor): unknown {
  const filled = minimum(count, capacityOf(agents));
  const places = cast(floor(mul(uniform(foldIn(key, 0), [n]), filled)), 'int32');
  const { leaves, structure } = flattenTree(agents, 'replay');
  const noisy = leaves.map((leaf, i) => {
    const drawn = gather(leaf, places);
    return add(drawn, mul(deviation, normal(foldIn(key, i + 1), drawn.shape, drawn.dtype as 'float32')));
  });
  return unflatten(structure, noisy);
}

/**
 * A network whose parameters have leaves [n, ...]: those of n agents, each of which sees its own part of the batch.
 *
 * A batch of n m rows has the m rows of each agent one after the other.
 */
export function eachItsOwn<P, M>(network: Network<P, M>, n: number): Network<P, M> {
  const parts = <T>(tree: T): T =>
    mapTree((x: Tensor) => reshape(x, [n, x.shape[0] / n, ...x.shape.slice(1)]), tree);
  const whole = <T>(tree: T): T =>
    mapTree((x: Tensor) => reshape(x, [x.shape[0] * x.shape[1], ...x.shape.slice(2)]), tree);
  return {
    ...network,
    name: `${n} x ${network.name}`,
    step: (parameters, observations, memory) =>
      whole(
        vmap((p: P, o: Tensor, m: M) => network.step(p, o, m))(
          parameters,
          parts(observations),
          parts(memory),
        ),
      ),
    sequence(parameters, observations) {
      const [steps, rows, ...shape] = observations.shape;
      const own = reshape(observations, [steps, n, rows / n, ...shape]);
      const outputs = vmap((p: P, o: Tensor) => network.sequence(p, o), [0, 1])(parameters, own);
      return reshape(moveAxis(outputs, 0, 1), [steps, rows, network.outputs]);
    },
  };
}
