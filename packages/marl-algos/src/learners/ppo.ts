/** PPO: independent proximal policy optimisation. */
import { importanceWeighted } from '@descant/estimators';
import {
  ArgumentError,
  add,
  arange,
  at,
  concat,
  div,
  gather,
  mapTree,
  permutation,
  reshape,
  scan,
  split,
  sqrt,
  square,
  sub,
  type Tensor,
} from '@descant/tensor-ops';
import { actingMean, meanReward, play } from '../plays/play.ts';
import type { SampledGame } from '../plays/sampled-game.ts';
import {
  type ActorCriticOptions,
  type ActorCriticState,
  checkActorCritic,
  criticLoss,
  initActorCritic,
  type OwnPlays,
  ownPlays,
  policyLoss,
  stepped,
} from './actor-critic.ts';
import type { Learner } from './learner.ts';

/** Options of `ppo`. */
export interface PpoOptions extends ActorCriticOptions {
  /** Ratios gain nothing beyond [1 - clip, 1 + clip]; positive, default 0.2. */
  readonly clip?: number;
  /** How often all plays of an update are learned from; default 4. */
  readonly epochs?: number;
  /** Parts that the plays are divided into in each epoch, whole plays each; default 1. */
  readonly minibatches?: number;
  /** Whether the advantages of an update are shifted and scaled to mean 0 and deviation 1; default true. */
  readonly normalise?: boolean;
}

/** Plays whose advantages have mean 0 and standard deviation 1 over the steps in which the seat acted. */
function normalised(own: OwnPlays): OwnPlays {
  const advantages = at(own.advantages, 0, 2);
  const centred = sub(advantages, actingMean(advantages, own.over));
  const deviation = sqrt(actingMean(square(centred), own.over));
  return { ...own, advantages: reshape(div(centred, add(deviation, 1e-8)), own.advantages.shape) };
}

/**
 * Proximal policy optimisation by independent players: several epochs over each batch of plays, with clipped ratios.
 *
 * Each step climbs `E sum_t gamma^t min(rho_t A_t, clip(rho_t, 1 - c, 1 + c) A_t) + w sum_t H(pi)` on a minibatch of
 * whole plays, `rho_t = pi(a_t) / pi_old(a_t)` the player's own ratio, and lets the critic descend `(V(o_t) - R_t)^2`;
 * advantages and lambda-returns are those of the critic before the update. Recurrent networks see whole plays.
 *
 * Source: Schulman et al. 2017 (PPO), eq. 7 and algorithm 1. Deviations: steps are weighted with gamma^t and summed, not
 * averaged; policy and critic are separate networks with separate optimisers (chain `clipByNorm` to limit gradients).
 *
 * @param game - With the plays of one update.
 * @throws ArgumentError when the critic does not map observations to one number, the minibatches do not divide the
 *   plays, or an option is out of range.
 *
 * @example
 * ```ts
 * import { tracedCoinGame } from '@descant/envs';
 * import { gruNetwork, ppo, sampledGame, simultaneous } from '@descant/marl-algos';
 * import { jit, key } from '@descant/tensor-ops';
 * import { adam } from '@descant/tensor-ops/optim';
 * const network = (outputs: number) => gruNetwork({ inputShape: [4, 3, 3], units: 8, outputs });
 * const game = sampledGame({ environment: tracedCoinGame({ maxSteps: 8 }), policies: network(4), plays: 16 });
 * const learner = ppo(game, {
 *   optimizer: adam({ learningRate: 1e-3 }),
 *   critic: network(1),
 *   criticOptimizer: adam({ learningRate: 1e-3 }),
 *   minibatches: 2,
 * });
 * const pair = simultaneous(game, [learner, learner]);
 * const { metrics } = jit(pair.update)(pair.init(key(0)), key(1));
 * metrics['1.criticLoss'].item() > 0; // => true
 * ```
 */
export function ppo(game: SampledGame, options: PpoOptions): Learner<ActorCriticState> {
  const { critic, lambda, entropyWeight } = checkActorCritic('ppo', game, options);
  const { clip = 0.2, epochs = 4, minibatches = 1, normalise = true } = options;
  if (!(clip > 0)) throw new ArgumentError('ppo', 'clip', 'be positive', String(clip));
  if (!Number.isSafeInteger(epochs) || epochs < 1) {
    throw new ArgumentError('ppo', 'epochs', 'be a whole number of at least 1', String(epochs));
  }
  if (!Number.isSafeInteger(minibatches) || minibatches < 1 || game.plays % minibatches !== 0) {
    const expected = `divide the number of plays, ${game.plays}`;
    throw new ArgumentError('ppo', 'minibatches', expected, String(minibatches));
  }
  /** The plays of each step, int32[epochs minibatches, plays / minibatches]. */
  const parts = (key: Tensor): Tensor => {
    const keys = split(key, epochs);
    const orders = Array.from({ length: epochs }, (_, e) => permutation(at(keys, e), game.plays));
    return reshape(concat(orders), [epochs * minibatches, game.plays / minibatches]);
  };
  const estimator = (credit: Parameters<typeof importanceWeighted>[0]) =>
    importanceWeighted({ ...credit, clip, ratio: 'own' });
  return {
    name: 'PPO',
    init: (key, seat) => initActorCritic(game, options, key, seat),
    update(state, { seat, parameters }, key) {
      const keys = split(key);
      const plays = play(game, parameters, at(keys, 0));
      const seen = ownPlays(game, plays, seat, critic, state.critic, lambda);
      const own = normalise ? normalised(seen) : seen;
      const learn = (now: ActorCriticState, chosen: Tensor): [ActorCriticState, null] => {
        const part = minibatches === 1 ? own : mapTree((x: Tensor) => gather(x, chosen, 1), own);
        const losses = {
          policy: policyLoss(game, game.policies[seat], part, estimator, entropyWeight),
          critic: criticLoss(critic, part),
        };
        return [stepped(now, options, losses), null];
      };
      const order = minibatches === 1 ? arange(0, epochs) : parts(at(keys, 1));
      const [after] = scan(learn, state, order);
      return {
        state: after,
        metrics: { reward: at(meanReward(plays), seat), criticLoss: criticLoss(critic, own)(state.critic) },
      };
    },
  };
}
