/** Whether memory grows over ten million steps. */
import { checkers, coinGame, switchGame, vectorise } from '@descant/envs';
import type { Bar } from '../harness/report.ts';
import { growthPerStep, measureMemory } from '../memory/memory.ts';

const STEPS = 10_000_000;
/** Bytes a step: a pointer is more. */
const LIMIT = 1;

const BATCH = 1000;

/** What is played: one call, and the steps of an environment that it makes. */
function players(): readonly (readonly [name: string, stepsOfCall: number, call: () => void])[] {
  const games = vectorise(coinGame(), BATCH);
  games.reset({ seed: 0 });
  const moves = Int32Array.from({ length: 2 * BATCH }, (_, k) => (7 * k) % 4);
  const [alone, four] = [checkers(), switchGame()];
  alone.reset();
  four.reset();
  let t = 0;
  return [
    [`coin game, ${BATCH} instances`, BATCH, () => games.step(moves)],
    [
      'checkers alone',
      1,
      () => {
        alone.step({ agent_0: ++t % 5, agent_1: (t >> 2) % 5 });
        if (alone.agents.length === 0) alone.reset();
      },
    ],
    [
      'switch4 alone',
      1,
      () => {
        t++;
        four.step(Object.fromEntries(four.agents.map((agent, i) => [agent, (t >> i) % 5])));
        if (four.agents.length === 0) four.reset();
      },
    ],
  ];
}

/** Plays ten million steps of each and compares what is in use, garbage collected, in ten places. */
export async function measureEnvironmentMemory(): Promise<Bar[]> {
  const bars: Bar[] = [];
  for (const [name, stepsOfCall, call] of players()) {
    const calls = STEPS / stepsOfCall;
    const usages = await measureMemory(call, { warmUp: calls / 100, steps: calls, parts: 10 });
    const growth = growthPerStep(usages, ({ heap, buffers }) => heap + buffers) / stepsOfCall;
    bars.push({
      text: `${name}: ${growth.toFixed(4)} bytes a step over ${STEPS / 1e6} million steps, bar ${LIMIT}`,
      reached: growth < LIMIT,
    });
  }
  return bars;
}
