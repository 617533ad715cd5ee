/** W1 as a workload of the suite. */
import { at, key, normal } from '@descant/tensor-ops';
import type { WorkloadCase } from '../harness/workload.ts';
import type { Definition } from './definition.ts';
import { HEADLINE, w1Bars } from './w1-bars.ts';

/** Batch sizes, and the steps of one compiled loop: enough for entering and leaving it not to count. */
const LOOP_STEPS: Readonly<Record<number, number>> = { 1: 1000, 128: 200, 4096: 20 };
const CALL_STEPS = 10;
/** Many steps of learning amplify the rounding of the first. */
const TOLERANCES = {
  float32: { afterOneStep: 1e-3, afterOneRun: 1e-2 },
  float64: { afterOneStep: 1e-9, afterOneRun: 1e-9 },
} as const;
const SEED = 1;

export const w1: Definition = {
  name: 'W1',
  title: 'one simultaneous step of exact LOLA by both players of the Iterated Prisoner’s Dilemma',
  worker: 'w1-worker.ts',
  peers: 'w1',
  headline: HEADLINE,
  threads: [1],
  cases: w1Cases,
  bars: w1Bars,
};

function w1Cases(): WorkloadCase[] {
  return (['float32', 'float64'] as const).flatMap((precision) =>
    Object.entries(LOOP_STEPS).map(([size, loopSteps]) => {
      const batch = Number(size);
      const players = normal(key(SEED), [2, batch * 5], precision);
      const inputs = [0, 1].map((player) => Array.from(at(players, player).data));
      return {
        label: `${precision}, batch ${batch}`,
        parameters: { precision, batch, loopSteps, callSteps: CALL_STEPS },
        inputs,
        tolerances: TOLERANCES[precision],
      };
    }),
  );
}
