/** The detective: an opponent that asks what an agent would do, and answers with a network. */
import {
  arange,
  at,
  cast,
  categorical,
  concat,
  foldIn,
  relu,
  scan,
  split,
  splitAxis,
  stack,
  type Tensor,
  vmap,
  zeros,
} from '@descant/tensor-ops';
import {
  type GruParameters,
  gru,
  gruStep,
  initGru,
  initMlp,
  type LinearParameters,
  mlp,
} from '@descant/tensor-ops/nn';
import { flatten } from '../networks/mlp.ts';
import { checkWidth, type Network } from '../networks/network.ts';
import type { Plays } from '../plays/play.ts';
import { firstPosition, observeAll, type Position, proceed } from '../plays/position.ts';
import type { SampledGame } from '../plays/sampled-game.ts';
import { type QuestionOptions, simulationAnswers } from './questions.ts';

/** Parameters of `detectiveNetwork`. */
export interface DetectiveParameters {
  readonly cell: GruParameters;
  readonly layers: readonly LinearParameters[];
}

/**
 * The network of a detective or of its critic: a GRU reads the observations, two ReLU layers its state and the answers.
 *
 * Source: Cooijmans 2023, thesis, appendix 5.A.2. There policy and value are two heads on these layers; here they are two
 * networks, because two optimisers train them.
 *
 * @param game - For the shapes of observations and actions.
 * @param outputs - Actions, or 1 for a critic.
 * @throws ArgumentError when a width is no whole number of at least 1.
 *
 * @internal
 */
export function detectiveNetwork(
  game: SampledGame,
  units: number,
  outputs: number,
): Network<DetectiveParameters, Tensor> {
  const { observationShape, actions, dtype } = game.environment;
  const seen = observationShape.reduce((a, b) => a * b, 1);
  const inputs = seen + actions[1];
  checkWidth('detectiveNetwork', 'units', units);
  const read = (layers: readonly LinearParameters[], state: Tensor, answers: Tensor) =>
    mlp(layers, concat([state, answers], state.rank - 1), { activation: relu });
  const begin = (plays: number) => zeros([plays, units], dtype);
  return {
    name: `detective ${seen}-${units}+${actions[1]}-${units}-${units}-${outputs}`,
    inputShape: [inputs],
    outputs,
    dtype,
    init(key) {
      const keys = split(key);
      return {
        cell: initGru(at(keys, 0), seen, units, { dtype }),
        layers: initMlp(at(keys, 1), [units + actions[1], units, units, outputs], { dtype }),
      };
    },
    begin,
    step({ cell, layers }, x, memory) {
      const [observations, answers] = splitAxis(x, [seen, actions[1]], -1);
      const state = gruStep(cell, memory, observations);
      return { outputs: read(layers, state, answers), memory: state };
    },
    sequence({ cell, layers }, x) {
      const [observations, answers] = splitAxis(x, [seen, actions[1]], -1);
      const { states } = gru(cell, begin(x.shape[1]), observations);
      return read(layers, states, answers);
    },
  };
}

/** Plays of an agent with a detective. */
export interface DetectivePlays extends Pick<Plays, 'observations' | 'actions' | 'rewards' | 'terminated'> {
  /** What the detective read, observations and answers: [T, B, I]; depends on the agent's parameters. */
  readonly read: Tensor;
}

/**
 * Plays of the agent in seat 0 with a detective in seat 1, which asks its questions at each step.
 *
 * @internal
 */
export function playDetective<P, M>(
  game: SampledGame,
  detective: Network<P, M>,
  [agent, parameters]: readonly [unknown, P],
  key: Tensor,
  options: Required<QuestionOptions>,
): DetectivePlays {
  const { environment, plays, steps } = game;
  const width = environment.observationShape.reduce((a, b) => a * b, 1);
  const [chances, choices, questions] = [0, 1, 2].map((i) => at(split(key, 3), i));
  const episodes = split(chances, plays);
  const keysAt = (time: Tensor | number) => vmap((e: Tensor) => foldIn(e, time))(episodes);
  const pair = { ...game, policies: [game.policies[0], detective] };
  const [, moments] = scan<Position, Tensor, DetectivePlays>(
    (position, t) => {
      const time = cast(t, 'uint32');
      const answers = simulationAnswers(game, agent, position, foldIn(questions, time), options);
      const observations = observeAll(game, position.state);
      const own = flatten(at(observations, 1, 1), environment.observationShape, width);
      const read = concat([own, answers], 1);
      const seen = [at(observations, 0, 1), read];
      const views = pair.policies.map((network, seat) =>
        network.step([agent, parameters][seat], seen[seat], position.memories[seat]),
      );
      const actions = views.map(({ outputs }, seat) =>
        categorical(foldIn(foldIn(choices, time), seat), outputs),
      );
      const memories = views.map(({ memory }) => memory);
      const {
        position: next,
        rewards,
        terminated,
      } = proceed(game, position, memories, actions, keysAt(time));
      return [next, { observations, actions: stack(actions, 1), rewards, terminated, read }];
    },
    firstPosition(pair, keysAt(0)),
    arange(1, steps + 1),
  );
  return moments;
}
