/** Every environment in every form that its options give. */
import { checkers, coinGame, type ParallelEnvironment } from '@descant/envs';

/** By name. */
export const environments: Readonly<Record<string, () => ParallelEnvironment>> = {
  'coin game': () => coinGame() as ParallelEnvironment,
  'coin game, egocentric, red first': () =>
    coinGame({ egocentric: true, ties: 'red', maxSteps: 7 }) as ParallelEnvironment,
  'coin game, two coins': () => coinGame({ coins: 'two', egocentric: true }) as ParallelEnvironment,
  'coin game, two coins, red first': () => coinGame({ coins: 'two', ties: 'red' }) as ParallelEnvironment,
  checkers: () => checkers() as ParallelEnvironment,
  'checkers of 2020': () => checkers({ rules: '2020', clock: true, maxSteps: 30 }) as ParallelEnvironment,
};
