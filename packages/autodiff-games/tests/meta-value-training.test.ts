import { at, flatten, jsExecutor, key } from '@descant/tensor-ops';
import { recordToTree, treeToRecord } from '@descant/tensor-ops/io';
import { describe, expect, test } from 'vitest';
import {
  iteratedPrisonersDilemma,
  logisticGame,
  lola,
  type MetaValueSettings,
  type MetaValueState,
  matrixGame,
  metaValuePlay,
  metaValuePresets,
  metaValueTraining,
  naive,
} from '../src/index.ts';

const ipd = iteratedPrisonersDilemma();

const tiny: MetaValueSettings = {
  ...metaValuePresets.thesisText({ learningRate: 25, opponent: 'metaValue', symmetricGame: true }),
  batch: 3,
  horizon: 4,
  stride: 2,
  quantiles: 4,
  network: { units: 6, residualBlocks: 1, encoder: 'thesis', input: 'probabilities', last: 'tanh' },
};

describe('metaValueTraining', () => {
  const leaves = (state: MetaValueState) => flatten(state).leaves.flatMap((l) => [...l.data]);

  test('two loops in one call are two calls of one, and a saved state goes on as if it had not been', () => {
    const [one, two] = [1, 2].map((loops) => metaValueTraining(ipd, tiny, { loops, executor: jsExecutor }));
    const start = one.init(key(0));
    const first = one.run(start);
    const saved = recordToTree(treeToRecord(first.state), start);
    const second = one.run(saved);
    const both = two.run(two.init(key(0)));
    leaves(both.state).forEach((v, i) => {
      expect(v).toBeCloseTo(leaves(second.state)[i], 5);
    });
    expect(both.progress.loss.data[1]).toBeCloseTo(second.progress.loss.data[0], 5);
    expect(leaves(one.run(start).state)).toEqual(leaves(first.state));
    expect(leaves(one.run(one.init(key(1))).state)).not.toEqual(leaves(first.state));
  });

  test('the target network follows with its inertia', () => {
    const trained = (inertia: number) => {
      const training = metaValueTraining(ipd, { ...tiny, inertia }, { executor: jsExecutor });
      const start = training.init(key(0));
      return { start, end: training.run(start).state };
    };
    const flat = (tree: unknown) => flatten(tree).leaves.flatMap((l) => [...l.data]);
    const still = trained(1);
    expect(flat(still.end.target)).toEqual(flat(still.start.parameters));
    expect(flat(still.end.parameters)).not.toEqual(flat(still.start.parameters));
    const [at0, at99] = [trained(0).end, trained(0.99).end];
    expect(flat(at0.target)).toEqual(flat(at0.parameters));
    expect(flat(at99.target)).not.toEqual(flat(at99.parameters));
  });

  test.each([
    ['U', 'none'],
    ['U', 'network'],
    ['V', 'surrogate'],
  ] as const)(
    '%s with exploration %s trains finitely, whoever the opponent is',
    (formulation, exploration) => {
      for (const opponent of ['metaValue', naive(), lola({ kind: 'exact', opponentRate: 25 })] as const) {
        const settings = { ...tiny, formulation, exploration, opponent, batch: 2 };
        const training = metaValueTraining(ipd, settings, { executor: jsExecutor });
        const { state, progress } = training.run(training.init(key(0)));
        expect([...progress.loss.data, ...leaves(state)].every(Number.isFinite)).toBe(true);
      }
    },
  );

  test('without discount V learns the game itself', () => {
    const game = logisticGame();
    const settings: MetaValueSettings = {
      ...metaValuePresets.thesisLogistic(),
      discount: 0,
      learningRate: 0,
      horizon: 1,
      stride: 1,
      batch: 64,
      quantiles: 1,
      adam: { learningRate: 1e-2, beta2: 0.99, weightDecay: 0 },
      network: { units: 16, residualBlocks: 1, encoder: 'thesis', input: 'parameters', last: 'gelu' },
    };
    const training = metaValueTraining(game, settings, { loops: 400 });
    const { state } = training.run(training.init(key(0)));
    const play = metaValuePlay(game, settings, { pairs: 256, steps: 1 });
    const errors = (parameters: MetaValueState['parameters']) => {
      // The reward of the only step is the value at the start, which V(x_0) misses by the error.
      const { values, error } = play(parameters, key(1));
      const spread = [...at(values, 0).data];
      const middle = spread.reduce((a, b) => a + b) / spread.length;
      return {
        error: Math.sqrt([...error.data].reduce((a, e) => a + e ** 2, 0) / error.size),
        spread: Math.sqrt(spread.reduce((a, v) => a + (v - middle) ** 2, 0) / spread.length),
      };
    };
    const [before, after] = [errors(training.init(key(0)).parameters), errors(state.parameters)];
    expect(after.error).toBeLessThan(0.3 * after.spread);
    expect(before.error).toBeGreaterThan(0.5 * before.spread);
  });

  test('refuses settings and games that do not fit', () => {
    const refusal = (change: Partial<MetaValueSettings>) => () =>
      metaValueTraining(ipd, { ...tiny, ...change });
    expect(refusal({ horizon: 5 })).toThrow(
      'metaValueTraining: horizon must be a multiple of stride = 2; got 5',
    );
    expect(refusal({ batch: 0 })).toThrow(
      'metaValueTraining: batch must be a whole number of at least 1; got 0',
    );
    expect(refusal({ lambda: -1 })).toThrow('metaValueTraining: lambda must lie in [0, 1]; got -1');
    expect(refusal({ flipProbability: 2 })).toThrow(
      'metaValueTraining: flipProbability must lie in [0, 1]; got 2',
    );
    expect(refusal({ huberThreshold: 0 })).toThrow(
      'metaValueTraining: huberThreshold must be positive; got 0',
    );
    // From JavaScript, whatever the types say.
    expect(refusal({ bootstrap: 'none' as 'target' })).toThrow(
      'metaValueTraining: bootstrap must be one of target, current, fullGradient; got none',
    );
    expect(refusal({ discount: 'uniform' as 'arcsine' })).toThrow(
      'metaValueTraining: discount must be one of arcsine, sharedArcsine; got uniform',
    );
    expect(() => metaValueTraining(ipd, tiny, { loops: 0 })).toThrow(
      'metaValueTraining: loops must be a whole number of at least 1; got 0',
    );
    expect(refusal({ inertia: 2 })).toThrow('metaValueTraining: inertia must lie in [0, 1]; got 2');
    expect(refusal({ discount: -1 })).toThrow('metaValueTraining: discount must lie in [0, 1]; got -1');
    expect(refusal({ learningRate: Number.NaN })).toThrow(
      'metaValueTraining: learningRate must be a finite number; got NaN',
    );
    const payoffs = [
      [1, 2, 3],
      [3, 2, 1],
    ];
    const lopsided = matrixGame({ payoffs: [payoffs, payoffs] });
    expect(() => metaValueTraining(lopsided, tiny)).toThrow(
      'metaValueTraining: game must have two players with equally many parameters',
    );
    expect(() => metaValuePlay(ipd, tiny, { pairs: 0, steps: 1 })).toThrow(
      'metaValuePlay: pairs must be a whole number of at least 1; got 0',
    );
  });

  test('its presets are those of their sources', () => {
    const match = { learningRate: 25, opponent: naive(), symmetricGame: true };
    expect(metaValuePresets.thesisAppendix({ opponent: naive(), symmetricGame: true })).toMatchObject({
      learningRate: 2,
      quantiles: 32,
      outerLoops: 2000,
    });
    expect(metaValuePresets.thesisText(match).adam.learningRate).toBe(1e-4);
    expect(metaValuePresets.notebook(match)).toMatchObject({
      quantiles: 64,
      outerLoops: 1001,
      horizon: 100,
      stride: 10,
    });
    expect(metaValuePresets.thesisLogistic()).toMatchObject({
      formulation: 'V',
      quantiles: 16,
      horizon: 50,
      lambda: 0,
    });
  });
});
