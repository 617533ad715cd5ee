/** One clear message for each mistake. */
import {
  checkers,
  circleWorld,
  coinGame,
  discrete,
  fromKernel,
  iteratedMatrixGame,
  makeEnvironment,
  mountainCarContinuous,
  type ParallelEnvironment,
  pendulum,
  random2x2Game,
  registry,
  switchGame,
  transformObservation,
  vectorise,
} from '@descant/envs';
import { describe, expect, test } from 'vitest';
import { messageOf } from './support/errors.ts';

/** The message of a step of Checkers with some actions. */
const stepWith = (actions: unknown) =>
  messageOf(() => {
    const environment = checkers();
    environment.reset();
    environment.step(actions as never);
  });

describe('steps', () => {
  test.each([
    [{ agent_0: 5, agent_1: 0 }, 'checkers.step: the action of agent_0 must be in Discrete(5); got 5'],
    [{ agent_0: 0, agent_1: -1 }, 'checkers.step: the action of agent_1 must be in Discrete(5); got -1'],
    [{ agent_0: 0, agent_1: 0.5 }, 'checkers.step: the action of agent_1 must be in Discrete(5); got 0.5'],
    [{ agent_0: '1', agent_1: 0 }, 'checkers.step: the action of agent_0 must be in Discrete(5); got "1"'],
    [
      { agent_0: Number.NaN, agent_1: 0 },
      'checkers.step: the action of agent_0 must be in Discrete(5); got NaN',
    ],
    [{ agent_0: 0 }, 'checkers.step: actions must be those of the live agents agent_0, agent_1; got agent_0'],
    [{}, 'checkers.step: actions must be those of the live agents agent_0, agent_1; got none'],
    [
      { agent_0: 0, agent_1: 0, agent_2: 0 },
      'checkers.step: actions must be those of the live agents agent_0, agent_1; got agent_0, agent_1, agent_2',
    ],
    [undefined, 'checkers.step: actions must be those of the live agents agent_0, agent_1; got none'],
  ])('illegal actions: %j', (actions, message) => {
    expect(stepWith(actions)).toBe(message);
  });

  test('continuous actions', () => {
    const environment = pendulum();
    environment.reset();
    const step = (action: unknown) => messageOf(() => environment.step({ agent_0: action as never }));
    expect(step([1, 2])).toBe('pendulum-v1.step: the action of agent_0 must be 1 finite number; got [1,2]');
    expect(step([Number.NaN])).toBe(
      'pendulum-v1.step: the action of agent_0 must be 1 finite number; got [NaN]',
    );
    expect(step(1)).toBe('pendulum-v1.step: the action of agent_0 must be 1 finite number; got 1');
    expect(step([1e9])).toBe('no error');
  });

  test('before the beginning, after the end, and for agents that are done', () => {
    const environment = switchGame({ agents: 2 });
    const both = { agent_0: 3, agent_1: 4 };
    expect(messageOf(() => environment.step(both))).toBe(
      'switch2.step: the episode must be running (call reset); got one that has not begun',
    );
    expect(messageOf(() => environment.render('text'))).toBe(
      'switch2.render: the episode must have begun (call reset); got none',
    );
    environment.reset({ options: { state: [5, 19] } });
    environment.step(both);
    expect(messageOf(() => environment.step(both))).toBe(
      'switch2.step: actions must be those of the live agents agent_1; got agent_0, agent_1',
    );
    const short = coinGame({ maxSteps: 1 });
    short.reset();
    short.step({ agent_0: 0, agent_1: 0 });
    expect(messageOf(() => short.step({ agent_0: 0, agent_1: 0 }))).toBe(
      'coin-game.step: the episode must be running (call reset); got one that is over',
    );
  });
});

describe('resets, states, pictures and agents', () => {
  const environment = checkers();

  test.each([
    [
      () => environment.reset({ seed: -1 }),
      'checkers.reset: seed must be a whole number in [0, 2^53); got -1',
    ],
    [
      () => environment.reset({ seed: 0.5 }),
      'checkers.reset: seed must be a whole number in [0, 2^53); got 0.5',
    ],
    [
      () => environment.reset({ options: { level: 3 } }),
      'checkers.reset: options must be among state; got level',
    ],
    [
      () => environment.reset({ options: { state: [1, 2] } }),
      'checkers.reset: options.state must be 3 finite numbers; got [1,2]',
    ],
    [
      () => circleWorld().reset({ options: { mode: 3 } }),
      'circle-world.reset: options.mode must be 0, 1 or 2; got 3',
    ],
    [
      () => environment.setState({ x: 1 }),
      'checkers.setState: state must be one that getState of checkers returned; got {"x":1}',
    ],
    [
      () => environment.setState(undefined),
      'checkers.setState: state must be one that getState of checkers returned; got undefined',
    ],
    [
      () => environment.observationSpace('agent_2'),
      'checkers.observationSpace: agent must be one of agent_0, agent_1; got agent_2',
    ],
    [
      () => {
        environment.reset();
        environment.render('ansi' as never);
      },
      'checkers.render: mode must be text, svg or rgb; got "ansi"',
    ],
  ])('%#', (f, message) => {
    expect(messageOf(f)).toBe(message);
  });
});

describe('options', () => {
  test.each([
    [
      () => coinGame({ steps: 3 } as never),
      'coinGame: options must be among maxSteps, egocentric, ties, coins; got steps',
    ],
    [
      () => coinGame({ maxSteps: 0 }),
      'coinGame: maxSteps must be a whole number of at least 1, or Infinity; got 0',
    ],
    [() => coinGame({ ties: 'blue' as never }), 'coinGame: ties must be one of both, red; got "blue"'],
    [() => coinGame({ coins: 2 as never }), 'coinGame: coins must be one of alternating, two; got 2'],
    [() => checkers({ rules: '2021' as never }), 'checkers: rules must be one of head, 2020; got "2021"'],
    [
      () => checkers({ stepCost: Number.POSITIVE_INFINITY }),
      'checkers: stepCost must be a finite number; got Infinity',
    ],
    [() => switchGame({ agents: 5 as never }), 'switchGame: agents must be 2, 3 or 4; got 5'],
    [() => switchGame({ clock: 1 as never }), 'switchGame: clock must be one of false, true; got 1'],
    [() => pendulum({ version: 'v2' as never }), 'pendulum: version must be one of v0, v1; got "v2"'],
    [
      () => mountainCarContinuous({ goal: 1 } as never),
      'mountainCarContinuous: options must be among maxSteps; got goal',
    ],
    [() => circleWorld({ mode: 3 as never }), 'circleWorld: mode must be one of 0, 1, 2; got 3'],
    [
      () => random2x2Game({ kind: 'zeroSum' as never }),
      'random2x2Game: kind must be one of coordination, antiCoordination, cyclic; got "zeroSum"',
    ],
    [
      () => iteratedMatrixGame({ game: 'chess' as never }),
      'iteratedMatrixGame: game must be one of prisonersDilemma, matchingPennies, chicken; got "chess"',
    ],
    [
      () =>
        iteratedMatrixGame({
          game: [
            [1, 2],
            [3, 4],
          ],
        }),
      'iteratedMatrixGame: game must be finite numbers of shape [players, actions of player 1, actions of player 2, ...]; got [2, 2]',
    ],
    [
      () => iteratedMatrixGame({ game: [[1], [1, 2]] }),
      'iteratedMatrixGame: game must be finite numbers of shape [players, actions of player 1, actions of player 2, ...]; got [[1],[1,2]]',
    ],
    [
      () => iteratedMatrixGame({ observation: 'history', maxSteps: Number.POSITIVE_INFINITY }),
      'iteratedMatrixGame: maxSteps must be finite when the whole history is seen; got Infinity',
    ],
  ])('%#', (f, message) => {
    expect(messageOf(f)).toBe(message);
  });

  test('names of environments', async () => {
    for (const { name } of registry) {
      const environment = await makeEnvironment(name);
      environment.reset();
      expect(environment.agents.length).toBeGreaterThan(0);
    }
    await expect(makeEnvironment('chess')).rejects.toThrow(
      'makeEnvironment: name must be one of coin-game, ',
    );
  });
});

describe('kernels and batches', () => {
  const batch = vectorise(checkers(), 2);
  const numbers = transformObservation(coinGame() as ParallelEnvironment, {
    observe: () => 1,
    space: () => discrete(2),
  }) as ParallelEnvironment;

  test.each([
    [() => vectorise(checkers(), 0), 'vectorise: size must be a whole number of at least 1; got 0'],
    [() => batch.step([0, 0, 0, 0]), 'checkers.step: the episodes must have begun (call reset); got none'],
    [
      () => {
        batch.reset();
        batch.step([0, 0, 0]);
      },
      'checkers.step: actions must be 4 numbers, [2, 2]; got 3',
    ],
    [() => batch.step([0, 0, 7, 0]), 'checkers.step: the action of agent_0 must be in Discrete(5); got 7'],
    [
      () => batch.reset({ seed: [1, 2, 3] }),
      'checkers.reset: seed must be a whole number in [0, 2^53 - 2], or 2 of them; got [1,2,3]',
    ],
    [
      () => batch.setState([]),
      'checkers.setState: state must be one that getState of 2 instances returned; got []',
    ],
    [
      () => vectorise(numbers, 2),
      'vectorise: environment must have one box of observations for all agents; got Discrete(2)',
    ],
    [
      () => fromKernel({ ...checkers().kernel, actions: [discrete(5)] }),
      'fromKernel: kernel.actions must be one space for each agent, with equally many elements; got Discrete(5)',
    ],
  ])('%#', (f, message) => {
    expect(messageOf(f)).toBe(message);
  });
});
