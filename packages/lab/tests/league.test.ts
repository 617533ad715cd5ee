/** `descant league`. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gruNetwork, type League, tabularPolicy, writeAgent } from '@descant/marl-algos';
import { key } from '@descant/tensor-ops';
import { describe, expect, test, vi } from 'vitest';
import { main } from '../src/commands/program.ts';
import { temporaryFolder } from './helpers/descant.ts';

/** Runs `descant league` in this process, in a folder of its own. */
async function play(folder: string, ...args: string[]) {
  const said = { stdout: '', stderr: '' };
  const listen = (stream: 'log' | 'error', to: keyof typeof said) =>
    vi.spyOn(console, stream).mockImplementation((line) => {
      said[to] += `${line}\n`;
    });
  const spies = [listen('log', 'stdout'), listen('error', 'stderr')];
  const out = join(folder, 'league.json');
  try {
    const code = await main(['league', ...args, '--out', out]);
    return { code, ...said, out };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

const dilemma = ['--env', 'iterated-prisoners-dilemma', '--steps', '5', '--plays', '8'];
const table = tabularPolicy(5, 2);

/** A folder with two tables for the dilemma and an agent of the coin game. */
function agents() {
  const folder = temporaryFolder();
  const keep = (name: string, bytes: Uint8Array) => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };
  const gru = gruNetwork({ inputShape: [4, 3, 3], units: 4, outputs: 4 });
  return {
    folder,
    one: keep('one.agent.safetensors', writeAgent(table, table.init(key(1)))),
    two: keep('two.safetensors', writeAgent(table, table.init(key(2)))),
    coins: keep('coins.safetensors', writeAgent(gru, gru.init(key(3)))),
  };
}

const leagueIn = (path: string): League => JSON.parse(readFileSync(path, 'utf8')).league;

describe('descant league', () => {
  test('prints a table, and leaves it with pictures', async () => {
    const { folder } = agents();
    const svg = join(folder, 'map.svg');
    const png = join(folder, 'map.png');
    const names = ['always-defect', 'tit-for-tat', '--columns', 'always-cooperate'];
    const { code, stdout, stderr, out } = await play(
      folder,
      ...dilemma,
      ...names,
      '--svg',
      svg,
      '--png',
      png,
    );
    expect(code).toBe(0);
    expect(stderr).toBe(`8 plays of each pair, seed 0: ${out}\n`);
    expect(stdout.split('\n')[0].split(/\s{2,}/)).toEqual([
      'reward',
      'always-defect',
      'tit-for-tat',
      'always-cooperate',
    ]);
    expect(stdout).toContain('-2.20 ± 0.00 | -1.60 ± 0.00');
    expect(stdout).toContain('\ncooperation ');
    expect(leagueIn(out).cells.length).toBe(6);
    for (const seat of [0, 1]) {
      expect(readFileSync(join(folder, `map-${seat}.svg`), 'utf8')).toContain('always-cooperate');
      expect(
        readFileSync(join(folder, `map-${seat}.png`))
          .subarray(1, 4)
          .toString(),
      ).toBe('PNG');
    }
  });

  test('loads agents, for each seat its own file where two are given', async () => {
    const { folder, one, two } = agents();
    const mixed = `mixed=${one},${two}`;
    const { out } = await play(folder, ...dilemma, one, two, mixed);
    const { rows, columns } = leagueIn(out);
    expect(rows.map(({ name }) => name)).toEqual(['one', 'two', 'mixed']);
    expect(rows[2].fingerprint).toBe(rows[0].fingerprint);
    expect(columns[2].fingerprint).toBe(columns[1].fingerprint);
    expect(rows[0].fingerprint).not.toBe(rows[1].fingerprint);
  });

  test('goes on after an interruption with what is missing', async () => {
    const { folder, one, two } = agents();
    const names = [one, two, 'always-defect', 'mcts:20'];
    const whole = await play(folder, ...dilemma, ...names);
    const other = temporaryFolder();
    const waiting = setInterval(() => {
      if (existsSync(join(other, 'league.json'))) process.emit('SIGINT');
    }, 0);
    const part = await play(other, ...dilemma, ...names).finally(() => clearInterval(waiting));
    expect(part.code).toBe(130);
    const done = leagueIn(part.out).cells.length;
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(15);
    expect(part.stderr).toContain(
      `interrupted after ${done} pairs; the same command goes on with ${part.out}`,
    );
    const rest = await play(other, ...dilemma, ...names);
    expect(rest.code).toBe(0);
    expect(leagueIn(rest.out)).toEqual(leagueIn(whole.out));
    expect(rest.stdout).toBe(whole.stdout);
  });

  test('plays the coin game with searching and trained opponents', async () => {
    const { folder, coins } = agents();
    const contestants = [coins, '--columns', 'mcts:5', '--columns', 'trained:1'];
    const { code, stdout, out } = await play(
      folder,
      ...contestants,
      '--plays',
      '2',
      '--steps',
      '2',
      '--json',
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(leagueIn(out));
    const { columns, cells } = leagueIn(out);
    expect(columns.map(({ name }) => name)).toEqual(['coins', 'mcts 5, c 0.5', 'trained 1']);
    expect(cells.map(({ measures }) => Object.keys(measures))).toEqual(
      Array(3).fill(['reward', 'own-coin ratio']),
    );
  });

  test('says what is wrong', async () => {
    const { folder, one, coins } = agents();
    const complaint = async (...args: string[]) => (await play(folder, ...args)).stderr;
    expect(await complaint(...dilemma, 'nobody')).toBe(
      'error: no contestant is called nobody; there are always-cooperate, always-defect, tit-for-tat, ' +
        'cynic-tit-for-tat, random, mcts:<n>, trained:<n>, and files of agents (*.safetensors)\n',
    );
    expect(await complaint(...dilemma, 'gone.safetensors')).toBe('error: no file at gone.safetensors\n');
    expect(await complaint('--env', 'pong', 'random')).toContain(
      'no leagues are played in pong; there are coin-game,',
    );
    expect(await complaint(...dilemma, '--rows', 'random')).toBe(
      'error: name at least one contestant for each side\n',
    );
    expect(await complaint(...dilemma, coins)).toBe(
      'error: readAgent: network must be gru 36-4-4; got gru 5-4-2\n',
    );
    await play(folder, ...dilemma, one);
    expect(await complaint(...dilemma, 'random')).toBe(
      `error: ${join(folder, 'league.json')} has one at seat 0: name all of its contestants, or another --out\n`,
    );
    expect(await complaint(...dilemma, one, '--seed', '1')).toBe(
      'error: league: from.seed must be 1; got 0\n',
    );
    expect(await complaint(...dilemma, one, '--set', 'perspective=joint')).toContain(
      'is of a league with the options {}, not {"perspective":"joint"}',
    );
    writeFileSync(join(folder, 'league.json'), '{"format":"descant league","version":2}');
    expect(await complaint(...dilemma, one)).toContain('version');
  });
});
