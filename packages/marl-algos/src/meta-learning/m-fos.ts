/** M-FOS against a learner, on games with known values. */
import { at, mean, scan, split, type Tensor, vmap } from '@descant/tensor-ops';
import type { Algorithm } from '../learners/learner.ts';
import { drawAction } from './gaussian-policy.ts';
import { type MetaPlays, type MFosOptions, type MFosState, mFosAgent, mFosSettings } from './m-fos-agent.ts';
import type { MetaGame, MetaStart } from './meta-game.ts';

/** Plays T steps of B meta-games. */
export function playMetaGame(
  game: MetaGame,
  { parameters }: MFosState,
  plays: number,
  steps: number,
  key: Tensor,
): { readonly plays: MetaPlays; readonly rewards: Tensor } {
  const keys = split(key);
  const step = vmap((learner: Tensor, action: Tensor) => game.step(learner, action));
  const [, seen] = scan(
    ({ learner, observation }: MetaStart, k: Tensor) => {
      const { action, logProbability } = drawAction(parameters, observation, k);
      const next = step(learner, action);
      const moment = { observation, action, logProbability, rewards: next.rewards };
      return [{ learner: next.learner, observation: next.observation }, moment];
    },
    vmap((k: Tensor) => game.start(k))(split(at(keys, 0), plays)),
    split(at(keys, 1), steps),
  );
  const { observation, action, logProbability, rewards } = seen;
  return {
    plays: {
      observations: observation,
      actions: action,
      logProbabilities: logProbability,
      rewards: at(rewards, 0, 2),
    },
    rewards,
  };
}

/**
 * Model-free opponent shaping: PPO on the meta-game whose actions are whole policies.
 *
 * In each update B plays of T steps begin anew; the agent draws its next logits from
 * `N(mean(s), diag softplus(v(s)))` of the meta-state s, and climbs
 * `mean [min(rho A, clip(rho, 1 - c, 1 + c) A) - (V(s) - R)^2 / 2 + h H]` for K steps, R the discounted returns,
 * standardised over the batch, A = R - V(s). The metrics are mean rewards over all steps and plays, which is the score
 * that is published: not the reward at the end of the plays.
 *
 * Source: Lu et al. 2022 (M-FOS), alg. 1, and the authors' code for networks, settings and standardisation. Deviation:
 * layers start as Glorot's, biases at 0.
 *
 * @throws ArgumentError when an option is out of range.
 *
 * @example
 * ```ts
 * import { iteratedPrisonersDilemma, naive } from '@descant/autodiff-games';
 * import { metaGame, mFos, train } from '@descant/marl-algos';
 * import { key } from '@descant/tensor-ops';
 * const shaping = metaGame({ game: iteratedPrisonersDilemma(), opponent: naive(), learningRate: 25 });
 * const agent = mFos(shaping, { plays: 32, hidden: 32 });
 * const { history } = await train(agent, { key: key(0), updates: 40 });
 * history[39]['0.reward'] > history[0]['0.reward']; // => true
 * ```
 */
export function mFos(game: MetaGame, options: MFosOptions = {}): Algorithm<MFosState> {
  const settings = mFosSettings('mFos', options, 0.002);
  const [own, other] = game.sizes;
  const agent = mFosAgent(own + other, own, game.dtype, settings);
  return {
    name: `M-FOS on ${game.name}`,
    init: agent.init,
    update(state, key) {
      const { plays, rewards } = playMetaGame(game, state, settings.plays, settings.steps, key);
      const [first, second] = [0, 1].map((seat) => mean(at(rewards, seat, 2)));
      return { state: agent.learn(state, plays), metrics: { '0.reward': first, '1.reward': second } };
    },
  };
}
