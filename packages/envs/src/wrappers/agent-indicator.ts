/** Telling agents which one they are. */
import { ArgumentError } from '@descant/tensor-ops';
import type { ParallelEnvironment } from '../interfaces/parallel.ts';
import { type BoxSpace, box } from '../spaces/box.ts';
import type { Space } from '../spaces/space.ts';
import { transformObservation } from './transform.ts';

/** Arrays of floating-point numbers. */
export type FloatArray = Float32Array | Float64Array;

/** The space as a box of floating-point numbers; an error when it is not. */
function floatBox(space: Space): BoxSpace<'float32' | 'float64'> {
  if (space.kind !== 'box' || !['float32', 'float64'].includes((space as BoxSpace).dtype)) {
    const expected = 'have boxes of float32 or float64 as observations';
    throw new ArgumentError('agentIndicator', 'environment', expected, space.describe());
  }
  return space as BoxSpace<'float32' | 'float64'>;
}

/**
 * Observations followed by a one-hot of the agent, N numbers, so that one policy can serve all agents.
 *
 * The result is flat. After SuperSuit's `agent_indicator`.
 *
 * @throws ArgumentError when observations are not boxes of floating-point numbers.
 *
 * @example
 * ```ts
 * import { agentIndicator, switchGame } from '@descant/envs';
 * const environment = agentIndicator(switchGame({ agents: 2 }));
 * environment.reset().observations.agent_1; // => [0, 0.83, 0, 1]
 * ```
 */
export function agentIndicator<O, A>(
  environment: ParallelEnvironment<O, A>,
): ParallelEnvironment<FloatArray, A> {
  const agents = environment.possibleAgents;
  return transformObservation<O, FloatArray, A>(environment, {
    space: (space) => {
      const { size, dtype, low, high } = floatBox(space);
      const [zeros, ones] = [agents.map(() => 0), agents.map(() => 1)];
      const bounds = { low: [...low, ...zeros], high: [...high, ...ones] };
      return box({ shape: [size + agents.length], dtype, ...bounds });
    },
    observe: (observation, agent) => {
      const seen = observation as FloatArray;
      const type = seen instanceof Float32Array ? Float32Array : Float64Array;
      const told = new type(seen.length + agents.length);
      told.set(seen);
      told[seen.length + agents.indexOf(agent)] = 1;
      return told;
    },
  });
}
