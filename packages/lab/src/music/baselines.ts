/** The baselines of @descant/coconet by name, for four voices in the range of the chorales. */
import {
  type Conditionals,
  copyNearestBaseline,
  markovBaseline,
  repeatBaseline,
  type Score,
  uniformBaseline,
  unigramBaseline,
} from '@descant/coconet';

/** Voices and pitches of the chorales. */
export const RANGE = { instruments: 4, lowestPitch: 36, highestPitch: 81 };

/** Each makes a model from training scores. */
export const BASELINES = {
  uniform: () => uniformBaseline(RANGE),
  unigram: (train) => unigramBaseline(train, RANGE),
  repeat: (train) => repeatBaseline(train, RANGE),
  markov: (train) => markovBaseline(train, RANGE),
  'copy-nearest': (train) => copyNearestBaseline(train, RANGE),
} satisfies Record<string, (train: readonly Score[]) => Conditionals>;

export type BaselineName = keyof typeof BASELINES;
