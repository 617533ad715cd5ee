/** `npm run bench -- coconet`: a training step on one and two threads, and a melody harmonised from the command line. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  beginTraining,
  describe,
  encodeMidi,
  stepOperations,
  type TrainingCheckpoint,
  train,
} from '@descant/coconet';
import { key, randint, setThreads } from '@descant/tensor-ops';
import { load, machine } from '../harness/machine.ts';
import { median } from '../harness/statistics.ts';
import { table } from '../harness/table.ts';

/** The network that comes with @descant/coconet, with random scores in place of the chorales. */
const START = beginTraining({
  description: describe({
    layers: 16,
    channels: 48,
    dilations: [
      [1, 1],
      [1, 2],
      [1, 1],
      [2, 4],
      [1, 1],
      [2, 8],
    ],
  }),
  batchSize: 16,
  cropSteps: 32,
  validationEpochs: 1_000_000,
});

/** GFLOP/s of a training step on two cores, and seconds of harmonising 32 steps with start-up. */
const BARS = { step: 50, harmonize: 5 };

const WARM_UP = 2;

function randomScores(): number[][][] {
  const pitches = randint(key(0), [16 * 32 * 4], 36, 82).data;
  return Array.from({ length: 16 }, (_, s) =>
    Array.from({ length: 32 }, (_, t) => [...pitches.subarray((32 * s + t) * 4, (32 * s + t + 1) * 4)]),
  );
}

/** Seconds of some steps: the clock's, and the processor's. */
async function timeSteps(start: TrainingCheckpoint, count: number) {
  const scores = randomScores();
  const times: { clock: number; processor: number }[] = [];
  let [clock, processor] = [performance.now(), process.cpuUsage().user];
  let checkpoint = start;
  for await (const event of train(start, { scores: { train: scores, valid: scores } })) {
    checkpoint = event.checkpoint;
    const [now, used] = [performance.now(), process.cpuUsage().user];
    times.push({ clock: (now - clock) / 1e3, processor: (used - processor) / 1e6 });
    [clock, processor] = [now, used];
    if (times.length === WARM_UP + count) break;
  }
  return { checkpoint, times: times.slice(WARM_UP) };
}

function timeHarmonize(): number {
  const folder = mkdtempSync(join(tmpdir(), 'bench-coconet-'));
  const melody = [67, 69, 71, 72, 74, 72, 71, 69].flatMap((p) => [[p], [p], [p], [p]]);
  writeFileSync(join(folder, 'melody.mid'), encodeMidi(melody));
  const cli = resolve(import.meta.dirname, '../../../packages/lab/src/cli.ts');
  const began = performance.now();
  const args = ['--conditions=@descant/source', cli, 'harmonize', 'melody.mid', '-o', 'out.mid'];
  execFileSync(process.execPath, args, { cwd: folder, stdio: 'pipe' });
  return (performance.now() - began) / 1e3;
}

/** The report as text, and whether the bars are reached. */
export async function measureCoconet(rounds: number): Promise<{ text: string; reached: boolean }> {
  const operations = stepOperations(START.config) / 1e9;
  const samples = new Map([1, 2].map((threads) => [threads, [] as { clock: number; processor: number }[]]));
  const harmonised: number[] = [];
  let checkpoint = START;
  for (let round = 0; round < rounds; round++) {
    for (const [threads, times] of samples) {
      await setThreads(threads);
      const measured = await timeSteps(checkpoint, 3);
      checkpoint = measured.checkpoint;
      times.push(...measured.times);
    }
    harmonised.push(timeHarmonize());
  }
  await setThreads(1);
  const rate = (threads: number) =>
    operations / median((samples.get(threads) ?? []).map(({ clock }) => clock));
  const rows = [...samples].map(([threads, times]) => {
    const [clock, processor] = [median(times.map((t) => t.clock)), median(times.map((t) => t.processor))];
    return [
      String(threads),
      `${(1e3 * clock).toFixed(0)} ms`,
      `${(operations / clock).toFixed(1)} GFLOP/s`,
      (processor / clock).toFixed(2),
    ];
  });
  const seconds = median(harmonised);
  const bars = [
    {
      line: `training step, the faster: ${Math.max(rate(1), rate(2)).toFixed(1)} GFLOP/s, bar ${BARS.step}`,
      reached: Math.max(rate(1), rate(2)) >= BARS.step,
    },
    { line: `harmonize: ${seconds.toFixed(2)} s, bar ${BARS.harmonize}`, reached: seconds <= BARS.harmonize },
  ];
  const { processor, cores, platform } = machine();
  const text = [
    `Node ${process.version}, ${processor}, ${cores} cores, ${platform}, load ${load().toFixed(1)}`,
    `One training step of 16 layers x 48 channels, batch 16, 32 steps: ${operations.toFixed(1)} GFLOP`,
    ...table(['threads', 'a step', 'speed', 'processor/clock'], rows),
    '',
    `descant harmonize, 32 steps, 128 predictions, start-up included: ${seconds.toFixed(2)} s (median of ${rounds})`,
    '',
    'Bars:',
    ...bars.map(({ line, reached }) => `  ${reached ? 'reached    ' : 'NOT REACHED'}  ${line}`),
    '',
  ].join('\n');
  return { text, reached: bars.every(({ reached }) => reached) };
}
