/** The gradient of POLA: through what the others are believed to learn. */
import {
  add,
  at,
  grad,
  mapTree,
  mul,
  scan,
  split,
  stopGradient,
  type Tensor,
  vjp,
} from '@descant/tensor-ops';
import type { Plays } from '../plays/play.ts';
import { type EstimatedGame, proximalValue } from './pola-objective.ts';

/** How a player of POLA learns; `polaPresets` has the published numbers. */
export interface PolaSettings {
  /** Steps by which the others are believed to solve their proximal problem; 0 for none: a naive proximal learner. */
  readonly innerSteps: number;
  /** Of these steps, which are plain gradient ascent. */
  readonly innerLearningRate: number;
  /** beta_in, what the others pay for the divergence of their policies; Infinity: they stay where they are. */
  readonly innerPenalty: number;
  /** Steps by which the player solves its own proximal problem in one update. */
  readonly outerSteps: number;
  /** beta_out; Infinity: the player stays where it is. */
  readonly outerPenalty: number;
  /** Of generalised advantages, in [0, 1]. */
  readonly lambda: number;
  /**
   * How much of the dependence on each action is still counted one step later when the others' learning is
   * differentiated, lambda of Loaded DiCE, in [0, 1]: 1 as published, without bias; less has bias and less variance.
   */
  readonly dependence: number;
}

const hold = <P>(parameters: P): P => mapTree((x: Tensor) => stopGradient(x), parameters);

/**
 * The others' policies after they have learned, as a function of what the player plays.
 *
 * Each other seat j starts from its y_j and takes innerSteps steps `y_j <- y_j + rate grad_j [J_j - beta_in KL]` at
 * once with the rest, on new plays for each step. Differentiable in the player's parameters x, to any order.
 */
export function lookAhead(
  estimated: EstimatedGame,
  settings: PolaSettings,
  seat: number,
  parameters: readonly unknown[],
  critics: readonly unknown[],
  key: Tensor,
): readonly unknown[] {
  const { innerSteps, innerLearningRate, innerPenalty } = settings;
  const others = parameters.map((_, j) => j).filter((j) => j !== seat);
  const start = others.map((j) => parameters[j]);
  if (innerPenalty === Number.POSITIVE_INFINITY || innerSteps === 0) return start;
  const joint = (theirs: readonly unknown[]) =>
    parameters.map((own, j) => (j === seat ? own : theirs[others.indexOf(j)]));
  const keys = split(key, innerSteps);
  const [learned] = scan<readonly unknown[], Tensor, null>(
    (now, k) => {
      const plays = estimated.sample(hold(joint(now)), k);
      const next = others.map((j, i) => {
        const proximity = { target: start[i], penalty: innerPenalty };
        const ascent = grad((y: unknown) =>
          proximalValue(estimated, plays, j, joint(now).with(j, y), critics[j], proximity),
        )(now[i]);
        return mapTree((y: Tensor, g: Tensor) => add(y, mul(innerLearningRate, g)), now[i], ascent);
      });
      return [next, null];
    },
    start,
    keys,
  );
  return learned;
}

/**
 * The gradient of what a player of POLA climbs, through the others' learning, with the plays it was estimated from.
 *
 * `d/dx [J_i(x, y'(x)) - beta_out KL(target, x)]` with y' of `lookAhead`.
 */
export function shapingGradient(
  estimated: EstimatedGame,
  settings: PolaSettings,
  seat: number,
  parameters: readonly unknown[],
  target: unknown,
  critics: readonly unknown[],
  key: Tensor,
): { readonly gradient: unknown; readonly plays: Plays } {
  const [looking, playing] = [0, 1].map((i) => at(split(key), i));
  const [theirs, pullback] = vjp(
    (x: unknown) => lookAhead(estimated, settings, seat, parameters.with(seat, x), critics, looking),
    parameters[seat],
  );
  const joint = (x: unknown, ys: readonly unknown[]) => ys.toSpliced(seat, 0, x);
  const plays = estimated.sample(joint(parameters[seat], theirs), playing);
  const proximity = { target, penalty: settings.outerPenalty };
  const [direct, through] = grad(([x, ys]: readonly [unknown, readonly unknown[]]) =>
    proximalValue(estimated, plays, seat, joint(x, ys), critics[seat], proximity),
  )([parameters[seat], theirs]);
  const gradient = mapTree((a: Tensor, b: Tensor) => add(a, b), direct, pullback(through));
  return { gradient, plays };
}
