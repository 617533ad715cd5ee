/** `descant env`. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { main } from '../src/commands/program.ts';
import { temporaryFolder } from './helpers/descant.ts';

/** Runs the command in this process, which saves the start of another. */
async function descant(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const said = { stdout: '', stderr: '' };
  const spies = [
    vi.spyOn(console, 'log').mockImplementation((line) => {
      said.stdout += `${line}\n`;
    }),
    vi.spyOn(console, 'error').mockImplementation((line) => {
      said.stderr += `${line}\n`;
    }),
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      said.stderr += text;
      return true;
    }),
  ];
  try {
    const code = await main(args);
    return { code, ...said };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

const sound = `
import { coinGame, iteratedMatrixGame } from '@descant/envs';
export const shortGame = () => coinGame({ maxSteps: 3 });
export const dilemma = iteratedMatrixGame({ maxSteps: 2 });
`;

const broken = `
import { coinGame } from '@descant/envs';
const make = () => {
  const game = coinGame();
  const step = game.step.bind(game);
  game.step = (actions: never) => ({ ...step(actions), infos: {} });
  game.clone = make;
  return game;
};
export default make;
`;

const policy =
  'export const policy = (_observation: unknown, _random: unknown, agent: string) => agent === "agent_0" ? 1 : 4;';

describe('descant env', () => {
  test('list names every environment', async () => {
    const { code, stdout } = await descant(['env', 'list']);
    expect(code).toBe(0);
    expect(stdout).toContain(
      'switch4\n  the same with four agents\n  4 agents, actions Discrete(5), at most 50 steps\n',
    );
    expect(stdout).toContain('coin-game\n');
  });

  test('play shows each step as text, the same for the same seed', async () => {
    const play = () => descant(['env', 'play', 'switch2', '--steps', '2', '--seed', '3']);
    const [first, second] = [await play(), await play()];
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(
      /^\.1###2\.\n\.{7}\n\.\.###\.\.\n\nstep 1: agent_0 \d -> -0\.1, agent_1 \d -> -0\.1\n/,
    );
    expect(first.stdout).toContain(
      'switch2, seed 3: stopped after 2 steps; returns agent_0 -0.2, agent_1 -0.2',
    );
    expect(second.stdout).toBe(first.stdout);
  });

  test('play writes pictures', async () => {
    const folder = temporaryFolder();
    for (const [form, start] of [
      ['gif', 'GIF89a'],
      ['png', '\u0089PNG'],
      ['svg', '<svg xmlns'],
    ] as const) {
      const file = join(folder, `end.${form}`);
      const run = await descant([
        'env',
        'play',
        'coin-game',
        '--steps',
        '4',
        '--render',
        form,
        '--out',
        file,
      ]);
      expect(run.stderr).toBe('');
      expect(readFileSync(file, 'latin1').startsWith(start)).toBe(true);
    }
    const silent = await descant(['env', 'play', 'checkers', '--render', 'none']);
    expect(silent.stdout).toMatch(
      /^checkers, seed 0: over after \d+ steps; returns agent_0 [-\d.]+, agent_1 [-\d.]+\n$/,
    );
    expect(existsSync('checkers.none')).toBe(false);
  });

  test('play takes environments and policies from files', async () => {
    const at = (name: string) => join(folder, name);
    const folder = temporaryFolder({ 'games.ts': sound, 'policy.ts': policy });
    const own = await descant(['env', 'play', at('games.ts'), '--render', 'none']);
    expect(own.stdout).toMatch(/^iterated-prisoners-dilemma, seed 0: over after 2 steps/);
    const steered = await descant(['env', 'play', 'checkers', '--policy', at('policy.ts'), '--steps', '1']);
    expect(steered.stdout).toContain('step 1: agent_0 1 -> -10.01, agent_1 4 -> -0.01\nRYRYR1..\n');
    const nothing = await descant(['env', 'play', 'checkers', '--policy', at('games.ts')]);
    expect(nothing).toMatchObject({ code: 2 });
    expect(nothing.stderr).toContain(
      'games.ts must export a function `policy(observation, random, agent)`; it exports ',
    );
  });

  test('check passes what is sound and lists what is wrong', async () => {
    const at = (name: string) => join(folder, name);
    const folder = temporaryFolder({
      'sound.ts': sound,
      'broken.ts': broken,
      'empty.ts': 'export const x = 1;',
    });
    expect(await descant(['env', 'check', at('sound.ts')])).toMatchObject({
      code: 0,
      stdout: 'dilemma: no problems\nshortGame: no problems\n',
    });
    expect(await descant(['env', 'check', at('broken.ts')])).toMatchObject({
      code: 1,
      stdout:
        'default:\n  parallel: the keys of infos must be the agents that were live [agent_0, agent_1]; got []\n',
    });
    expect(await descant(['env', 'check', 'pendulum-v0'])).toMatchObject({
      code: 0,
      stdout: 'pendulum-v0: no problems\n',
    });
    const empty = await descant(['env', 'check', at('empty.ts')]);
    expect(empty.code).toBe(2);
    expect(empty.stderr).toContain('empty.ts must export an environment');
  });

  test('what does not exist is an error', async () => {
    const unknown = await descant(['env', 'play', 'chess']);
    expect(unknown).toMatchObject({
      code: 2,
      stderr: 'error: no environment is called chess; `descant env list` shows their names\n',
    });
    expect((await descant(['env', 'check', './none.ts'])).stderr).toBe('error: no file at ./none.ts\n');
    const greedy = await descant(['env', 'play', 'coin-game', '--policy', 'greedy']);
    expect(greedy.stderr).toBe('error: --policy must be random or a file; got greedy\n');
    const form = await descant(['env', 'play', 'coin-game', '--render', 'mp4']);
    expect(form.code).toBe(2);
    expect(form.stderr).toContain(
      "argument 'mp4' is invalid. Allowed choices are text, svg, png, gif, none.",
    );
  });
});
