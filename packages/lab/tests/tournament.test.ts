import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readResults } from '../src/results/files.ts';
import { descant, onlyRun, temporaryFolder } from './helpers/descant.ts';

const mine = `
import { type Game, naive, type Rule } from '@descant/autodiff-games';
import { add, at, mapTree, mul, neg, normal, split, square, sub, sum } from '@descant/tensor-ops';

interface Options { readonly share: number }

const slowed = ({ share }: Options): Rule => ({
  name: 'cautious',
  direction: (game, parameters, player) =>
    mapTree((d) => mul(d, share), naive().direction(game, parameters, player)),
});

export const cautious = slowed({ share: 0.5 });

const meeting: Game = {
  name: 'meeting',
  players: 2,
  values: ([x, y]) => [1, -1].map((home, player) => {
    const own = player === 0 ? x : y;
    return neg(add(sum(square(sub(x, y))), mul(sum(square(sub(own, home))), 0.1)));
  }),
  init: (key, dtype = 'float32') => [0, 1].map((player) => normal(at(split(key), player), [1], dtype)),
};
export default meeting;
`;
const quick = ['--pairs', '4', '--steps', '10', '--learning-rate', '0.1', '--out', 'runs'];
const returnsOf = (run: string) =>
  readResults(run).rows.flatMap(({ name }) => (name.endsWith('player 1 return') ? name : []));

describe("a user's own TypeScript file, in a folder with nothing else", () => {
  test('puts its rule into the standard tables and its game beside them', async () => {
    const folder = temporaryFolder({ 'mine.ts': mine });
    const said = await descant(
      ['tournament', '--rule', './mine.ts', '--game', './mine.ts', ...quick],
      folder,
    );
    expect(said.code, said.stderr).toBe(0);
    const names = returnsOf(onlyRun(join(folder, 'runs')));
    const inGroup = (group: string) => names.filter((name) => name.startsWith(`${group}: `));
    expect(['IPD', 'IMP', 'Chicken', 'meeting'].map((group) => inGroup(group).length)).toEqual([5, 5, 5, 15]);
    expect(inGroup('IPD')).toContain('IPD: LOLA(exact) vs cautious, player 1 return');
    expect(said.stdout).toContain('meeting: naive vs naive, player 1 return');
    expect(readFileSync(join(onlyRun(join(folder, 'runs')), 'report.html'), 'utf8')).toContain(
      '<h2>meeting</h2>',
    );
  });

  test('a rule with memory and random draws takes part, too', async () => {
    const heavy = `
import { naive, type UpdateRule } from '@descant/autodiff-games';
import { add, at, flatten, foldIn, mul, normal, split, unflatten } from '@descant/tensor-ops';

export const heavyBall: UpdateRule = {
  name: 'noisy heavy ball',
  randomised: true,
  init: (_game, parameters, player, key) => ({
    key: foldIn(key, player),
    ...Object.fromEntries(flatten(parameters[player]).leaves.map((x, i) => ['velocity' + i, mul(x, 0)])),
  }),
  update: (game, parameters, player, state, learningRate) => {
    const keys = split(state.key);
    const { leaves, structure } = flatten(naive().direction(game, parameters, player));
    const next = leaves.map((d, i) => {
      const noise = normal(foldIn(at(keys, 1), i), d.shape, d.dtype === 'float64' ? 'float64' : 'float32');
      return add(add(mul(state['velocity' + i], 0.5), d), mul(noise, 1e-3));
    });
    const before = flatten(parameters[player]).leaves;
    return {
      parameters: unflatten(structure, before.map((x, i) => add(x, mul(next[i], learningRate)))),
      state: { key: at(keys, 0), ...Object.fromEntries(next.map((v, i) => ['velocity' + i, v])) },
    };
  },
};
`;
    const folder = temporaryFolder({ 'heavy.ts': heavy });
    const said = await descant(['tournament', '--rule', 'heavy.ts', ...quick], folder);
    expect(said.code, said.stderr).toBe(0);
    const names = returnsOf(onlyRun(join(folder, 'runs')));
    expect(names).toContain('IPD: LOLA(exact) vs noisy heavy ball, player 1 return');
    expect(names).toHaveLength(15);
    const same = await descant(['rerun', onlyRun(join(folder, 'runs')), '--out', 'again'], folder);
    expect(same.stdout).toContain('identical: all');
  });

  test('a game alone meets the four standard rules', async () => {
    const folder = temporaryFolder({ 'mine.ts': mine });
    const said = await descant(['tournament', '--game', 'mine.ts', ...quick], folder);
    expect(said.code, said.stderr).toBe(0);
    expect(returnsOf(onlyRun(join(folder, 'runs')))).toHaveLength(10);
  });

  test('rerun repeats it, and says when the file has changed', async () => {
    const folder = temporaryFolder({ 'mine.ts': mine });
    await descant(['tournament', '--game', 'mine.ts', ...quick], folder);
    const run = onlyRun(join(folder, 'runs'));
    const same = await descant(['rerun', run, '--out', 'again'], folder);
    expect(same.stdout).toContain('identical: all 30 rows');
    expect(same.stdout).not.toContain('has changed');
    appendFileSync(join(folder, 'mine.ts'), '// a remark\n');
    const changed = await descant(['rerun', run, '--out', 'third'], folder);
    expect(changed.stdout).toContain('mine.ts has changed since this run was configured.');
    expect(changed.code).toBe(0);
  });
});

describe('a file that will not do is refused with exit code 2', () => {
  const wrongRule = mine.replace('mul(d, share)', 'sum(d)');
  const wrongGame = mine.replace('[1], dtype)', "[1], 'float32')");
  test.each([
    ['no file', ['--rule', 'none.ts'], 'error: no file at none.ts'],
    [
      'no rule in it',
      ['--rule', 'empty.ts'],
      'empty.ts must export a rule, an object { name, direction } or { name, init, update }; it exports x',
    ],
    [
      'no game in it',
      ['--game', 'empty.ts'],
      'must export a game, an object { name, players, values, init }',
    ],
    ['a syntax error', ['--rule', 'broken.ts'], 'broken.ts cannot be loaded: '],
    ['a rule that fails checkRule', ['--rule', 'wrong-rule.ts'], 'wrong-rule.ts fails its checks:'],
    ['a game that fails checkGame', ['--game', 'wrong-game.ts'], 'wrong-game.ts fails its checks:'],
    [
      'a name that is taken',
      ['--rule', 'taken.ts'],
      'the name of every rule must be its own; got naive twice',
    ],
  ])('%s', async (_, args, message) => {
    const folder = temporaryFolder({
      'empty.ts': 'export const x = 1;\n',
      'broken.ts': 'export const = ;\n',
      'wrong-rule.ts': wrongRule,
      'wrong-game.ts': wrongGame,
      'taken.ts': mine.replace("'cautious'", "'naive'"),
    });
    const { code, stdout, stderr } = await descant(['tournament', ...args, ...quick], folder);
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});
