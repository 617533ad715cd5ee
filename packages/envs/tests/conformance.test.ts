/** checkEnv: passes every environment, and notices each way of being wrong. */
import {
  box,
  checkEnv,
  coinGame,
  discrete,
  fromKernel,
  type Kernel,
  type ParallelEnvironment,
  toParallel,
  toTurnBased,
} from '@descant/envs';
import { describe, expect, test } from 'vitest';
import { environments } from './support/environments.ts';
import { messageOf } from './support/errors.ts';

describe('every environment passes', () => {
  test.each(Object.entries(environments))('%s', (_name, make) => {
    expect(checkEnv(make(), { seed: 5 })).toEqual([]);
  });

  test.each(Object.entries(environments))('%s in turns and back', (_name, make) => {
    expect(checkEnv(toTurnBased(make()))).toEqual([]);
    expect(checkEnv(toParallel(toTurnBased(make())), { steps: 60 })).toEqual([]);
  });
});

type Game = ParallelEnvironment;

/** An environment with some members replaced, in its clones as well. */
function replaced<E extends { clone(): unknown }>(environment: E, change: (inner: E) => object): E {
  const changes = change(environment);
  return new Proxy(environment, {
    get(target, name) {
      if (name === 'clone') return () => replaced(target.clone() as E, change);
      if (Object.hasOwn(changes, name)) return changes[name as never];
      const value = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** The coin game with some members replaced. */
const broken = (change: (game: Game) => object): Game => replaced(coinGame({ maxSteps: 9 }) as Game, change);

/** Counts its steps; what an environment must not do can be put in. */
const counter = (changes: Partial<Kernel>): Game =>
  fromKernel({
    name: 'counter',
    agents: ['agent_0', 'agent_1'],
    observation: box({ shape: [1], dtype: 'float64', low: 0, high: 1e6 }),
    actions: [discrete(2), discrete(2)],
    maxSteps: 9,
    stateSize: 1,
    reset: (state, at) => {
      state[at] = 0;
    },
    step: (state, at, _actions, _actionsAt, _random, rewards, _terminated, agentsAt) => {
      rewards[agentsAt] = ++state[at];
    },
    observe: (state, at, _time, out, outAt) => {
      out[outAt] = state[at];
      out[outAt + 1] = state[at];
    },
    text: (state, at) => String(state[at]),
    draw: () => ({ width: 1, height: 1, background: '#000000', shapes: [] }),
    ...changes,
  }) as Game;

type Step = ReturnType<Game['step']>;
type Actions = Parameters<Game['step']>[0];

/** The coin game with its steps' results changed. */
const brokenStep = (change: (step: Step) => object): Game =>
  broken((game) => ({
    step: (actions: Actions) => {
      const step = game.step(actions);
      return { ...step, ...change(step) };
    },
  }));

describe('what is wrong is found', () => {
  const cases: readonly (readonly [string, Game, string])[] = [
    [
      'a reward that is not finite',
      brokenStep(() => ({ rewards: { agent_0: 0, agent_1: Number.POSITIVE_INFINITY } })),
      'parallel: the reward of agent_1 must be a finite number; got Infinity',
    ],
    [
      'a key that is missing',
      brokenStep(() => ({ infos: { agent_0: {} } })),
      'parallel: the keys of infos must be the agents that were live [agent_0, agent_1]; got [agent_0]',
    ],
    [
      'a flag that is not boolean',
      brokenStep(() => ({ terminations: { agent_0: 0, agent_1: false } })),
      'parallel: terminations of agent_0 must be a boolean; got 0',
    ],
    [
      'an observation of another dtype',
      brokenStep(({ observations }) => ({
        observations: { ...observations, agent_1: Float64Array.from(observations.agent_1 as Float32Array) },
      })),
      'parallel: the observation of agent_1 must be in Box([4, 3, 3], float32, low 0, high 1); got Float64Array[',
    ],
    [
      'an observation out of bounds',
      counter({ observation: box({ shape: [1], dtype: 'float64', low: 0, high: 3 }) }),
      'parallel: the observation of agent_0 must be in Box([1], float64, low 0, high 3); got Float64Array[4] (1 numbers)',
    ],
    [
      'observations that are overwritten',
      (() => {
        const shared = new Float32Array(36);
        return brokenStep(({ observations }) => {
          shared.set(observations.agent_0 as Float32Array);
          return { observations: { agent_0: shared, agent_1: shared } };
        });
      })(),
      'parallel: observations must not be changed by later steps: return new arrays',
    ],
    [
      'a new space at every call',
      broken(() => ({ actionSpace: () => discrete(4) })),
      'parallel: actionSpace("agent_0") must be the same object every time',
    ],
    [
      'an agent that does not leave',
      broken((game) => ({
        get agents() {
          return game.agents.length === 0 ? ['agent_0'] : game.agents;
        },
      })),
      'parallel: agents must be those that are not done, []; got [agent_0]',
    ],
    [
      'an agent that comes back',
      replaced(
        counter({
          step: (state, at, _actions, _actionsAt, _random, _rewards, terminated, agentsAt) => {
            state[at]++;
            terminated[agentsAt] = 1;
          },
        }),
        (game) => {
          let steps = 0;
          return {
            step: (actions: Actions) => {
              steps++;
              return game.step(actions);
            },
            get agents() {
              return steps < 3 ? game.agents : game.possibleAgents;
            },
          };
        },
      ),
      'parallel: agents must not come back in an episode; got [agent_0]',
    ],
    [
      'steps after the end',
      broken((game) => ({
        step: (actions: Actions) => (game.agents.length === 0 && game.getState() ? {} : game.step(actions)),
      })),
      'parallel: step before the first reset must throw an error',
    ],
    [
      'episodes that a seed does not determine',
      (() => {
        let calls = 0;
        return counter({
          reset: (state, at) => {
            state[at] = calls++;
          },
        });
      })(),
      'seed: the same seed must give the same episodes in a clone; observations of step 1 differ',
    ],
    [
      'a limit that comes late',
      broken(() => ({ maxSteps: 5 })),
      'max-cycles: agents must be done after maxSteps = 5 steps; agent_0, agent_1 are not',
    ],
    [
      'a limit that comes early',
      broken(() => ({ maxSteps: 20 })),
      'max-cycles: maxSteps must be the step that cuts episodes off; it is 20, and 3 of 3 end at 9',
    ],
    ['no picture', broken(() => ({ render: () => '' })), 'render: render(\'text\') must be text; got ""'],
    [
      'pictures that change the episode',
      counter({
        text: (state, at) => {
          state[at]++;
          return 'x';
        },
      }),
      'render: render must not change the episode; observations of step 1 differ',
    ],
    [
      'a state that is not a copy',
      (() => {
        return broken((game) => {
          const state = { steps: 0 };
          return {
            getState: () => state,
            step: (actions: Actions) => {
              state.steps++;
              return game.step(actions);
            },
          };
        });
      })(),
      'state: a saved state must not be changed by later steps',
    ],
    [
      'a state that lacks something',
      broken((game) => {
        let steps = 0;
        return {
          reset: (options: object) => {
            steps = 0;
            return game.reset(options);
          },
          step: (actions: Actions) => {
            const step = game.step(actions);
            return { ...step, rewards: { ...step.rewards, agent_0: steps++ } };
          },
        };
      }),
      'state: what follows setState must be what followed getState; rewards of step 1 differ',
    ],
    [
      'a batch whose instances differ',
      counter({
        step: (state, at, _actions, _actionsAt, _random, rewards, _terminated, agentsAt) => {
          state[at]++;
          rewards[agentsAt] = at;
        },
      }),
      'vectorised: instance 1 of a batch must do what a single environment does; rewards of step 1 differ',
    ],
  ];

  test.each(cases)('%s', (_what, environment, problem) => {
    const problems = checkEnv(environment, { steps: 43 });
    expect(problems.find((found) => found.startsWith(problem)) ?? problems).toContain(problem);
  });

  test('an unbroken copy has no problems', () => {
    expect(checkEnv(counter({}), { steps: 40 })).toEqual([]);
    expect(
      checkEnv(
        broken(() => ({})),
        { steps: 40 },
      ),
    ).toEqual([]);
  });

  test('an exception is a problem', () => {
    const environment = broken(() => ({
      reset: () => {
        throw new Error('no board');
      },
    }));
    expect(checkEnv(environment)).toEqual(['parallel: fails with no board']);
  });

  test('in games in turns', () => {
    const game = toTurnBased(coinGame() as Game);
    const bare = replaced(game, (inner) => ({ last: () => ({ ...inner.last(), reward: 0.5 }) }));
    expect(checkEnv(bare)).toEqual([
      "turn-based: last().reward must be the sum of agent_0's rewards since it acted, 0; got 0.5",
    ]);
  });

  test('steps must be a number of steps', () => {
    expect(messageOf(() => checkEnv(counter({}), { steps: 0 }))).toBe(
      'checkEnv: steps must be a whole number of at least 1; got 0',
    );
  });
});
