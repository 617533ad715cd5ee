/** What a learning rule is. */
import type { Game } from '../game.ts';

/**
 * A rule by which one player of a differentiable game learns.
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
