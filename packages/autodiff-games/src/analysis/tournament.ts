/** Round-robin tournaments of learning rules. */
import { ArgumentError, at, type FloatType, foldIn, split, type Tensor } from '@descant/tensor-ops';
import type { Game } from '../game.ts';
import { initialBatch, type RunOptions, run } from '../run.ts';

/** Options of `roundRobin`. */
export interface TournamentOptions
  extends Pick<RunOptions, 'learningRate' | 'steps' | 'executor' | 'signal'> {
  /** Draws the initial parameters, and what rules draw, anew for each match. */
  readonly key: Tensor;
  /** The number of plays of each match, at least 2, so that there are standard errors. */
  readonly pairs: number;
  /** Default: float64. */
  readonly dtype?: FloatType;
}

/** A sample mean with its standard error. */
export interface Estimate {
  readonly mean: number;
  /** sd / sqrt(n), with the unbiased variance. */
  readonly standardError: number;
  readonly n: number;
}

/** How the rules in these seats did against each other. */
export interface Match {
  /** For each seat, the index of the rule in it. */
  readonly seats: readonly number[];
  /** For each seat, the return at the end, over the plays that stayed finite. */
  readonly returns: readonly Estimate[];
  /** Plays that ended in NaN or infinite returns; they are not in the means. */
  readonly diverged: number;
}

/** The matches of a tournament, and how each rule did over all of them. */
export interface Tournament {
  /** Row-major over the seats. */
  readonly matches: readonly Match[];
  /** For each rule the mean over its seats in all matches, each match counting alike; n is the number of seats. */
  readonly scores: readonly Estimate[];
}

/** The mean of a sample of numbers; NaN for too small samples. */
function estimate(values: readonly number[]): Estimate {
  const n = values.length;
  const mean = values.reduce((sum, v) => sum + v, 0) / n;
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / (n - 1) / n), n };
}

/**
 * A round-robin tournament: every combination of rules in the seats of a game, each rule against itself included.
 *
 * Each match trains `pairs` independent plays from fresh initial parameters by `run` and estimates the returns at the
 * end, with standard errors. The keys of a match come from `foldIn(key, its number)`. A rule's score is the mean of the
 * returns of all its seats, with the standard error `sqrt(sum_k se_k^2) / n`, which takes the seats as independent;
 * both seats of its match against itself are, strictly, dependent.
 *
 * Source: Axelrod and Hamilton 1981 for the form; Cooijmans 2023, thesis, tables 6.2-6.5, for learning rules.
 *
 * @param rules - At least one rule; with n players there are rules^n matches.
 * @throws ArgumentError when there is no rule or fewer than 2 pairs; and the errors of `run`.
 *
 * @example
 * ```ts
 * import { iteratedPrisonersDilemma, lola, naive, roundRobin } from '@descant/autodiff-games';
 * import { key } from '@descant/tensor-ops';
 * const rules = [naive(), lola({ kind: 'exact', opponentRate: 25 })];
 * const options = { key: key(0), pairs: 64, learningRate: 25, steps: 100 };
 * const { matches, scores } = roundRobin(iteratedPrisonersDilemma(), rules, options);
 * matches.map(({ seats }) => seats); // => [[0, 0], [0, 1], [1, 0], [1, 1]]
 * scores[1].mean > scores[0].mean; // => true
 * ```
 */
export function roundRobin<P>(
  game: Game<P>,
  rules: RunOptions['rules'],
  { key, pairs, dtype = 'float64', ...options }: TournamentOptions,
): Tournament {
  if (rules.length === 0) throw new ArgumentError('roundRobin', 'rules', 'hold at least one rule', '0');
  if (!Number.isInteger(pairs) || pairs < 2) {
    throw new ArgumentError('roundRobin', 'pairs', 'be a whole number of at least 2', String(pairs));
  }
  const combinations = Array.from({ length: game.players }).reduce<number[][]>(
    (seats) => seats.flatMap((taken) => rules.map((_, rule) => [...taken, rule])),
    [[]],
  );
  const matches = combinations.map((seats, number): Match => {
    const [startKey, runKey] = [0, 1].map((k) => at(split(foldIn(key, number)), k));
    const initial = initialBatch(game, startKey, pairs, dtype);
    const seated = seats.map((rule) => rules[rule]);
    const { values } = run(game, initial, { ...options, rules: seated, key: runKey });
    // Values are [pairs, 2 times, players]; the second time is the end.
    const returns = Array.from({ length: pairs }, (_, pair) =>
      Array.from(values.data.subarray((2 * pair + 1) * game.players, (2 * pair + 2) * game.players)),
    );
    const finite = returns.filter((play) => play.every(Number.isFinite));
    return {
      seats,
      returns: seats.map((_, seat) => estimate(finite.map((play) => play[seat]))),
      diverged: pairs - finite.length,
    };
  });
  const scores = rules.map((_, rule): Estimate => {
    const own = matches.flatMap(({ seats, returns }) => returns.filter((_, seat) => seats[seat] === rule));
    const n = own.length;
    return {
      mean: own.reduce((sum, { mean }) => sum + mean, 0) / n,
      standardError: Math.sqrt(own.reduce((sum, { standardError }) => sum + standardError ** 2, 0)) / n,
      n,
    };
  });
  return { matches, scores };
}
