import {
  add,
  at,
  cast,
  expandDims,
  flatten,
  full,
  grad,
  key,
  mapTree,
  mean,
  mul,
  stack,
  stopGradient,
  type Tensor,
  tensor,
  zeros,
} from '@descant/tensor-ops';
import { checkGradients } from '@descant/tensor-ops/debug';
import { describe, expect, test } from 'vitest';
import {
  iteratedPrisonersDilemma,
  lola,
  type MetaValueSettings,
  metaValue,
  metaValuePresets,
  naive,
  type PairNetwork,
  pairNetwork,
  run,
  simultaneousGradient,
  tandemGame,
} from '../src/index.ts';
import { flatGame } from '../src/networks/flat-game.ts';
import { metaSteps, metaTrajectory, temporalDifference } from '../src/rules/meta-value/process.ts';
import { expectedValues, surrogateGradients } from '../src/rules/meta-value/surrogate.ts';
import { metaValueLoss } from '../src/rules/meta-value/training.ts';
import { close, discounts, positions, small } from './support/pair-network.ts';

const ipd = iteratedPrisonersDilemma();

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
      for (const [player, own] of parameters.entries()) {
        for (const play of [0, 1, 2]) {
          const last = at(at(own, play), 3);
          close(at(at(end, player), play), last, 9);
          close(at(at(at(trajectory.positions, 3), player), play), last, 9);
          // Of U, the reward of a step is the value that it leads to.
          expect(at(at(at(trajectory.rewards, 1), player), play).item()).toBeCloseTo(
            at(at(at(values, play), 2), player).item(),
            9,
          );
        }
      }
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
      for (const [player, own] of learned.parameters.entries()) {
        for (const play of [0, 1, 2]) close(at(at(end, player), play), at(at(own, play), 1), 8);
      }
    }
    // A network in single precision serves players in double precision: the same numbers, rounded.
    const rule = (p: typeof parameters) =>
      metaValue({ network, parameters: p, formulation: 'U', discount: 0.9 });
    const players = [at(at(x, 0), 0), at(at(x, 1), 0)];
    const rounded = mapTree((p: Tensor) => cast(p, 'float32'), parameters);
    const [exact, single] = [parameters, rounded].map((p) => rule(p).direction(ipd, players, 1));
    expect(single.dtype).toBe('float64');
    close(single, exact, 5);
    expect([...single.data]).not.toEqual([...exact.data]);
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
