/** Many independent runs of an algorithm as one. */
import type { Algorithm, Metrics } from '@descant/marl-algos';
import { arange, foldIn, mean, scan, split, type Tensor, vmap } from '@descant/tensor-ops';

/** How runs are put together. */
export interface ManyRuns<S> {
  readonly runs: number;
  /** Updates of each run in one update of the whole. */
  readonly updates: number;
  /** Further numbers to follow, of each run. */
  readonly watch: (state: S) => Metrics;
}

/**
 * An algorithm whose state is that of several runs, [runs, ...] in each leaf, and whose update makes several updates in
 * each: one compiled call for all of them. Metrics are
 * means over the runs and updates, what is watched over the runs after the last update.
 */
export function manyRuns<S>(algorithm: Algorithm<S>, { runs, updates, watch }: ManyRuns<S>): Algorithm<S> {
  return {
    name: `${runs} x ${algorithm.name}`,
    init: (key) => vmap((k: Tensor) => algorithm.init(k))(split(key, runs)),
    update(states, key) {
      const [state, metrics] = scan<S, Tensor, Metrics>(
        (present, t) => {
          const keys = split(foldIn(key, t), runs);
          const next = vmap((s: S, k: Tensor) => algorithm.update(s, k))(present, keys);
          return [next.state, next.metrics];
        },
        states,
        arange(0, updates),
      );
      const averages = (of: Metrics) =>
        Object.fromEntries(Object.entries(of).map(([name, x]) => [name, mean(x)]));
      return { state, metrics: { ...averages(metrics), ...averages(vmap(watch)(state)) } };
    },
  };
}
