/** Random play, which the checks watch. */
import type { ParallelEnvironment, ParallelReset, ParallelStep } from '../interfaces/parallel.ts';
import { type Random, random } from '../random/random.ts';

/** How the checks play. */
export interface PlayPlan {
  readonly environment: ParallelEnvironment;
  readonly seed: number;
  /** The most steps that a check plays. */
  readonly steps: number;
}

/** Random actions of the live agents. */
export function randomActions(environment: ParallelEnvironment, stream: Random): Record<string, unknown> {
  return Object.fromEntries(
    environment.agents.map((agent) => [agent, environment.actionSpace(agent).sample(stream)]),
  );
}

/** One entry of a recorded play. */
export interface Played {
  readonly result: ParallelReset | ParallelStep;
  readonly agents: readonly string[];
}

/**
 * Plays with random actions of a stream, resetting when an episode ends, and returns copies of all that came back.
 *
 * @param environment - Already reset.
 */
export function playOn(environment: ParallelEnvironment, stream: Random, steps: number): Played[] {
  const played: Played[] = [];
  const note = (result: ParallelReset | ParallelStep) =>
    played.push({ result: structuredClone(result), agents: [...environment.agents] });
  for (let t = 0; t < steps; t++) {
    if (environment.agents.length === 0) note(environment.reset());
    else note(environment.step(randomActions(environment, stream)));
  }
  return played;
}

/** The stream that the actions of a check come from: not that of the environment with the same seed. */
export const actionStream = (seed: number): Random => random(seed + 1_000_003);
