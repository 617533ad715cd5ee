/** The coin game compiled: a batch of episodes with given actions. */
import { tracedCoinGame } from '@descant/envs';
import { add, cast, foldIn, scan, sum, type Tensor, tensor, vmap } from '@descant/tensor-ops';

const game = tracedCoinGame({ maxSteps: Number.POSITIVE_INFINITY });

type State = ReturnType<typeof game.reset>;

/** What a batch of episodes gives: the rewards' sums [B, 2] and what was seen. */
export interface Played {
  readonly returns: Tensor;
  /** Of every step [B, T, 2, 4, 3, 3], or summed over the steps [B, 2, 4, 3, 3]. */
  readonly seen: Tensor;
}

/**
 * Plays the first episodes of seeds, keys [B, 2], with actions [B, T, 2].
 *
 * @param keep - Whether the observations of all steps are kept, or summed.
 */
export function playBatch(keep: boolean): (keys: Tensor, actions: Tensor) => Played {
  const one = (key: Tensor, actions: Tensor): Played => {
    const episode = foldIn(key, 0);
    const act = (state: State, chosen: Tensor) => {
      const step = game.step(state, chosen, foldIn(episode, add(cast(state.time, 'uint32'), 1)));
      return { ...step, seen: game.observe(step.state) };
    };
    const start = game.reset(foldIn(episode, 0));
    if (keep) {
      const [, [rewards, seen]] = scan<State, Tensor, [Tensor, Tensor]>(
        (state, chosen) => {
          const step = act(state, chosen);
          return [step.state, [step.rewards, step.seen]];
        },
        start,
        actions as never,
      );
      return { returns: sum(rewards, 0), seen };
    }
    const nothing = tensor(new Float32Array(72), { shape: [2, 4, 3, 3] });
    const [end] = scan<{ state: State; returns: Tensor; seen: Tensor }, Tensor, []>(
      ({ state, returns, seen }, chosen) => {
        const step = act(state, chosen);
        return [{ state: step.state, returns: add(returns, step.rewards), seen: add(seen, step.seen) }, []];
      },
      { state: start, returns: tensor([0, 0]), seen: nothing },
      actions,
    );
    return { returns: end.returns, seen: end.seen };
  };
  return vmap(one);
}
