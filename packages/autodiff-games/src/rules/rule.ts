/** What a learning rule is. */
import type { Tensor } from '@descant/tensor-ops';
import type { Game } from '../game.ts';

/**
 * A rule by which one player of a differentiable game learns, without memory: the direction of a step.
 *
 * Any object of this form is a rule; `checkRule` tests one. A rule knows the whole game, as the published rules
 * do, and is asked for one player at a time: every player may follow another rule.
 */
export interface Rule {
  /** For tables and error messages. */
  readonly name: string;
  /**
   * True when the rule claims that in a game without interaction (no value depends on another player's
   * parameters) its direction is the gradient of the player's own value. `checkRule` tests the claim.
   */
  readonly naiveWithoutInteraction?: boolean;
  /** The direction d of the player's step x <- x + learningRate d: a tree like `parameters[player]`. */
  direction<P>(game: Game<P>, parameters: readonly P[], player: number): P;
}

/** What a rule remembers from step to step, by name; the names, shapes and dtypes stay the same. */
export type RuleState = Readonly<Record<string, Tensor>>;

/**
 * A rule that is more than a direction: it remembers something, keeps its parameters in the simplex, or draws random
 * numbers.
 *
 * Like a rule, it is asked for one player at a time and knows the whole game. All players move at once: `update` sees
 * everybody's parameters of before the step.
 */
export interface UpdateRule {
  /** For tables and error messages. */
  readonly name: string;
  /** True when the rule draws random numbers: a run then needs a key. */
  readonly randomised?: boolean;
  /**
   * The state before the first step. `key` is the same for all players of a play, so that rules may share draws; for
   * draws of the player's own, fold the player in (`foldIn(key, player)`).
   */
  init<P>(game: Game<P>, parameters: readonly P[], player: number, key: Tensor): RuleState;
  /** The player's parameters and state after one step. */
  update<P>(
    game: Game<P>,
    parameters: readonly P[],
    player: number,
    state: RuleState,
    learningRate: number,
  ): Updated<P>;
}

/** What `update` returns. */
export interface Updated<P> {
  readonly parameters: P;
  readonly state: RuleState;
}
