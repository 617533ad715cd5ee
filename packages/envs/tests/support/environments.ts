/** Every environment in every form that its options give. */
import {
  checkers,
  circleWorld,
  coinGame,
  iteratedMatrixGame,
  type KernelEnvironment,
  mountainCarContinuous,
  type ParallelEnvironment,
  pendulum,
  platformer,
  pong,
  random2x2Game,
  switchGame,
} from '@descant/envs';

const publicGoods = [0, 1, 2].map((i) =>
  [1, 0].map((a) => [1, 0].map((b) => [1, 0].map((c) => (1.6 * (a + b + c)) / 3 - [a, b, c][i]))),
);
const twoByThree = [
  [
    [1, 2, 3],
    [4, 5, 6],
  ],
  [
    [6, 5, 4],
    [3, 2, 1],
  ],
];

const kernels: Readonly<Record<string, () => KernelEnvironment>> = {
  'coin game': () => coinGame(),
  'coin game, egocentric, red first': () => coinGame({ egocentric: true, ties: 'red', maxSteps: 7 }),
  'coin game, two coins': () => coinGame({ coins: 'two', egocentric: true }),
  'coin game, two coins, red first': () => coinGame({ coins: 'two', ties: 'red' }),
  checkers: () => checkers(),
  'checkers of 2020': () => checkers({ rules: '2020', clock: true, maxSteps: 30 }),
  switch4: () => switchGame(),
  'switch2 of 2020': () => switchGame({ agents: 2, rules: '2020', clock: true }),
  'prisoner’s dilemma': () => iteratedMatrixGame(),
  'matching pennies, joint, history': () =>
    iteratedMatrixGame({
      game: 'matchingPennies',
      perspective: 'joint',
      observation: 'history',
      maxSteps: 8,
    }),
  'public goods of three': () => iteratedMatrixGame({ game: publicGoods, maxSteps: 5 }),
  'two by three': () => iteratedMatrixGame({ game: twoByThree, maxSteps: 6, observation: 'history' }),
  'random coordination game': () => random2x2Game(),
  'random cyclic game': () => random2x2Game({ kind: 'cyclic', maxSteps: 3 }),
  'mountain car': () => mountainCarContinuous({ maxSteps: 40 }),
  'pendulum v0': () => pendulum({ version: 'v0', maxSteps: 50 }),
  'pendulum v1': () => pendulum(),
  'circle world': () => circleWorld(),
  platformer: () => platformer({ levels: 20, maxSteps: 60 }),
  pong: () => pong({ maxSteps: 60 }),
};

/** By name. */
export const environments = kernels as Readonly<Record<string, () => ParallelEnvironment>>;
