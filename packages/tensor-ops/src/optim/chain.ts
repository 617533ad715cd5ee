/** Rules one after another. */
import type { Optimizer } from './optimizer.ts';

/**
 * Passes gradients through several rules: the updates of each are the gradients of the next. The state is the tuple of theirs.
 *
 * @example
 * ```ts
 * import { tensor } from '@descant/tensor-ops';
 * import { chain, clipByNorm, sgd } from '@descant/tensor-ops/optim';
 * const optimizer = chain(clipByNorm(1), sgd({ learningRate: 0.5 }));
 * const x = tensor([0, 0]);
 * optimizer.update(tensor([3, 4]), optimizer.init(x), x).updates.toArray(); // => [-0.3, -0.4]
 * ```
 */
export function chain<S extends readonly unknown[]>(
  ...rules: { [K in keyof S]: Optimizer<S[K]> }
): Optimizer<S> {
  // `map` forgets that its result has the places of `rules`.
  const tuple = (states: unknown) => states as S;
  return {
    init: (parameters) => tuple(rules.map((rule) => rule.init(parameters))),
    update(gradients, states, parameters) {
      let updates = gradients;
      const next = rules.map((rule, i) => {
        const result = rule.update(updates, states[i], parameters);
        updates = result.updates;
        return result.state;
      });
      return { updates, state: tuple(next) };
    },
  };
}
