/** Leagues: everybody at one seat against everybody at the other. */
import type { TracedEnvironment } from '@descant/envs';
import { ArgumentError, foldIn, jit, key, type Tensor } from '@descant/tensor-ops';
import { type Plays, play } from '../plays/play.ts';
import { type SampledGame, sampledGame } from '../plays/sampled-game.ts';
import { nextTurn } from '../training/train.ts';
import { type Agent, fingerprint, hash, type Responder } from './agent.ts';
import { type Estimate, estimate, type Measure, rewardPerStep } from './measures.ts';
import { uniformPolicy } from './opponents.ts';

/** What two contestants did against each other. */
export interface LeagueCell {
  /** The names at seat 0 and seat 1. */
  readonly row: string;
  readonly column: string;
  /** By name, for both seats. */
  readonly measures: Readonly<Record<string, readonly Estimate[]>>;
}

/** A contestant as a table knows it. */
interface Entry {
  readonly name: string;
  /** Differs where parameters or settings do. */
  readonly fingerprint: string;
}

/** A table of contestants, as plain JSON; where a cell is missing it has not been played. */
export interface League {
  readonly environment: string;
  /** B, of each cell. */
  readonly plays: number;
  readonly steps: number;
  readonly discount: number;
  readonly seed: number;
  /** At seat 0. */
  readonly rows: readonly Entry[];
  /** At seat 1. */
  readonly columns: readonly Entry[];
  readonly cells: readonly LeagueCell[];
}

/** Options of `league`. */
export interface LeagueOptions {
  readonly environment: TracedEnvironment;
  /** Who plays at seat 0. */
  readonly rows: readonly (Agent | Responder)[];
  /** Who plays at seat 1. */
  readonly columns: readonly (Agent | Responder)[];
  /** B, of each cell; the papers have 32. */
  readonly plays: number;
  /** T; default: the environment's `maxSteps`. */
  readonly steps?: number;
  /** What responders maximise is discounted by it; default 1. */
  readonly discount?: number;
  readonly seed: number;
  /** Default `{ reward: rewardPerStep }`. */
  readonly measures?: Readonly<Record<string, Measure>>;
  /** A table to complete: its cells are kept where both contestants are still the same. */
  readonly from?: League;
  /** Once aborted, the table is returned as it is. */
  readonly signal?: AbortSignal;
  /** Called after each cell with the table so far and the number of cells that it will have. */
  readonly onCell?: (table: League, total: number) => void;
}

const isAgent = (contestant: Agent | Responder): contestant is Agent => 'network' in contestant;

type Contestants = readonly [row: Agent | Responder, column: Agent | Responder];

/** A function that plays pairs, compiled once for each pair of networks. */
function players(signal: AbortSignal | undefined) {
  type Compiled = (parameters: readonly unknown[], k: Tensor) => Plays;
  const known: (readonly [SampledGame, Compiled])[] = [];
  return async (pair: Contestants, game: SampledGame, k: Tensor): Promise<Plays> => {
    const parameters = pair.map((c) => (isAgent(c) ? c.parameters : null));
    const seat = pair.findIndex((c) => !isAgent(c));
    const responder = pair[seat];
    if (responder !== undefined && !isAgent(responder)) {
      const interruption = signal === undefined ? {} : { signal };
      return responder.respond({ game, parameters, seat, key: k, ...interruption });
    }
    const alike = known.find(([{ policies }]) => policies.every((policy, i) => policy === game.policies[i]));
    if (alike !== undefined) return alike[1](parameters, k);
    const compiled = jit((p: readonly unknown[], q: Tensor) => play(game, p, q));
    known.push([game, compiled]);
    return compiled(parameters, k);
  };
}

function checkNames(argument: string, contestants: readonly (Agent | Responder)[]): void {
  const names = contestants.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new ArgumentError('league', argument, 'have names of their own', `"${twice}" twice`);
}

/** Checks that a table is of the same league. */
function checkSame(from: League, now: Omit<League, 'rows' | 'columns' | 'cells'>): void {
  for (const what of ['environment', 'plays', 'steps', 'discount', 'seed'] as const) {
    if (from[what] === now[what]) continue;
    throw new ArgumentError('league', `from.${what}`, `be ${now[what]}`, String(from[what]));
  }
}

const entriesOf = (contestants: readonly (Agent | Responder)[]): Entry[] =>
  contestants.map((contestant) => ({ name: contestant.name, fingerprint: fingerprint(contestant) }));

/** The cells of an earlier table that are those of this one: same contestants, same measures. */
function keptCells(
  from: League,
  rows: readonly Entry[],
  columns: readonly Entry[],
  measures: readonly string[],
) {
  const unchanged = (now: readonly Entry[], before: readonly Entry[], name: string) => {
    const find = (list: readonly Entry[]) => list.find((entry) => entry.name === name)?.fingerprint;
    return find(now) === find(before);
  };
  return from.cells.filter(
    (cell) =>
      unchanged(rows, from.rows, cell.row) &&
      unchanged(columns, from.columns, cell.column) &&
      Object.keys(cell.measures).toSorted().join() === measures.toSorted().join(),
  );
}

const code = (name: string): number => hash(new TextEncoder().encode(name));

/**
 * Plays everybody at seat 0 against everybody at seat 1 and measures with standard errors over the plays.
 *
 * A cell depends on the seed and on the two contestants alone, its key is `foldIn(foldIn(key(seed), hash(row)),
 * hash(column))`: tables grow cell by cell, and a table that was interrupted and completed is what one run gives. Two
 * responders have no cell, because each waits for the other's policy (Aghajohari et al. 2024, appendix 5.C).
 *
 * Source: Aghajohari et al. 2024 (BRS), figures 5.5 and 5.8.
 *
 * @throws ArgumentError when there are not two seats, names are not distinct, a policy does not fit its seat, or the
 *   table to complete is of another league.
 *
 * @example
 * ```ts
 * import { tracedIteratedMatrixGame } from '@descant/envs';
 * import { constantPolicy, league, titForTat } from '@descant/marl-algos';
 * const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 4 });
 * const at = (seat: number) => [
 *   { name: 'AllD', network: constantPolicy(environment, seat, 1), parameters: null },
 *   { name: 'TFT', network: titForTat(environment, seat), parameters: null },
 * ];
 * const { cells } = await league({ environment, rows: at(0), columns: at(1), plays: 2, seed: 0 });
 * cells.map(({ measures }) => measures.reward.map(({ mean }) => mean));
 * // => [[-2, -2], [-1.5, -2.25], [-2.25, -1.5], [-1, -1]]
 * ```
 */
export async function league(options: LeagueOptions): Promise<League> {
  const { environment, rows, columns, plays, steps = environment.maxSteps, discount = 1, seed } = options;
  const { measures = { reward: rewardPerStep }, from, signal, onCell } = options;
  if (environment.agents !== 2) {
    throw new ArgumentError('league', 'environment', 'have 2 seats', String(environment.agents));
  }
  checkNames('rows', rows);
  checkNames('columns', columns);
  const head = { environment: environment.name, plays, steps, discount, seed };
  const entries = { rows: entriesOf(rows), columns: entriesOf(columns) };
  if (from !== undefined) checkSame(from, head);
  const cells = from ? keptCells(from, entries.rows, entries.columns, Object.keys(measures)) : [];
  const find = ([row, column]: Contestants) =>
    cells.find((cell) => cell.row === row.name && cell.column === column.name);
  const pairs = rows.flatMap((row) =>
    columns.flatMap((column): Contestants[] => (isAgent(row) || isAgent(column) ? [[row, column]] : [])),
  );
  const table = (): League => ({ ...head, ...entries, cells: pairs.flatMap((pair) => find(pair) ?? []) });
  // All of them before the first is played, so that what does not fit is told at once.
  const games = pairs.map((pair) => {
    const policies = pair.map((c, seat) => (isAgent(c) ? c.network : uniformPolicy(environment, seat)));
    return sampledGame({ environment, policies, plays, steps, discount });
  });
  const playPair = players(signal);
  for (const [i, pair] of pairs.entries()) {
    if (find(pair) !== undefined) continue;
    if (signal?.aborted) break;
    const [row, column] = pair.map(({ name }) => name);
    try {
      const played = await playPair(pair, games[i], foldIn(foldIn(key(seed), code(row)), code(column)));
      const measured = Object.entries(measures).map(([name, of]) => [name, estimate(of(played))] as const);
      cells.push({ row, column, measures: Object.fromEntries(measured) });
    } catch (error) {
      if (signal?.aborted) break;
      throw error;
    }
    onCell?.(table(), pairs.length);
    await nextTurn();
  }
  return table();
}
