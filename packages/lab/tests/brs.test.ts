import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tracedIteratedMatrixGame } from '@descant/envs';
import { type League, reinforce, sampledGame, simultaneous, tabularPolicy } from '@descant/marl-algos';
import { at, foldIn, jit, key, split, type Tensor } from '@descant/tensor-ops';
import { sgd } from '@descant/tensor-ops/optim';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brsCoin } from '../src/experiments/brs-coin.ts';
import { brsIpd } from '../src/experiments/brs-ipd.ts';
import { brsCoinNotes, brsCoinRows } from '../src/marl/brs-coin-report.ts';
import { brsCoinBudget } from '../src/marl/brs-coin-training.ts';
import { manyRuns } from '../src/marl/many-runs.ts';

describe('many runs as one', () => {
  it('are what they are one by one', () => {
    const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 4 });
    const game = sampledGame({ environment, policies: tabularPolicy(5, 2), plays: 4 });
    const naive = reinforce(game, { optimizer: sgd({ learningRate: 1 }) });
    const algorithm = simultaneous(game, [naive, naive]);
    const first = (states: typeof begun) => states[0].parameters as Tensor;
    const begun = algorithm.init(at(split(key(0), 2), 1));
    const many = manyRuns(algorithm, {
      runs: 2,
      updates: 3,
      watch: (states) => ({ start: at(at(first(states), 0), 0) }),
    });
    const { state, metrics } = jit(many.update)(many.init(key(0)), key(1));
    const update = jit(algorithm.update);
    const single = [0, 1, 2].reduce(
      (present, t) => update(present, at(split(foldIn(key(1), t), 2), 1)).state,
      begun,
    );
    const together = first(state);
    first(single).data.forEach((x, i) => {
      expect(Math.abs(x - together.data[5 + i])).toBeLessThan(1e-5);
    });
    expect(metrics.start.item()).toBeCloseTo((together.data[0] + together.data[5]) / 2, 5);
    expect(Object.keys(metrics).toSorted()).toEqual(['0.reward', '1.reward', 'start']);
  });
});

describe('brs-ipd', () => {
  it('reports policies beside the figure’s, and how many runs learn them', async () => {
    const plan = await brsIpd.plan({ runs: 2, updates: 50, plays: 4 }, 0);
    for (const task of plan.tasks) await task.run();
    const rows = plan.rows();
    expect(rows.filter(({ paper }) => paper !== null).map(({ name, paper }) => [name, paper])).toEqual([
      ...[0, 1, 0, 1, 0].map((p, i) => [`BRS: P(cooperate | ${['start', 'CC', 'CD', 'DC', 'DD'][i]})`, p]),
      ...[1, 1, 0, 1, 0].map((p, i) => [`BRS-SP: P(cooperate | ${['start', 'CC', 'CD', 'DC', 'DD'][i]})`, p]),
    ]);
    const counts = rows.filter(({ unit }) => unit === 'runs');
    expect(counts.map(({ name }) => name)).toEqual([
      'BRS: runs that learn CTFT, nearest strategy',
      'BRS: runs that learn CTFT, within 0.25',
      'BRS-SP: runs that learn TFT, nearest strategy',
      'BRS-SP: runs that learn TFT, within 0.25',
    ]);
    // 50 updates with a rate of 3e-4 leave the policies near 1/2.
    expect(counts.filter(({ name }) => name.endsWith('0.25')).map(({ measured }) => measured)).toEqual([
      0, 0,
    ]);
    expect(plan.sections().map(({ figures }) => figures.length)).toEqual([2, 2]);
  });
});

describe('brs-coin', () => {
  const quick = { ...brsCoin.quick, budget: 0.001 };
  const contextIn = (folder: string | undefined) => ({
    signal: new AbortController().signal,
    progress: () => {},
    folder,
  });

  it('makes batch and updates of a budget', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.5, max: 1e4, noNaN: true }),
        fc.integer({ min: 1, max: 5 }),
        (budget, seeds) => {
          const settings = { budget, seeds, samples: 4, network: 'gru', units: 32, learningRate: 1 } as const;
          const { minutes, plays, updates } = brsCoinBudget(settings);
          expect(minutes * 2 * seeds).toBeCloseTo(budget, 6);
          expect(plays).toBeLessThanOrEqual(128);
          // 6 milliseconds a play, as measured; less than one update is lost.
          const spent = (updates * plays * 6) / 60_000;
          expect(spent).toBeLessThanOrEqual(minutes * (1 + 1e-9));
          expect(minutes - spent).toBeLessThan((plays * 6) / 60_000 + 1e-9);
          expect(brsCoinBudget({ ...settings, samples: 16 }).updates).toBeLessThan(updates);
        },
      ),
    );
  });

  it('a league goes on with the agents of an earlier process, and marks what is reached', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'descant-'));
    const first = await brsCoin.plan(quick, 0);
    for (const task of first.tasks.slice(0, -1)) await task.run(contextIn(folder));
    expect(
      readdirSync(folder)
        .filter((name) => name.endsWith('.agent.safetensors'))
        .toSorted(),
    ).toEqual(['BRS-1', 'BRS-SP-1', 'naive-1'].map((n) => `${n}.agent.safetensors`));
    const second = await brsCoin.plan(quick, 0);
    const last = second.tasks[second.tasks.length - 1];
    await expect(last.run(contextIn(undefined))).rejects.toThrow('brs-coin: the league needs the agent');
    await last.run(contextIn(folder));
    const names = second.rows().map(({ name }) => name);
    expect(names).toContain('BRS-SP: own-coin ratio with itself');
    expect(names).toContain('naive: reward against mcts 2, c 0.5');
    expect(names).toContain('BRS: reward of always-defect');
    expect(second.notes().at(-1)).toMatch(
      'by two standard errors: BRS needs two seeds, BRS-SP needs two seeds.',
    );
  });
});

describe('what a league says', () => {
  /** Two seeds of each method; all plays of a pair went as given. */
  const table = (ratio: (row: string) => number, reward: (row: string, column: string) => number): League => {
    const rows = ['BRS-1', 'BRS-2', 'BRS-SP-1', 'BRS-SP-2', 'naive-1', 'naive-2', 'POLA'];
    const columns = [...rows, 'mcts 9'];
    const twice = (a: number, b: number) => [a, b].map((mean) => ({ mean, standardError: 0, n: 2 }));
    const entries = (names: readonly string[]) => names.map((name) => ({ name, fingerprint: name }));
    return {
      environment: 'coin-game',
      plays: 2,
      steps: 50,
      discount: 0.96,
      seed: 0,
      rows: entries(rows),
      columns: entries(columns),
      cells: rows.flatMap((row) =>
        columns.map((column) => ({
          row,
          column,
          measures: {
            reward: twice(reward(row, column), reward(column, row)),
            'own-coin ratio': twice(ratio(row), ratio(column)),
          },
        })),
      ),
    };
  };
  const ratios: Readonly<Record<string, number>> = {
    'BRS-1': 0.5,
    'BRS-2': 0.9,
    'BRS-SP-1': 0.8,
    'BRS-SP-2': 0.9,
    'naive-1': 0.5,
    'naive-2': 0.52,
    POLA: 0.8,
  };
  const settings = { budget: 1, seeds: 2, samples: 4, network: 'gru', units: 8, learningRate: 0.01 } as const;
  /** MCTS gets least out of BRS-SP and most out of BRS. */
  const gain = (row: string, column: string) =>
    row === 'mcts 9' ? ({ 'BRS-1': 0.5, 'BRS-2': 0.4, POLA: 0.3 }[column] ?? 0.1) : 0.16;

  it('is reckoned over the seeds', () => {
    const rows = brsCoinRows(table((name) => ratios[name] ?? 0.5, gain));
    const find = (name: string) => rows.find((row) => row.name === name);
    const more = find('own-coin ratio, BRS-SP minus naive');
    expect(more?.measured).toBeCloseTo(0.34, 12);
    // Standard errors 0.05 and 0.01 of two seeds each.
    expect(more?.standardError).toBeCloseTo(Math.hypot(0.05, 0.01), 12);
    expect(find('BRS: reward of mcts 9')?.measured).toBeCloseTo(0.45, 12);
    expect(find('POLA: reward of mcts 9')).toMatchObject({ measured: 0.3, standardError: null, n: 1 });
  });

  it('is marked reached or not', () => {
    const notes = brsCoinNotes(
      settings,
      table((name) => ratios[name] ?? 0.5, gain),
    );
    expect(notes.at(-1)).toBe(
      'Own-coin ratio above naive learners’ by two standard errors: BRS not reached, BRS-SP reached. Reward of .15 per step ' +
        'of BRS-SP with itself: reached. MCTS gets less from them than from POLA: BRS not reached, BRS-SP reached.',
    );
    expect(brsCoinNotes(settings, undefined).at(-1)).toBe('No league was played yet.');
  });
});
