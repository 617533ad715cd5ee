/** Plays under way, step by step. */
import { all, at, cast, logicalOr, stack, type Tensor, vmap, where, zeros } from '@descant/tensor-ops';
import type { SampledGame } from './sampled-game.ts';

/** Where B plays are: all that their future depends on but keys. */
export interface Position {
  readonly state: unknown;
  /** Of each seat's network. */
  readonly memories: readonly unknown[];
  /** bool[B, N]: seats that are done. */
  readonly over: Tensor;
}

/** What the seats see in a position, and what their networks make of it. */
export interface View {
  /** [B, N, ...O]. */
  readonly observations: Tensor;
  /** Logits of each seat, [B, A]. */
  readonly outputs: readonly Tensor[];
  /** Of each seat's network after it has looked. */
  readonly memories: readonly unknown[];
}

/** What a step of B plays gives. */
export interface Step {
  readonly position: Position;
  /** [B, N]; 0 for seats that were done. */
  readonly rewards: Tensor;
  /** bool[B]: there is no future for all seats. */
  readonly terminated: Tensor;
  /** bool[B]: all seats were cut off. */
  readonly truncated: Tensor;
}

/** The observations [B, N, ...O] in states of B plays. */
export const observeAll = ({ environment }: SampledGame, state: unknown): Tensor =>
  vmap((s: unknown) => environment.observe(s))(state);

/** The beginnings of plays, each from its own key. */
export function firstPosition({ environment, policies }: SampledGame, keys: Tensor): Position {
  const [plays] = keys.shape;
  return {
    state: vmap((k: Tensor) => environment.reset(k))(keys),
    memories: policies.map((network) => network.begin(plays)),
    over: cast(zeros([plays, environment.agents], 'int32'), 'bool'),
  };
}

/** What the seats see, and the logits of their policies. */
export function look(game: SampledGame, parameters: readonly unknown[], position: Position): View {
  const observations = observeAll(game, position.state);
  const seen = game.policies.map((network, seat) =>
    network.step(parameters[seat], at(observations, seat, 1), position.memories[seat]),
  );
  return {
    observations,
    outputs: seen.map(({ outputs }) => outputs),
    memories: seen.map(({ memory }) => memory),
  };
}

/**
 * A step of B plays.
 *
 * @param memories - After the seats have looked.
 * @param actions - int32[B] of each seat.
 * @param keys - uint32[B, 2].
 */
export function proceed(
  { environment }: SampledGame,
  { state, over }: Position,
  memories: readonly unknown[],
  actions: readonly Tensor[],
  keys: Tensor,
): Step {
  const step = vmap((s: unknown, a: Tensor, k: Tensor) => environment.step(s, a, k))(
    state,
    stack(actions, 1),
    keys,
  );
  const ended = logicalOr(over, step.terminated);
  return {
    position: { state: step.state, memories, over: logicalOr(ended, step.truncated) },
    rewards: where(over, 0, step.rewards),
    terminated: all(ended, 1),
    truncated: all(step.truncated, 1),
  };
}
