/** The suite `uoro`: online gradients of an LSTM of 50 units on batches of 50, beside PyTorch. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bernoulli, key, randint, uniform } from '@descant/tensor-ops';
import { load, machine } from '../harness/machine.ts';
import { bundleProgram } from '../harness/node-programs.ts';
import { medianRatio } from '../harness/statistics.ts';
import { formatMicroseconds, table } from '../harness/table.ts';
import { measureWorkload, startParticipants, type Timing, type WorkloadCase } from '../harness/workload.ts';
import { peers } from '../peers.ts';
import { nodeParticipant } from '../tensor-ops/suite.ts';
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
export async function measureUoro(
  timing: Timing,
  tell: (line: string) => void,
): Promise<{ text: string; reached: boolean }> {
  const before = load();
  const { processor, cores, platform } = machine();
  const missing: string[] = [];
  const miss = (line: string) => {
    missing.push(line);
    tell(line);
  };
  const folder = mkdtempSync(join(tmpdir(), 'descant-bench-'));
  const own = join(folder, 'worker.mjs');
  await bundleProgram(fileURLToPath(new URL('./worker.ts', import.meta.url)), own);
  const commands = [nodeParticipant(24, own, miss), peers('uoro')[0]];
  const present = await startParticipants(
    commands.filter((command) => command !== undefined),
    miss,
  );
  try {
    const cases = await measureWorkload(present, ALGORITHMS.map(caseOf), timing, tell);
    const verdicts = cases.flatMap(({ results }, k) => {
      const [ours, theirs] = results;
      if (theirs === undefined) return [];
      const { algorithm, bar } = ALGORITHMS[k];
      const ratio = medianRatio(ours.rounds, theirs.rounds);
      return [{ algorithm, ratio, bar, reached: ratio <= bar }];
    });
    tell('memory of UORO over 100000 steps');
    const memory = await measureStreamMemory();
    const rows = cases.flatMap(({ label, results }) =>
      results.map(({ participant, microsecondsPerStep, rounds, processorShare }) => [
        `${label}: ${participant}`,
        formatMicroseconds(microsecondsPerStep),
        formatMicroseconds(Math.min(...rounds)),
        processorShare.toFixed(2),
      ]),
    );
    const versions = present.map(
      ({ participant, description }) =>
        `  ${participant.name}: ${Object.entries(description.versions).flat().join(' ')}`,
    );
    const line = (reached: boolean, what: string) => `  ${reached ? 'reached    ' : 'NOT REACHED'}  ${what}`;
    const text = [
      `machine: ${processor}, ${cores} cores, ${platform}; one thread for everybody`,
      `load average: ${before.toFixed(2)} before, ${load().toFixed(2)} after (1 is this bench alone)`,
      `timing: medians of ${timing.rounds} interleaved rounds of ${timing.milliseconds} ms each; all agree on the gradients`,
      ...versions,
      ...missing,
      '',
      `an LSTM of ${UNITS} units, ${INPUTS} inputs, batch ${BATCH}, float32: time of a step of the whole batch`,
      ...table(['', 'median', 'least', 'threads'], rows),
      '',
      "Bars (ours / PyTorch's time, the median of the rounds' ratios):",
      ...verdicts.map(({ algorithm, ratio, bar, reached }) =>
        line(reached, `${algorithm}: ${ratio.toFixed(2)}, bar ${bar}`),
      ),
      line(memory.reached, memory.text),
      '',
    ].join('\n');
    return { text, reached: memory.reached && verdicts.every(({ reached }) => reached) };
  } finally {
    for (const { participant } of present) participant.close();
    rmSync(folder, { recursive: true });
  }
}
