/** A user's own rules and games head to head with the standard ones. */

import { resolve } from 'node:path';
import type { Game } from '@descant/autodiff-games';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { defineExperiment } from '../experiment.ts';
import { type AnyRule, type CellFinding, cellName, pairings, playCell } from '../head-to-head/cell.ts';
import { cellSection } from '../head-to-head/figures.ts';
import { cornerReturns, standardRules, tables } from '../head-to-head/games.ts';
import { divergenceNote } from '../head-to-head/notes.ts';
import { headToHeadOptions } from '../head-to-head/options.ts';
import { fileHash, loadGames, loadRules } from '../user-modules.ts';

const file = z.strictObject({ path: z.string().min(1), sha256: z.string().length(64) });
const config = z.strictObject({
  ...headToHeadOptions,
  /** Files that export rules, and files that export games. */
  rules: z.array(file).default([]),
  games: z.array(file).default([]),
  /** eta on the user's games, and the standard rules' alpha there. */
  learningRate: z.number().positive().default(1),
});
type Config = z.infer<typeof config>;

/** A configuration with files, whose paths become absolute and whose contents are hashed. */
export function tournamentConfig(
  given: object,
  files: { readonly rule: readonly string[]; readonly game: readonly string[] },
): object {
  if (files.rule.length + files.game.length === 0) {
    throw new UsageError('tournament needs a --rule or a --game');
  }
  const located = (paths: readonly string[]) =>
    paths.map((path) => ({ path: resolve(path), sha256: fileHash(path) }));
  return { ...given, rules: located(files.rule), games: located(files.game) };
}

/** A game with the rules that are to meet on it. */
interface Round {
  readonly group: string;
  readonly game: Game<unknown>;
  readonly pairs: readonly [AnyRule, AnyRule][];
  readonly rate: number;
  readonly target: (typeof tables)[number]['target'];
}

/** On the standard games the pairings with a rule of the user's; on the user's games all pairings. */
async function rounds(settings: Config): Promise<Round[]> {
  const own = (await Promise.all(settings.rules.map(({ path }) => loadRules(path)))).flat();
  const games = (await Promise.all(settings.games.map(({ path }) => loadGames(path)))).flat();
  refuseDuplicates('rule', [...standardRules(1), ...own]);
  refuseDuplicates('game', [...tables.map(({ label }) => ({ name: label })), ...games]);
  const wrong = games.find((game) => game.players !== 2);
  if (wrong) throw new UsageError(`tournament needs games of 2 players; ${wrong.name} has ${wrong.players}`);
  const hasOwn = (pair: readonly AnyRule[]) => pair.some((rule) => own.includes(rule));
  const pairsAt = (rate: number) => pairings([...standardRules(rate), ...own]);
  const standard = tables.map(
    ({ label, game, rate, target }): Round => ({
      group: label,
      game: game({}),
      pairs: pairsAt(rate).filter(hasOwn),
      rate,
      target,
    }),
  );
  const users = games.map((game): Round => {
    const rate = settings.learningRate;
    return { group: game.name, game, pairs: pairsAt(rate), rate, target: undefined };
  });
  return [...standard, ...users].filter(({ pairs }) => pairs.length > 0);
}

function refuseDuplicates(what: string, named: readonly { readonly name: string }[]): void {
  const names = named.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new UsageError(`tournament: the name of every ${what} must be its own; got ${twice} twice`);
  }
}

const changedFiles = ({ rules, games }: Config): string[] =>
  [...rules, ...games].filter(({ path, sha256 }) => fileHash(path) !== sha256).map(({ path }) => path);

export const tournament = defineExperiment<Config, CellFinding>({
  name: 'tournament',
  description: 'Your own rules and games head to head with naive learning and LOLA.',
  config,
  quick: { pairs: 64, steps: 100 },
  plan: async (settings, seed) =>
    (await rounds(settings)).flatMap(({ group, game, pairs, rate, target }) =>
      pairs.map((rules) => {
        const cell = { group, game, rules, learningRate: rate, steps: settings.steps };
        return {
          group,
          name: cellName(cell),
          run: () => playCell(target === undefined ? cell : { ...cell, target }, { ...settings, seed }),
        };
      }),
    ),
  notes: (settings, findings) => [
    `${settings.pairs} pairs, ${settings.steps} simultaneous steps. Learning rate and the standard rules’ opponent ` +
      `rate: 25 on IPD and IMP, 1 on Chicken, ${settings.learningRate} on your own games.`,
    ...changedFiles(settings).map((path) => `${path} has changed since this run was configured.`),
    divergenceNote(findings),
  ],
  sections: (_, findings) =>
    [...new Set(findings.map(({ group }) => group))].map((group) => {
      const cells = findings.filter((finding) => finding.group === group);
      const table = tables.find(({ label }) => label === group);
      const possible = table === undefined ? [] : cornerReturns(table.game({}));
      return cellSection(table?.title ?? group, 'Player 1 is blue, player 2 orange.', cells, possible);
    }),
});
