/** Sampling one score from the command line, with progress, interruptible. */
import { type Sampler, type SampleStep, sample, type Task } from '@descant/coconet';
import { key } from '@descant/tensor-ops';
import { conditionalsFrom } from './model.ts';
import { checkMusicFlags, type MusicFlags, writeMusic } from './outputs.ts';

/** Flags of all commands that sample. */
export interface SampleFlags extends MusicFlags {
  readonly seed: number;
  readonly temperature: number;
  readonly model?: string;
}

/** Runs something that an interrupt ends by aborting the signal; a second one ends the process. */
export async function interruptible<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onInterrupt = () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new Error('interrupted; nothing was written'));
  };
  process.on('SIGINT', onInterrupt);
  try {
    return await run(controller.signal);
  } finally {
    process.removeListener('SIGINT', onInterrupt);
  }
}

/** Shows a line that is overwritten, on a terminal only. */
export function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

/** Samples a task and writes what the flags name. */
export async function perform(
  task: Task,
  sampler: Sampler,
  flags: SampleFlags,
  tempo: number,
): Promise<void> {
  checkMusicFlags(flags);
  const started = performance.now();
  const conditionals = await conditionalsFrom(flags.model);
  const steps: SampleStep[] = [];
  const [score] = await interruptible((signal) =>
    sample(conditionals, [task], sampler, {
      key: key(flags.seed),
      temperature: flags.temperature,
      signal,
      onStep: (step) => {
        if (flags.animation !== undefined) steps.push(step);
        showProgress(`step ${step.step} of ${step.steps}`);
      },
    }),
  );
  showProgress('');
  const piece = { score, sampled: task.free, steps, range: conditionals, tempo };
  const written = await writeMusic(piece, flags);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.error(`${score.length} steps in ${seconds} s: ${written.join(', ')}`);
}
