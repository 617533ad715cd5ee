/** Steps per second of MuJoCo's hopper, in this process: its WebAssembly file cannot be bundled for other Nodes. */
import { makeEnvironment, random } from '@descant/envs';
import { median } from '../harness/statistics.ts';

const ROUNDS = 5;
const STEPS = 4000;

/** The median rate over rounds of random torques, episodes one after the other. */
export async function hopperRate(): Promise<number> {
  const environment = await makeEnvironment('hopper-3x1');
  const stream = random(1);
  const spaces = environment.possibleAgents.map((agent) => [agent, environment.actionSpace(agent)] as const);
  environment.reset({ seed: 0 });
  const round = (): number => {
    const start = performance.now();
    for (let t = 0; t < STEPS; t++) {
      if (environment.agents.length === 0) environment.reset();
      environment.step(Object.fromEntries(spaces.map(([agent, space]) => [agent, space.sample(stream)])));
    }
    return (1000 * STEPS) / (performance.now() - start);
  };
  round();
  return median(Array.from({ length: ROUNDS }, round));
}
