/** The games that leagues are played in, with their fixed opponents. */
import {
  type TracedEnvironment,
  tracedCheckers,
  tracedCoinGame,
  tracedIteratedMatrixGame,
  tracedSwitchGame,
} from '@descant/envs';
import {
  constantPolicy,
  cooperation,
  type FixedPolicy,
  type Measure,
  ownCoinRatio,
  rewardPerStep,
  shortestPathPolicy,
  titForTat,
  uniformPolicy,
} from '@descant/marl-algos';
import { UsageError } from '../errors.ts';

/** A game as a league sees it. */
export interface LeagueGame {
  readonly environment: TracedEnvironment;
  /** By name, for a seat. */
  readonly opponents: Readonly<Record<string, (seat: number) => FixedPolicy>>;
  readonly measures: Readonly<Record<string, Measure>>;
}

type Options = Readonly<Record<string, unknown>>;

function game(
  environment: TracedEnvironment,
  opponents: LeagueGame['opponents'],
  measures: LeagueGame['measures'],
): LeagueGame {
  return {
    environment,
    opponents: { ...opponents, random: (seat) => uniformPolicy(environment, seat) },
    measures: { reward: rewardPerStep, ...measures },
  };
}

function coins(options: Options): LeagueGame {
  const environment = tracedCoinGame(options);
  const opponents = {
    'always-cooperate': (seat: number) => shortestPathPolicy(environment, seat, 'own'),
    'always-defect': (seat: number) => shortestPathPolicy(environment, seat, 'any'),
  };
  return game(environment as TracedEnvironment, opponents, { 'own-coin ratio': ownCoinRatio });
}

function matrix(options: Options): LeagueGame {
  const environment = tracedIteratedMatrixGame(options) as TracedEnvironment;
  const opponents = {
    'always-cooperate': (seat: number) => constantPolicy(environment, seat, 0),
    'always-defect': (seat: number) => constantPolicy(environment, seat, 1),
    'tit-for-tat': (seat: number) => titForTat(environment, seat),
    'cynic-tit-for-tat': (seat: number) => titForTat(environment, seat, { first: 1 }),
  };
  return game(environment, opponents, { cooperation });
}

/** The games by the names of their environments. */
const GAMES: Readonly<Record<string, (options: Options) => LeagueGame>> = {
  'coin-game': coins,
  'coin-game-two-coins': (options) => coins({ coins: 'two', egocentric: true, ...options }),
  'iterated-prisoners-dilemma': (options) => matrix({ game: 'prisonersDilemma', ...options }),
  'iterated-matching-pennies': (options) => matrix({ game: 'matchingPennies', ...options }),
  'iterated-chicken': (options) => matrix({ game: 'chicken', ...options }),
  checkers: (options) => game(tracedCheckers(options) as TracedEnvironment, {}, {}),
  switch2: (options) => game(tracedSwitchGame({ agents: 2, ...options }) as TracedEnvironment, {}, {}),
};

/**
 * The game of an environment's name.
 *
 * @param options - Of the environment.
 * @throws UsageError when there is none.
 */
export function leagueGame(name: string, options: Options): LeagueGame {
  const make = Object.hasOwn(GAMES, name) ? GAMES[name] : undefined;
  if (make !== undefined) return make(options);
  throw new UsageError(`no leagues are played in ${name}; there are ${Object.keys(GAMES).join(', ')}`);
}
