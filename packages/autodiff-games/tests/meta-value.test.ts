import {
  add,
  at,
  expandDims,
  flatten,
  full,
  grad,
  jsExecutor,
  key,
  mean,
  mul,
  neg,
  normal,
  stack,
  stopGradient,
  sum,
  type Tensor,
  tensor,
  uniform,
  zeros,
} from '@descant/tensor-ops';
import { checkGradients } from '@descant/tensor-ops/debug';
import { recordToTree, treeToRecord } from '@descant/tensor-ops/io';
import { describe, expect, test } from 'vitest';
import {
  iteratedPrisonersDilemma,
  logisticGame,
  lola,
  type MetaValueSettings,
  type MetaValueState,
  matrixGame,
  metaValue,
  metaValuePlay,
  metaValuePresets,
  metaValueTraining,
  naive,
  type PairNetwork,
  type PairNetworkOptions,
  pairNetwork,
  run,
  simultaneousGradient,
  tandemGame,
} from '../src/index.ts';
import { flatGame } from '../src/networks/flat-game.ts';
import { metaSteps, metaTrajectory, temporalDifference } from '../src/rules/meta-value/process.ts';
import { expectedValues, surrogateGradients } from '../src/rules/meta-value/surrogate.ts';
import { metaValueLoss } from '../src/rules/meta-value/training.ts';

const small: PairNetworkOptions = {
  size: 5,
  outputs: 4,
  units: 6,
  residualBlocks: 1,
  encoder: 'thesis',
  input: 'probabilities',
  last: 'tanh',
  symmetric: true,
};
const ipd = iteratedPrisonersDilemma();
const positions = (seed: number, plays = 3, n = 5) => normal(key(seed), [2, plays, n], 'float64');
const discounts = (seed: number, plays = 3) => uniform(key(seed), [2, plays], { dtype: 'float64' });
const swapped = (x: Tensor) => stack([at(x, 1), at(x, 0)]);
const close = (a: Tensor, b: Tensor, digits = 12) => {
  expect(a.shape).toEqual(b.shape);
  a.data.forEach((v: number, i: number) => {
    expect(v).toBeCloseTo(b.data[i], digits);
  });
};

describe('pairNetwork', () => {
  test.each(['thesis', 'notebook'] as const)(
    'the encoder of the %s treats players alike unless told apart',
    (encoder) => {
      const [x, g] = [positions(1), discounts(2)];
      const network = pairNetwork({ ...small, encoder });
      const parameters = network.init(key(0), 'float64');
      const outputs = network.outputs(parameters, x, g);
      expect(outputs.shape).toEqual([2, 3, 4]);
      close(network.outputs(parameters, swapped(x), swapped(g)), swapped(outputs));
      const apart = pairNetwork({ ...small, encoder, symmetric: false });
      const told = apart.init(key(0), 'float64');
      const marked = {
        ...told,
        encoder: {
          ...told.encoder,
          players: told.encoder.players.map((_, i) =>
            normal(key(i), told.encoder.players[i].shape, 'float64'),
          ),
        },
      };
      const there = apart.outputs(marked, x, g);
      const back = swapped(apart.outputs(marked, swapped(x), swapped(g)));
      expect(there.data.some((v, i) => Math.abs(v - back.data[i]) > 1e-3)).toBe(true);
    },
  );

  test('sees the scale of its inputs, the settings, and the other player', () => {
    const network = pairNetwork({ ...small, size: 1, input: 'parameters' });
    const parameters = network.init(key(0), 'float64');
    const at0 = (x: number, y: number, g: number) =>
      network.outputs(parameters, tensor([[[x]], [[y]]], { dtype: 'float64' }), full([2, 1], g, 'float64'))
        .data[0];
    const base = at0(1, 1, 0);
    for (const other of [at0(4, 1, 0), at0(1, 4, 0), at0(1, 1, 0.9)])
      expect(Math.abs(other - base)).toBeGreaterThan(1e-3);
  });

  test('own derivatives are the blocks on the diagonal', () => {
    const network = pairNetwork(small);
    const parameters = network.init(key(0), 'float64');
    const [x, g] = [positions(1), discounts(2)];
    const value = (y: Tensor, ownDerivativesOnly: boolean) =>
      mean(network.outputs(parameters, y, g, { ownDerivativesOnly }), -1);
    const together = grad((y: Tensor) => sum(value(y, true)))(x);
    for (const player of [0, 1]) {
      close(at(together, player), at(grad((y: Tensor) => sum(at(value(y, false), player)))(x), player));
    }
    const crossed = grad((y: Tensor) => sum(value(y, false)))(x);
    expect(crossed.data.some((v, i) => Math.abs(v - together.data[i]) > 1e-3)).toBe(true);
  });

  test('its derivatives are those of finite differences; its last units can change sign', () => {
    const network = pairNetwork(small);
    const parameters = network.init(key(0), 'float64');
    const [x, g] = [positions(1, 1), discounts(2, 1)];
    checkGradients(
      (y: Tensor) => sum(mul(network.outputs(parameters, y, g), normal(key(9), [2, 1, 4], 'float64'))),
      [x],
    );
    const signs = full([2, 1, 6], -1, 'float64');
    close(network.hidden(parameters, x, g, { signs }), neg(network.hidden(parameters, x, g)));
    close(at(network.hidden(parameters, x, g, { players: [1] }), 0), at(network.hidden(parameters, x, g), 1));
  });

  test('refuses widths out of range', () => {
    expect(() => pairNetwork({ ...small, units: 0 })).toThrow(
      'pairNetwork: units must be a whole number of at least 1; got 0',
    );
    expect(() => pairNetwork({ ...small, residualBlocks: -1 })).toThrow(
      'pairNetwork: residualBlocks must be a whole number of at least 0; got -1',
    );
  });
});

/** A network that knows the game: the values of both players after their naive step with the rate alpha. */
function oneStepAhead(alpha: number): PairNetwork {
  const game = tandemGame();
  const hidden: PairNetwork['hidden'] = (_, x, __, { players = [0, 1], ownDerivativesOnly } = {}) => {
    const after = (player: number) => {
      const own = (i: number) => (i === player || !ownDerivativesOnly ? at(x, i) : stopGradient(at(x, i)));
      // One play in these tests: positions [2, 1, 1].
      const here = [0, 1].map((i) => at(own(i), 0));
      const field = simultaneousGradient(game, here);
      return game.values(here.map((y, i) => add(y, mul(alpha, field[i]))))[player];
    };
    return expandDims(expandDims(stack(players.map(after)), 1), 1);
  };
  return { options: { ...small, size: 1, outputs: 1, units: 1 }, init: () => known, hidden, outputs: hidden };
}
const known = {
  ...pairNetwork({ ...small, size: 1, units: 1, outputs: 1 }).init(key(0), 'float64'),
  output: { weights: full([1, 1], 1, 'float64'), bias: zeros([1], 'float64') },
};

describe('the surrogate', () => {
  const game = flatGame('test', ipd, 'float64');
  const network = pairNetwork(small);
  const parameters = network.init(key(0), 'float64');
  const x = positions(1);

  test('of U without discount is the game: naive learning', () => {
    const climb = {
      network,
      parameters,
      game,
      formulation: 'U' as const,
      discounts: zeros([2, 3], 'float64'),
    };
    const directions = surrogateGradients(x, climb);
    for (const play of [0, 1, 2]) {
      const alone = simultaneousGradient(ipd, [at(at(x, 0), play), at(at(x, 1), play)]);
      alone.forEach((d, player) => {
        close(at(at(directions, player), play), d);
      });
    }
  });

  test.each(['V', 'U'] as const)('of %s has the gradients that finite differences give', (formulation) => {
    const g = discounts(2);
    const directions = surrogateGradients(x, { network, parameters, game, formulation, discounts: g });
    const surrogate = (y: Tensor, player: number, play: number) => {
      const learned = expectedValues(network, parameters, y, g).data[3 * player + play];
      const gamma = g.data[3 * player + play];
      return formulation === 'V'
        ? learned
        : (1 - gamma) * game.values(y).data[3 * player + play] + gamma * learned;
    };
    const h = 1e-5;
    for (const player of [0, 1]) {
      for (const [play, i] of [
        [0, 0],
        [1, 3],
        [2, 4],
      ]) {
        const moved = (by: number) => {
          const data = Float64Array.from(x.data);
          data[(3 * player + play) * 5 + i] += by;
          return surrogate(tensor(data, { shape: [2, 3, 5], dtype: 'float64' }), player, play);
        };
        expect(directions.data[(3 * player + play) * 5 + i]).toBeCloseTo((moved(h) - moved(-h)) / (2 * h), 7);
      }
    }
  });

  test('expectations are the means of the quantiles', () => {
    const g = discounts(2);
    close(expectedValues(network, parameters, x, g), mean(network.outputs(parameters, x, g), -1));
  });

  test('of a network that looks one naive step ahead is LOLA that also counts its own step', () => {
    // On the tandem game f_1 = -(x + y)^2 + 2x, so x' = x + a (2 - 2 (x + y)) and y' alike: with s = x + y,
    // s' = s + 4 a (1 - s), and f_1' = -s'^2 + 2 x', whose derivative in x is -2 s' (1 - 4 a) + 2 (1 - 2 a).
    const [alpha, gamma] = [0.1, 0.3];
    const at1 = tensor([[[0.7]], [[-0.2]]], { dtype: 'float64' });
    const climb = {
      network: oneStepAhead(alpha),
      parameters: known,
      game: flatGame('test', tandemGame(), 'float64'),
      formulation: 'U' as const,
      discounts: full([2, 1], gamma, 'float64'),
    };
    const s = 0.5;
    const next = s + 4 * alpha * (1 - s);
    const ahead = -2 * next * (1 - 4 * alpha) + 2 * (1 - 2 * alpha);
    const now = -2 * s + 2;
    for (const d of surrogateGradients(at1, climb).data)
      expect(d).toBeCloseTo((1 - gamma) * now + gamma * ahead, 12);
  });
});

const tiny: MetaValueSettings = {
  ...metaValuePresets.thesisText({ learningRate: 25, opponent: 'metaValue', symmetricGame: true }),
  batch: 3,
  horizon: 4,
  stride: 2,
  quantiles: 4,
  network: { units: 6, residualBlocks: 1, encoder: 'thesis', input: 'probabilities', last: 'tanh' },
};

describe('the process', () => {
  test.each([naive(), lola({ kind: 'exact', opponentRate: 25 })])(
    'without discount is naive learning against its opponent, $name',
    (opponent) => {
      const x = positions(3);
      const settings = { ...tiny, opponent };
      const network = pairNetwork({ ...small, symmetric: false });
      const climb = {
        network,
        parameters: network.init(key(0), 'float64'),
        game: flatGame('test', ipd, 'float64'),
        formulation: 'U' as const,
        discounts: zeros([2, 3], 'float64'),
      };
      const rules = { rules: [naive(), opponent], learningRate: 25, steps: 3, stride: 1 };
      const { parameters, values } = run(ipd, [at(x, 0), at(x, 1)], rules);
      const trajectory = metaTrajectory(x, 3, climb, settings);
      const end = metaSteps(x, 3, climb, settings);
      parameters.forEach((own, player) =>
        [0, 1, 2].forEach((play) => {
          const last = at(at(own, play), 3);
          close(at(at(end, player), play), last, 9);
          close(at(at(at(trajectory.positions, 3), player), play), last, 9);
          // Of U, the reward of a step is the value that it leads to.
          expect(at(at(at(trajectory.rewards, 1), player), play).item()).toBeCloseTo(
            at(at(at(values, play), 2), player).item(),
            9,
          );
        }),
      );
    },
  );

  test('the rule of a network makes the same steps', () => {
    const network = pairNetwork(small);
    const [parameters, game] = [network.init(key(0), 'float64'), flatGame('test', ipd, 'float64')];
    const x = positions(3);
    for (const formulation of ['U', 'V'] as const) {
      const climb = { network, parameters, game, formulation, discounts: full([2, 3], 0.95, 'float64') };
      const rule = metaValue({ network, parameters, formulation, discount: 0.95 });
      const learned = run(ipd, [at(x, 0), at(x, 1)], { rules: [rule, rule], learningRate: 25, steps: 2 });
      const end = metaSteps(x, 2, climb, { ...tiny, formulation });
      learned.parameters.forEach((own, player) =>
        [0, 1, 2].forEach((play) => {
          close(at(at(end, player), play), at(at(own, play), 1), 8);
        }),
      );
    }
    expect(() => metaValue({ network, parameters, formulation: 'U', discount: 2 })).toThrow(
      'metaValue: discount must lie in [0, 1]; got 2',
    );
  });

  test('the temporal difference of true values is zero', () => {
    // Rewards 1, 2 and last value 3 at gamma = 1/2: V_0 = 1/2 + 1/2 + 3/4.
    const double = (v: unknown) => tensor(v as number[], { dtype: 'float64' });
    const [means, rewards] = [double([[[1.75]], [[9]], [[3]]]), double([[[1]], [[2]]])];
    expect(temporalDifference(means, rewards, double([[0.5]])).item()).toBeCloseTo(0, 12);
    expect(temporalDifference(means, rewards, double([[0.4]])).item()).not.toBeCloseTo(0, 2);
  });
});

describe('the loss', () => {
  const network = pairNetwork({ ...small, units: 3, residualBlocks: 0, outputs: 2 });
  const [parameters, target] = [network.init(key(0), 'float64'), network.init(key(1), 'float64')];
  const g = discounts(2, 2);
  const climb = {
    network,
    parameters,
    game: flatGame('test', ipd, 'float64'),
    formulation: 'U' as const,
    discounts: g,
  };
  const trajectory = metaTrajectory(positions(5, 2), 2, climb, tiny);
  const lossOf =
    (bootstrap: MetaValueSettings['bootstrap']) =>
    (p: typeof parameters, t = target) =>
      metaValueLoss(network, p, t, trajectory, g, { ...tiny, bootstrap }).loss;

  test('has the gradients of finite differences, through the targets where they are learned from', () => {
    for (const bootstrap of ['fullGradient', 'target'] as const) {
      const loss = (join: Tensor) =>
        lossOf(bootstrap)({ ...parameters, join: { ...parameters.join, weights: join } });
      checkGradients(loss, [parameters.join.weights]);
    }
  });

  test('bootstraps from the network that it is told to', () => {
    const values = (['target', 'current', 'fullGradient'] as const).map((b) => lossOf(b)(parameters).item());
    expect(values[1]).toBe(values[2]);
    expect(values[0]).not.toBeCloseTo(values[1], 3);
    expect(lossOf('target')(parameters, parameters).item()).toBe(values[1]);
    const gradient = (b: MetaValueSettings['bootstrap'], t = target) =>
      flatten(grad((p: typeof parameters) => lossOf(b)(p, t))(parameters)).leaves.flatMap((l) => [...l.data]);
    expect(gradient('current')).toEqual(gradient('target', parameters));
    expect(gradient('current')).not.toEqual(gradient('fullGradient'));
  });
});

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
