import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { readDescription, readResults, toJson } from '../src/results/files.ts';
import { parseResults } from '../src/results/schema.ts';
import { descant, onlyRun, outcome, startDescant, temporaryFolder } from './helpers/descant.ts';

const quick = ['--pairs', '4', '--steps', '5'];

test('--full is for experiments with a larger run than the default, and not with --quick', async () => {
  const folder = temporaryFolder();
  const none = await descant(['reproduce', 'lola-exact', '--full'], folder);
  expect([none.code, none.stderr.trim()]).toEqual([
    2,
    'error: --full: lola-exact has no larger run than its default',
  ]);
  const both = await descant(['reproduce', 'coconet-samplers', '--full', '--quick'], folder);
  expect(both.code).toBe(2);
  expect(both.stderr).toContain("option '--full' cannot be used with option '--quick'");
  expect((await descant(['list'], folder)).stdout).toContain('--full: gibbs 100, samples 100');
});

/** A finished run of a few pairs in a folder of its own, and what the command said. */
async function quickRun(...flags: string[]) {
  const folder = temporaryFolder();
  const said = await descant(['reproduce', 'lola-exact', ...quick, ...flags, '--out', 'runs'], folder);
  expect(said.code, said.stderr).toBe(0);
  return { folder, said, run: onlyRun(join(folder, 'runs')) };
}

describe('a command that cannot be understood exits with 2 and one clear message', () => {
  test.each([
    [['reproduce', 'lola'], 'error: unknown experiment "lola"; known experiments: lola-exact, '],
    [['reproduce'], "error: missing required argument 'experiment'"],
    [['reproduce', 'lola-exact', '--pairs', 'many'], "argument 'many' is invalid. It must be a whole number"],
    [['reproduce', 'lola-exact', '--pairs', '1'], 'error: lola-exact: pairs: Too small'],
    [['reproduce', 'lola-exact', '--seed', '-1'], "argument '-1' is invalid"],
    [['reproduce', 'lola-exact', '--precision', 'float16'], 'Allowed choices are float32, float64.'],
    [
      ['reproduce', 'logistic-basins', '--pairs', '4'],
      'error: logistic-basins has no option pairs; it has side',
    ],
    [['reproduce', 'lola-exact', '--colour'], "error: unknown option '--colour'"],
    [['rerun', 'nowhere'], 'error: no run at nowhere'],
    [['compare', 'nowhere', 'elsewhere'], 'error: no run at nowhere'],
    [['tournament'], 'error: tournament needs a --rule or a --game'],
    [['dance'], "error: unknown command 'dance'"],
  ])('%j', async (args, message) => {
    const folder = temporaryFolder();
    const { code, stdout, stderr } = await descant(args, folder);
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.match(/error:/g)).toHaveLength(1);
    expect(readdirSync(folder)).toEqual([]);
  });
});

test('--version and list', async () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'));
  expect((await descant(['--version'])).stdout.trim()).toBe(version);
  const { code, stdout } = await descant(['list']);
  expect(code).toBe(0);
  expect(stdout).toContain('lola-exact');
  expect(stdout).toContain('options: side 29');
});

describe('reproduce', () => {
  test('prints the table, with progress on standard error, and leaves the files', async () => {
    const { said, run } = await quickRun();
    expect(said.stdout).toMatch(/IPD: LOLA\(exact\) vs LOLA\(exact\), player 1 return +-1\.09 +-\d\.\d+ ± /);
    expect(said.stdout).toContain(`report:  ${join('runs', run.split('/').at(-1)!, 'report.html')}`);
    expect(said.stdout).toContain('Diverged pairs: none.');
    expect(said.stderr).toMatch(/IPD █+ 10\/10/);
    expect(readdirSync(run).sort()).toEqual([
      'config.json',
      'figures',
      'findings',
      'metrics.jsonl',
      'report.html',
      'results.json',
    ]);
    expect(readResults(run).rows.filter(({ paper }) => paper !== null).length).toBe(44);
    for (const line of readFileSync(join(run, 'metrics.jsonl'), 'utf8').trim().split('\n')) {
      expect(Object.keys(JSON.parse(line))).toEqual([
        'group',
        'cell',
        'step',
        'player',
        'mean',
        'standardError',
      ]);
    }
  });

  test('--json prints results.json and nothing else', async () => {
    const { said, run } = await quickRun('--json', '--seed', '3', '--precision', 'float32');
    expect(said.stdout).toBe(readFileSync(join(run, 'results.json'), 'utf8'));
    expect(parseResults(said.stdout, 'stdout')).toMatchObject({
      experiment: 'lola-exact',
      seed: 3,
      config: { pairs: 4, steps: 5, precision: 'float32' },
    });
    expect(said.stderr).toContain(join('runs', 'lola-exact-'));
  });
});

describe('an interrupted run', () => {
  /** Starts the full experiment and waits until at least one cell is in its results. */
  async function startAndWait(terminal = false) {
    const folder = temporaryFolder();
    const child = startDescant(['reproduce', 'lola-exact', '--out', 'runs'], folder, terminal);
    const said = outcome(child);
    const runs = join(folder, 'runs');
    const hasRows = () => {
      const file =
        existsSync(runs) && readdirSync(runs).length > 0 ? join(onlyRun(runs), 'results.json') : '';
      return existsSync(file) && readResults(file).rows.length > 0;
    };
    while (child.exitCode === null && !hasRows()) await wait(20);
    return { child, said, runs };
  }

  // On a terminal other code listens to interrupts, too, to give back the cursor.
  test.each([
    ['through pipes', false],
    ['on a terminal', true],
  ])('by Ctrl-C %s: valid partial results, where they are, exit code 130', async (_, terminal) => {
    const { child, said, runs } = await startAndWait(terminal);
    child.kill('SIGINT');
    const { code, stderr } = await said;
    expect(code).toBe(130);
    const run = onlyRun(runs);
    const results = readResults(run);
    expect(results.partial).toBe(true);
    expect(results.rows.length % 7).toBe(0);
    expect(stderr).toContain(`interrupted: ${join('runs', run.split('/').at(-1)!, 'results.json')} is valid`);
    expect(readdirSync(run).filter((file) => file.endsWith('.tmp'))).toEqual([]);
  });

  test('killed outright: the results of the cells done before are valid all the same', async () => {
    const { child, said, runs } = await startAndWait();
    child.kill('SIGKILL');
    expect((await said).code).toBeNull();
    const results = readResults(onlyRun(runs));
    expect(results.partial).toBe(true);
    expect(results.rows.length).toBeGreaterThan(0);
  });

  test('a run that is not interrupted is not partial', async () => {
    const { run } = await quickRun();
    expect(readResults(run).partial).toBeUndefined();
  });
});

describe('rerun', () => {
  test('reproduces results.json byte for byte', async () => {
    const { folder, run } = await quickRun('--seed', '11');
    const { code, stdout } = await descant(['rerun', run, '--out', 'again'], folder);
    expect(stdout).toContain('identical: all');
    expect(code).toBe(0);
    const bytes = (path: string) => readFileSync(join(path, 'results.json'), 'utf8');
    expect(bytes(onlyRun(join(folder, 'again')))).toBe(bytes(run));
  });

  test('names rows that differ, and versions that did, and exits with 1', async () => {
    const { folder, run } = await quickRun();
    const results = readResults(run);
    const [first, ...rest] = results.rows;
    const altered = { ...first, measured: (first.measured ?? 0) + 1e-12 };
    writeFileSync(join(run, 'results.json'), toJson({ ...results, rows: [altered, ...rest] }));
    const description = readDescription(run);
    const versions = { ...description.versions, descant: '9.9.9' };
    writeFileSync(join(run, 'config.json'), toJson({ ...description, versions, executor: 'abacus' }));
    const { code, stdout } = await descant(['rerun', run, '--out', 'again'], folder);
    expect(code).toBe(1);
    expect(stdout).toMatch(/version of descant: 9\.9\.9 then, \S+ now/);
    expect(stdout).toMatch(/executor: abacus then, \S+ now/);
    expect(stdout).toContain(`different: 1 of ${results.rows.length} rows`);
    expect(stdout).toContain(`\n  ${first.name}\n`);
  });
});

test('compare prints differences with standard errors and says what is shared', async () => {
  const { folder, run } = await quickRun();
  const other = await descant(['reproduce', 'lola-exact', ...quick, '--seed', '1', '--out', 'other'], folder);
  expect(other.code).toBe(0);
  const second = onlyRun(join(folder, 'other'));
  const { code, stdout } = await descant(['compare', run, join(second, 'results.json')], folder);
  expect(code).toBe(0);
  const [a, b] = [run, second].map((path) => readResults(path).rows[0]);
  const line = stdout.split('\n').find((text) => text.startsWith(a.name)) ?? '';
  const [, difference, error] = /(-?[\d.]+) ± ([\d.]+) +return$/.exec(line) ?? [];
  expect(Number(difference)).toBeCloseTo((b.measured ?? 0) - (a.measured ?? 0), 2);
  expect(Number(error)).toBeCloseTo(Math.hypot(a.standardError ?? 0, b.standardError ?? 0), 2);
  expect(stdout).not.toContain('share their seed');
  const same = await descant(['compare', run, run], folder);
  expect(same.stdout).toContain('A and B share their seed and configuration');
});
