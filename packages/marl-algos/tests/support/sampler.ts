/** Other plays in the place of drawn ones. In a test file: `vi.mock('../src/plays/play.ts', playingWith)`. */
import type { Plays, SampledGame } from '@descant/marl-algos';
import type { Tensor } from '@descant/tensor-ops';

type Play = (game: SampledGame, parameters: readonly unknown[], key: Tensor) => Plays;

/** What the learners play with, where it is not undefined. */
export const sampler: { play: Play | undefined } = { play: undefined };

/** The module of plays as it is, but for `play`, which asks the sampler. */
export async function playingWith(original: <M>() => Promise<M>) {
  const real = await original<typeof import('../../src/plays/play.ts')>();
  return { ...real, play: (...plays: Parameters<Play>) => (sampler.play ?? real.play)(...plays) };
}
