/** The suite `coconet`: a training step and a forward pass beside PyTorch, and a melody harmonised from the command line. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { encodeMidi } from '@descant/coconet';
import { type TextReport, textReport } from '../harness/report.ts';
import { fastestOnAnyThreads } from '../harness/results.ts';
import { median, medianRatio } from '../harness/statistics.ts';
import { formatMicroseconds, table } from '../harness/table.ts';
import { type CaseResult, measureWorkload, type Timing, type WorkloadCase } from '../harness/workload.ts';
import { type Ours, withParticipants } from '../participants.ts';
import { peers } from '../peers.ts';
import { BATCH, inputs, OPERATIONS, PARAMETERS, STEPS } from './network.ts';

/** GFLOP/s of a training step on two cores, and seconds of harmonising 32 steps with start-up. */
const BARS = { step: 50, harmonize: 5 };

type Task = keyof typeof OPERATIONS;

/** Loss and directions of gradients, or log-probabilities: float32 sums in different orders through 16 layers. */
const caseOf = (task: Task, label: string): WorkloadCase => ({
  label,
  parameters: { task, ...PARAMETERS },
  inputs: inputs(),
  tolerances: { afterOneStep: 1e-3, afterOneRun: 1e-3 },
});

function secondsOfHarmonize(): number {
  const folder = mkdtempSync(join(tmpdir(), 'bench-coconet-'));
  const melody = [67, 69, 71, 72, 74, 72, 71, 69].flatMap((p) => [[p], [p], [p], [p]]);
  writeFileSync(join(folder, 'melody.mid'), encodeMidi(melody));
  const cli = resolve(import.meta.dirname, '../../../packages/lab/src/cli.ts');
  const began = performance.now();
  const args = ['--conditions=@descant/source', cli, 'harmonize', 'melody.mid', '-o', 'out.mid'];
  execFileSync(process.execPath, args, { cwd: folder, stdio: 'pipe' });
  const seconds = (performance.now() - began) / 1e3;
  rmSync(folder, { recursive: true });
  return seconds;
}

/** GFLOP/s of a task that takes so long. */
const speed = (task: Task, microseconds: number): number => (1e6 * OPERATIONS[task]) / microseconds;

/** How much longer than the fastest PyTorch the fastest of ours takes, with any number of threads. */
function besidePyTorch({ label, results }: CaseResult): string[] {
  const [ours, theirs] = ['descant', 'PyTorch'].map((name) => fastestOnAnyThreads(results, name));
  return ours === undefined || theirs === undefined
    ? []
    : [
        `${label}: ${medianRatio(ours.rounds, theirs.rounds).toFixed(2)} of PyTorch's time, the fastest of each`,
      ];
}

/** Measures everything; the report as text, and whether every bar was reached. */
export function measureCoconet(timing: Timing, tell: (line: string) => void): Promise<TextReport> {
  const entry = {
    worker: new URL('./worker.ts', import.meta.url),
    threads: [1, 2],
    commands: (ours: Ours, threads: number) => [ours(24), peers('coconet', threads)[0]],
  };
  return withParticipants(entry, tell, async (participants) => {
    const finish = textReport(timing, participants);
    const tasks: readonly Task[] = ['train', 'forward'];
    const cases = await measureWorkload(
      participants.present,
      [caseOf('train', 'training step'), caseOf('forward', 'forward pass')],
      timing,
      tell,
    );
    tell('harmonising');
    const seconds = median(Array.from({ length: timing.rounds }, secondsOfHarmonize));
    const rows = cases.flatMap(({ label, results }, k) =>
      results.map(({ participant, variant, microsecondsPerStep, rounds, processorShare }) => [
        `${label}: ${participant}, ${variant}`,
        formatMicroseconds(microsecondsPerStep),
        formatMicroseconds(Math.min(...rounds)),
        speed(tasks[k], microsecondsPerStep).toFixed(1),
        processorShare.toFixed(2),
      ]),
    );
    const ours = cases[0].results.filter(({ participant }) => participant.startsWith('descant'));
    const best = Math.max(...ours.map(({ microsecondsPerStep }) => speed('train', microsecondsPerStep)));
    return finish(
      [
        `16 layers x 48 channels, ${BATCH} crops of ${STEPS} steps: ${OPERATIONS.train.toFixed(1)} GFLOP a training step, ${OPERATIONS.forward.toFixed(1)} a forward pass; all agree on loss, gradients and predictions`,
        ...table(['', 'median', 'least', 'GFLOP/s', 'threads'], rows),
        '',
        ...cases.flatMap(besidePyTorch),
        `descant harmonize, 32 steps, 128 predictions, start-up included: ${seconds.toFixed(2)} s (median of ${timing.rounds})`,
      ],
      [
        { text: `training step: ${best.toFixed(1)} GFLOP/s, bar ${BARS.step}`, reached: best >= BARS.step },
        {
          text: `harmonize: ${seconds.toFixed(2)} s, bar ${BARS.harmonize}`,
          reached: seconds <= BARS.harmonize,
        },
      ],
    );
  });
}
