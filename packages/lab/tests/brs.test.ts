import { tracedIteratedMatrixGame } from '@descant/envs';
import { reinforce, sampledGame, simultaneous, tabularPolicy } from '@descant/marl-algos';
import { at, foldIn, jit, key, split, type Tensor } from '@descant/tensor-ops';
import { sgd } from '@descant/tensor-ops/optim';
import { describe, expect, it } from 'vitest';
import { brsIpd } from '../src/experiments/brs-ipd.ts';
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
