import {
  checkRule,
  ftpl,
  ftrl,
  iga,
  igaPp,
  matrixGame,
  matrl,
  matrlReleased,
  multiplicativeWeights,
  namedPayoffs,
  optimisticGradient,
  type RuleState,
  type UpdateRule,
  wolfPhc,
} from '@descant/autodiff-games';
import { add, at, cast, concat, mapTree, mul, normal, split, type Tensor } from '@descant/tensor-ops';
import { describe, expect, test } from 'vitest';

const strategies = (payoffs: readonly unknown[]) => matrixGame({ payoffs, strategies: 'probabilities' });
const twoActions = strategies(namedPayoffs.matchingPennies);
const games = [twoActions, strategies(namedPayoffs.rockPaperScissors)];

describe('what the package offers has no problems', () => {
  const rules = [
    iga(),
    igaPp({ predictionLength: 0.1 }),
    wolfPhc({ losingFactor: 2 }),
    multiplicativeWeights(),
    ftrl({ regulariser: 'entropy' }),
    ftpl({ noise: 'gumbel' }),
    matrl({ predictionRate: 0.1 }),
  ];
  test.each(rules)('$name', (rule) => {
    expect(checkRule(rule, games, { plays: 2 })).toEqual([]);
  });
  test('MATRL(released) on two actions', () => {
    const rule = matrlReleased({ predictionRate: 0.1, divergenceWeight: 1 });
    expect(checkRule(rule, [twoActions], { plays: 2 })).toEqual([]);
  });
  test('optimistic gradients on games of any parameters', () => {
    expect(checkRule(optimisticGradient(), undefined, { plays: 2 })).toEqual([]);
  });
});

/** Heavy-ball momentum, which remembers its velocity. */
const momentum: UpdateRule = {
  name: 'momentum',
  init: (_game, parameters, player) => ({ velocity: mul(leaf(parameters[player]), 0) }),
  update: (_game, parameters, player, { velocity }, learningRate) => {
    const next = add(mul(velocity, 0.9), leaf(parameters[player]));
    return {
      parameters: mapTree((x) => add(x, mul(next, learningRate)), parameters[player]),
      state: { velocity: next },
    };
  },
};
/** The only tensor of a tree. */
const leaf = (tree: unknown): Tensor => {
  const found: Tensor[] = [];
  mapTree((x) => {
    found.push(x);
    return x;
  }, tree);
  return found[0];
};

describe('problems of rules with memory', () => {
  const broken = (change: Partial<UpdateRule>): string[] =>
    checkRule({ ...momentum, ...change }, [twoActions], { plays: 2 });
  const updating = (change: (updated: ReturnType<UpdateRule['update']>) => unknown): Partial<UpdateRule> => ({
    update: ((...args: Parameters<UpdateRule['update']>) =>
      change(momentum.update(...args))) as UpdateRule['update'],
  });
  const shape = 'float32[1]';

  test('momentum itself has none', () => {
    expect(broken({})).toEqual([]);
  });

  test.each<[string, Partial<UpdateRule>, string]>([
    [
      'a state that is not tensors',
      { init: () => ({ count: 0 }) as unknown as RuleState },
      'player 0: init must return a record of tensors',
    ],
    [
      'parameters of another shape',
      updating(({ parameters, state }) => ({
        parameters: mapTree((x) => concat([x, x]), parameters),
        state,
      })),
      `player 0: update must return parameters like those before, ${shape}; got float32[2]`,
    ],
    [
      'a state that grows',
      updating(({ parameters, state }) => ({
        parameters,
        state: { velocity: concat([state.velocity, state.velocity]) },
      })),
      'player 0: the state must keep its names, shapes and dtypes',
    ],
    [
      'a state of another dtype',
      updating(({ parameters, state }) => ({
        parameters,
        state: { velocity: cast(state.velocity, 'int32') },
      })),
      'player 0: the state must keep its names, shapes and dtypes',
    ],
    [
      'parameters that are not finite',
      updating(({ parameters, state }) => ({
        parameters: mapTree((x) => mul(x, Number.POSITIVE_INFINITY), parameters),
        state,
      })),
      'player 0: the parameters must stay finite',
    ],
    [
      'an error',
      {
        update: () => {
          throw new Error('out of order');
        },
      },
      'player 0: init or update fails: out of order',
    ],
    [
      'hidden randomness',
      {
        init: (_game, parameters, player, key) => ({
          velocity: mul(leaf(parameters[player]), at(normal(at(split(key), 0), [1]), 0)),
        }),
      },
      'with another key results must be the same, unless the rule is randomised; they differ by ',
    ],
    [
      'reading of values',
      updating(({ parameters, state }) => ({
        parameters: mapTree((x) => mul(x, x.data[0] > 0 ? 1 : 2), parameters),
        state,
      })),
      'fori, vmap or jit of update fails: ',
    ],
  ])('%s', (_, change, message) => {
    const problems = broken(change);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems[0]).toContain(`${twoActions.name}, float32: ${message}`);
  });
});
