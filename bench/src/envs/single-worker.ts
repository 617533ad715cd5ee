/** Measures single environments by their names, played at random, in whatever version of Node runs this. */
import { makeEnvironment, type ParallelEnvironment, random } from '@descant/envs';
import type { Prepared } from '../harness/protocol.ts';
import { serve } from '../harness/serve.ts';
import { SINGLE } from './single.ts';

/** How many joint actions are drawn beforehand and played over and over. */
const DRAWN = 1000;

const made = new Map<string, ParallelEnvironment>();
for (const { environment } of SINGLE) made.set(environment, await makeEnvironment(environment));

/** Steps of one environment through its ordinary interface: records of actions, observations and rewards. */
function play(environment: ParallelEnvironment, steps: number): Prepared<number[]> {
  const agents = environment.possibleAgents;
  const stream = random(1);
  const drawn = Array.from({ length: DRAWN }, () =>
    Object.fromEntries(agents.map((agent) => [agent, environment.actionSpace(agent).sample(stream)])),
  );
  const run = (count: number): number[] => {
    let [total, seen] = [0, 0];
    environment.reset({ seed: 0 });
    for (let t = 0; t < count; t++) {
      const live = environment.agents;
      const joint = drawn[t % DRAWN];
      const actions =
        live.length === agents.length
          ? joint
          : Object.fromEntries(live.map((agent) => [agent, joint[agent]]));
      const { rewards, observations } = environment.step(actions);
      for (const agent of live) {
        total += rewards[agent];
        seen += (observations[agent] as ArrayLike<number>)[0];
      }
      if (environment.agents.length === 0) environment.reset();
    }
    return [total, seen];
  };
  return { steps, run: () => run(steps), once: () => run(1), outputs: (sums) => [sums] };
}

await serve({
  description: {
    versions: { node: process.version, V8: process.versions.v8 ?? 'unknown' },
    variants: [{ name: 'step', compiled: false }],
  },
  prepare(_variant, { environment, steps }) {
    const found = made.get(String(environment));
    if (found === undefined) throw new Error(`prepare: no environment ${environment}`);
    return play(found, Number(steps)) as Prepared<unknown>;
  },
});
