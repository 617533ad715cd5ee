/** M-FOS on sampled games: a policy that a meta-policy gates anew for each batch of plays with a learner. */
import {
  ArgumentError,
  add,
  at,
  broadcastTo,
  expandDims,
  mean,
  moveAxis,
  mul,
  ones,
  reshape,
  scan,
  sigmoid,
  split,
  stack,
  stopGradient,
  type Tensor,
  zeros,
} from '@descant/tensor-ops';
import { categorical } from '@descant/tensor-ops/distributions';
import type { Algorithm, Learner, LearnerState } from '../learners/learner.ts';
import { type GatedGruNetwork, type GatedGruParameters, gatedGruNetwork } from '../networks/gated-gru.ts';
import { type GruNetworkParameters, gruNetwork } from '../networks/gru.ts';
import { checkWidth, type Network } from '../networks/network.ts';
import { logProbabilityOf, play, seatOf } from '../plays/play.ts';
import type { SampledGame } from '../plays/sampled-game.ts';
import {
  type Evaluation,
  type Optimised,
  type PpoSettings,
  ppoEpochs,
  standardised,
} from './clipped-objective.ts';

/** Options of `mFosSampled`; the defaults are the authors'. */
export interface MFosSampledOptions extends PpoSettings {
  /** E, batches of plays in an update, after each of which the learner learns; default 16. */
  readonly episodes?: number;
  /** gamma between steps, through all episodes, in [0, 1]; default 0.995. */
  readonly discount?: number;
}

/** Everything that M-FOS learns. */
export interface MFosSampledParameters {
  readonly policy: Omit<GatedGruParameters, 'gate'>;
  /** Reads the plays of an episode; its outputs are the logits of the next gate. */
  readonly meta: GruNetworkParameters;
  readonly critic: GruNetworkParameters;
}

/** The state of `mFosSampled`. */
export type MFosSampledState = Optimised<MFosSampledParameters>;

/** Plays of E episodes, [E, T, B, ...]. */
interface Episodes {
  readonly observations: Tensor;
  readonly actions: Tensor;
  readonly logProbabilities: Tensor;
  /** [E, T, B, 2] */
  readonly rewards: Tensor;
}

/** The next gate [units]: `sigmoid` of the mean over the plays of what the meta-network says at their end. */
export const nextGate = (
  network: Network<GruNetworkParameters>,
  meta: GruNetworkParameters,
  observations: Tensor,
): Tensor => sigmoid(mean(at(network.sequence(meta, observations), observations.shape[0] - 1), 0));

/**
 * Returns through all episodes, [E, T, B] from rewards of that shape: within an episode each play's own, and from
 * the next episode on the mean of all plays, because they all have met the same learner.
 */
export function episodicReturns(rewards: Tensor, discount: number): Tensor {
  const plays = rewards.shape[2];
  const backwards = { reverse: true };
  const [, returns] = scan(
    (later: Tensor, episode: Tensor) => {
      const [first, own] = scan(
        (ahead: Tensor, reward: Tensor): [Tensor, Tensor] => {
          const total = add(reward, mul(discount, ahead));
          return [total, total];
        },
        later,
        episode,
        backwards,
      );
      return [broadcastTo(mean(first, 0, { keepDims: true }), [plays]), own];
    },
    zeros([plays], rewards.dtype),
    rewards,
    backwards,
  );
  return returns;
}

/** Log-probabilities, values and entropies [E, T, B], with the gates that the parameters give. */
export function evaluateEpisodes(
  networks: {
    readonly policy: GatedGruNetwork;
    readonly meta: Network<GruNetworkParameters>;
    readonly critic: GatedGruNetwork;
  },
  { policy, meta, critic }: MFosSampledParameters,
  { observations, actions }: Pick<Episodes, 'observations' | 'actions'>,
): Evaluation {
  const [episodes, steps, plays, ...shape] = observations.shape;
  const { units, dtype } = networks.policy;
  // All episodes begin anew: they are one batch of E B plays, each with the gate of its episode.
  const together = (x: Tensor, rest: readonly number[]) =>
    reshape(moveAxis(x, 0, 1), [steps, episodes * plays, ...rest]);
  const apart = (x: Tensor) => moveAxis(reshape(x, [steps, episodes, plays]), 1, 0);
  const before = Array.from({ length: episodes - 1 }, (_, e) =>
    nextGate(networks.meta, meta, at(observations, e)),
  );
  const each = expandDims(stack([ones([units], dtype), ...before]), 1);
  const gate = reshape(broadcastTo(each, [episodes, plays, units]), [episodes * plays, units]);
  const seen = together(observations, shape);
  const logits = networks.policy.sequence({ ...policy, gate }, seen);
  const values = networks.critic.sequence({ ...critic, gate: stopGradient(gate) }, seen);
  return {
    logProbabilities: apart(logProbabilityOf(logits, together(actions, []))),
    values: apart(reshape(values, [steps, episodes * plays])),
    entropies: apart(categorical({ logits }).entropy()),
  };
}

/**
 * M-FOS where values are not known: plays of episodes with a learner, which learns after each of them.
 *
 * The agent is seat 0, a `gatedGruNetwork` with the gate 1 in the first episode; from the observations of an episode's
 * plays a recurrent meta-network makes the gate of the next, the mean over plays, which all meet the same learner. In
 * each update a new learner takes E batches of plays, then policy, meta-network and a gated critic climb PPO's
 * clipped objective on standardised returns through all episodes. Metrics are mean rewards of both seats.
 *
 * Source: Lu et al. 2022 (M-FOS), sec. 5.3, and the authors' code for the coin game: 16 episodes of 16 steps, 512
 * plays, 16 epochs, Adam with rate 0.0002, 16 units. Deviations: GRUs see flat observations, without convolutions; the
 * learner learns on plays that it draws by its own key.
 *
 * @param game - Of two seats; its `steps` are those of an episode.
 * @param learner - Of seat 1, made for the same game.
 * @throws ArgumentError when seat 0 is no gated network, or an option is out of range.
 *
 * @example
 * ```ts
 * import { tracedCoinGame } from '@descant/envs';
 * import { gatedGruNetwork, gruNetwork, mFosSampled, reinforce, sampledGame, train } from '@descant/marl-algos';
 * import { key } from '@descant/tensor-ops';
 * import { adam, sgd } from '@descant/tensor-ops/optim';
 * const network = { inputShape: [4, 3, 3], units: 4, outputs: 4 };
 * const policies = [gatedGruNetwork(network), gruNetwork(network)];
 * const game = sampledGame({ environment: tracedCoinGame({ maxSteps: 4 }), policies, plays: 4 });
 * const naive = reinforce(game, { optimizer: sgd({ learningRate: 0.1 }) });
 * const agent = mFosSampled(game, naive, { episodes: 2, epochs: 2, optimizer: adam({ learningRate: 2e-4 }) });
 * const { done } = await train(agent, { key: key(0), updates: 1 });
 * done; // => 1
 * ```
 */
export function mFosSampled<S extends LearnerState>(
  game: SampledGame,
  learner: Learner<S>,
  options: MFosSampledOptions,
): Algorithm<MFosSampledState> {
  const fn = 'mFosSampled';
  const { episodes = 16, discount = 0.995, epochs = 16, optimizer } = options;
  checkWidth(fn, 'episodes', episodes);
  checkWidth(fn, 'epochs', epochs);
  if (!(discount >= 0 && discount <= 1))
    throw new ArgumentError(fn, 'discount', 'lie in [0, 1]', String(discount));
  if (game.policies.length !== 2)
    throw new ArgumentError(fn, 'game', 'have two seats', `${game.policies.length}`);
  const policy = gatedPolicy(fn, game);
  const { inputShape, units, dtype } = policy;
  const networks = {
    policy,
    meta: gruNetwork({ inputShape, units, outputs: units, dtype }),
    critic: gatedGruNetwork({ inputShape, units, outputs: 1, dtype }),
  };

  const playEpisodes = ({ policy: own, meta }: MFosSampledParameters, key: Tensor): Episodes => {
    const keys = split(key);
    const start = { learner: learner.init(at(keys, 0), 1), gate: ones([units], dtype) };
    const [, seen] = scan(
      (now: typeof start, k: Tensor) => {
        const parameters = [{ ...own, gate: now.gate }, now.learner.parameters];
        const plays = play(game, parameters, k);
        const observations = seatOf(plays.observations, 0, 2);
        const next = {
          learner: learner.update(now.learner, { seat: 1, parameters }, k).state,
          gate: nextGate(networks.meta, meta, observations),
        };
        const moment: Episodes = {
          observations,
          actions: seatOf(plays.actions, 0, 2),
          logProbabilities: seatOf(plays.logProbabilities, 0, 2),
          rewards: plays.rewards,
        };
        return [next, moment];
      },
      start,
      split(at(keys, 1), episodes),
    );
    return seen;
  };

  return {
    name: `M-FOS against ${learner.name}, ${episodes} episodes`,
    init(key) {
      const keys = split(key, 3);
      const { gate: _, ...own } = policy.init(at(keys, 0));
      const { gate: __, ...critic } = networks.critic.init(at(keys, 2));
      const parameters = { policy: own, meta: networks.meta.init(at(keys, 1)), critic };
      return { parameters, optimizer: optimizer.init(parameters) };
    },
    update(state, key) {
      const seen = playEpisodes(state.parameters, key);
      const returns = standardised(episodicReturns(at(seen.rewards, 0, 3), discount));
      const kept = { logProbabilities: seen.logProbabilities, returns };
      const evaluate = (parameters: MFosSampledParameters) => evaluateEpisodes(networks, parameters, seen);
      const [own, other] = [0, 1].map((seat) => mean(at(seen.rewards, seat, 3)));
      return {
        state: ppoEpochs(state, evaluate, kept, { ...options, epochs }),
        metrics: { '0.reward': own, '1.reward': other },
      };
    },
  };
}

/** The policy of seat 0, which must have a gate. */
function gatedPolicy(fn: string, game: SampledGame): GatedGruNetwork {
  const [policy] = game.policies;
  if (!isGated(policy)) throw new ArgumentError(fn, 'game', 'have a gatedGruNetwork at seat 0', policy.name);
  return policy;
}

const isGated = (network: Network): network is GatedGruNetwork => network.name.startsWith('gated gru');
