/** Best response shaping is for two. */
import { ArgumentError } from '@descant/tensor-ops';
import type { SampledGame } from '../plays/sampled-game.ts';

/** Checks that a game has an agent and a detective, and no one else. */
export function checkTwoSeats(fn: string, { environment }: SampledGame): void {
  if (environment.agents !== 2) {
    throw new ArgumentError(fn, 'game', 'have two seats', `${environment.agents}`);
  }
}

/** Checks that an agent can play all seats. */
export function checkAlike(fn: string, { policies }: SampledGame): void {
  const [first, ...others] = policies;
  const odd = others.find(({ name }) => name !== first.name);
  if (odd !== undefined) throw new ArgumentError(fn, 'game', `have ${first.name} at all seats`, odd.name);
}
