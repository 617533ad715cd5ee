/** `descant league`: agents against agents and opponents, resumable. */
import { isDeepStrictEqual } from 'node:util';
import { type League, league } from '@descant/marl-algos';
import { type Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { contestant } from '../league/contestants.ts';
import { leagueGame } from '../league/games.ts';
import { leagueFigures, leagueText, readLeague, writeLeague } from '../league/table.ts';
import { interruptible, showProgress } from '../music/perform.ts';
import { pngOf } from '../report/plot.ts';
import { toJson, writeAtomically } from '../results/files.ts';
import type { WholeNumber } from './compose.ts';

interface Flags {
  readonly env: string;
  readonly set: Readonly<Record<string, unknown>>;
  readonly rows: string[];
  readonly columns: string[];
  readonly plays: number;
  readonly steps?: number;
  readonly discount: number;
  readonly seed: number;
  readonly out: string;
  readonly svg?: string;
  readonly png?: string;
  readonly json?: true;
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError('It must be a number from 0 to 1.');
  return value;
}

/** Refuses to write a table over one with contestants that it lacks. */
function checkNobodyLost(
  out: string,
  before: League,
  sides: readonly (readonly { readonly name: string }[])[],
): void {
  [before.rows, before.columns].forEach((entries, seat) => {
    const lost = entries.find(({ name }) => !sides[seat].some((now) => now.name === name));
    if (lost === undefined) return;
    throw new UsageError(
      `${out} has ${lost.name} at seat ${seat}: name all of its contestants, or another --out`,
    );
  });
}

/** Plays the league of the flags; what is missing in the file that it goes on with. */
async function play(both: readonly string[], flags: Flags, signal: AbortSignal): Promise<League> {
  const { env, plays, steps, discount, seed, out } = flags;
  const options = z.record(z.string(), z.json()).parse(flags.set);
  const game = leagueGame(env, options);
  const before = readLeague(out);
  if (before !== undefined && !isDeepStrictEqual(before.options, options)) {
    const [was, is] = [before.options, options].map((value) => JSON.stringify(value));
    throw new UsageError(`${out} is of a league with the options ${was}, not ${is}`);
  }
  const sides = [flags.rows, flags.columns].map((given, seat) => {
    const specs = [...both, ...given];
    if (specs.length === 0) throw new UsageError('name at least one contestant for each side');
    return specs.map((spec) =>
      contestant(spec, game, seat, (done, all) => showProgress(`${spec}: ${done} of ${all}`)),
    );
  });
  if (before !== undefined) checkNobodyLost(out, before.league, sides);
  return league({
    environment: game.environment,
    rows: sides[0],
    columns: sides[1],
    plays,
    discount,
    seed,
    measures: game.measures,
    signal,
    ...(steps === undefined ? {} : { steps }),
    ...(before === undefined ? {} : { from: before.league }),
    onCell: (table, total) => {
      writeLeague(out, table, options);
      showProgress(`${table.cells.length} of ${total} pairs`);
    },
  });
}

/** Adds `descant league`; `exit` is told the exit code. */
export function addLeagueCommand(
  program: Command,
  wholeNumber: WholeNumber,
  assign: (text: string, before: Record<string, unknown>) => Record<string, unknown>,
  exit: (code: number) => void,
): void {
  const append = (spec: string, before: string[]): string[] => [...before, spec];
  program
    .command('league')
    .description('agents against each other and against fixed, searching and trained opponents')
    .argument(
      '[contestants...]',
      'on both sides: files of agents (red.safetensors,blue.safetensors for each seat its own; name=file for ' +
        'another name), always-cooperate, always-defect, tit-for-tat, random, mcts:1000, trained:300',
    )
    .option('--env <name>', 'the environment', 'coin-game')
    .option('--set <option=value>', 'an option of the environment; repeatable', assign, {})
    .option('--rows <contestant>', 'at seat 0 only; repeatable', append, [])
    .option('--columns <contestant>', 'at seat 1 only; repeatable', append, [])
    .option('--plays <n>', 'plays of each pair', wholeNumber, 32)
    .option('--steps <n>', 'steps of a play; default: the environment’s', wholeNumber)
    .option('--discount <x>', 'of what searching and trained opponents maximise', share, 0.96)
    .option('--seed <n>', 'seed of all random numbers', wholeNumber, 0)
    .option('--out <file>', 'the table; pairs that it holds are not played again', 'league.json')
    .option('--svg <file>', 'heat maps; `-0` and `-1` before the ending for the two seats')
    .option('--png <file>', 'the same as PNG')
    .option('--json', 'print the table as JSON')
    .action(async (both: string[], flags: Flags) => {
      let interrupted = false;
      const table = await interruptible(async (signal) => {
        const result = await play(both, flags, signal);
        interrupted = signal.aborted;
        return result;
      });
      showProgress('');
      for (const [seat, { svg }] of leagueFigures(table, 'reward').entries()) {
        const path = (file: string) => file.replace(/(\.\w+)?$/, `-${seat}$1`);
        if (flags.svg !== undefined) writeAtomically(path(flags.svg), svg);
        if (flags.png !== undefined) writeAtomically(path(flags.png), await pngOf(svg));
      }
      console.log(flags.json ? toJson(table) : leagueText(table));
      console.error(
        interrupted
          ? `interrupted after ${table.cells.length} pairs; the same command goes on with ${flags.out}`
          : `${table.plays} plays of each pair, seed ${table.seed}: ${flags.out}`,
      );
      if (interrupted) exit(130);
    });
}
