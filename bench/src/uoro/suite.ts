/** The suite `uoro`: online gradients of an LSTM of 50 units on batches of 50, beside PyTorch. */
import { bernoulli, key, randint, uniform } from '@descant/tensor-ops';
import { type Bar, type TextReport, textReport } from '../harness/report.ts';
import { medianRatio } from '../harness/statistics.ts';
import { formatMicroseconds, table } from '../harness/table.ts';
import { measureWorkload, type Timing, type WorkloadCase } from '../harness/workload.ts';
import { type Ours, withParticipants } from '../participants.ts';
import { peers } from '../peers.ts';
import { measureStreamMemory } from './memory.ts';

const [UNITS, INPUTS, CLASSES, BATCH] = [50, 28, 10, 50];

/** Steps of a run, numbers of noise a step, and the share of PyTorch's time that is the bar. */
const ALGORITHMS = [
  { algorithm: 'BPTT', steps: 28, noise: 1, bar: 1 },
  { algorithm: 'UORO', steps: 28, noise: 4 * UNITS, bar: 0.7 },
  { algorithm: 'PreUORO', steps: 28, noise: 1, bar: 0.8 },
  { algorithm: 'RTRL', steps: 2, noise: 0, bar: 0.9 },
] as const;

function caseOf({ algorithm, steps, noise }: (typeof ALGORITHMS)[number]): WorkloadCase {
  const bound = UNITS ** -0.5;
  const weights = (seed: number, count: number) =>
    Array.from(uniform(key(seed), [count], { low: -bound, high: bound }).data);
  const signs = Array.from(bernoulli(key(5), 0.5, [steps * BATCH * noise]).data, (b) => 2 * b - 1);
  return {
    label: `${algorithm}, ${steps} steps`,
    parameters: { algorithm, steps, noise, batch: BATCH, units: UNITS, inputs: INPUTS, classes: CLASSES },
    inputs: [
      weights(1, 4 * UNITS * (UNITS + INPUTS + 1)),
      weights(2, CLASSES * UNITS),
      Array.from(uniform(key(3), [steps * BATCH * INPUTS]).data),
      Array.from(randint(key(4), [steps * BATCH], 0, CLASSES).data),
      signs,
    ],
    // float32 sums in different orders, beside the largest element of the gradient.
    tolerances: { afterOneStep: 1e-5, afterOneRun: 1e-3 },
  };
}

/** Measures everything; the report as text, and whether every bar was reached. */
export function measureUoro(timing: Timing, tell: (line: string) => void): Promise<TextReport> {
  const entry = {
    worker: new URL('./worker.ts', import.meta.url),
    commands: (ours: Ours) => [ours(24), peers('uoro')[0]],
  };
  return withParticipants(entry, tell, async (participants) => {
    const finish = textReport(timing, participants);
    const cases = await measureWorkload(participants.present, ALGORITHMS.map(caseOf), timing, tell);
    const bars = cases.flatMap(({ results: [ours, theirs] }, k): Bar[] => {
      if (theirs === undefined) return [];
      const { algorithm, bar } = ALGORITHMS[k];
      const ratio = medianRatio(ours.rounds, theirs.rounds);
      return [
        { text: `${algorithm}: ${ratio.toFixed(2)} of PyTorch's time, bar ${bar}`, reached: ratio <= bar },
      ];
    });
    tell('memory of UORO over 100000 steps');
    bars.push(await measureStreamMemory());
    const rows = cases.flatMap(({ label, results }) =>
      results.map(({ participant, microsecondsPerStep, rounds, processorShare }) => [
        `${label}: ${participant}`,
        formatMicroseconds(microsecondsPerStep),
        formatMicroseconds(Math.min(...rounds)),
        processorShare.toFixed(2),
      ]),
    );
    return finish(
      [
        `an LSTM of ${UNITS} units, ${INPUTS} inputs, batch ${BATCH}, float32: time of a step of the whole batch; all agree on the gradients`,
        ...table(['', 'median', 'least', 'threads'], rows),
      ],
      bars,
    );
  });
}
