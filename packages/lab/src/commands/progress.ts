/** The progress display of a run, on standard error: one line and bar for each group of tasks. */
import { Listr, ListrLogger, ProcessOutput } from 'listr2';
import type { Run } from '../run/start-run.ts';

const barWidth = 24;

/** `███████░░░░░░░ 3/10`. */
function progressBar(done: number, total: number): string {
  const filled = Math.round((barWidth * done) / total);
  return `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)} ${done}/${total}`;
}

/** Performs all tasks of a run while showing how far it is. Returns early when the signal is aborted. */
export async function performWithProgress(run: Run, signal: AbortSignal): Promise<void> {
  const groups = [...new Set(run.tasks.map((task) => task.group))].map((group) => ({
    group,
    tasks: run.tasks.filter((task) => task.group === group),
  }));
  let show = (_share: number): void => {};
  const steps = run.perform(signal, (share) => show(share));
  const lines = groups.map(({ group, tasks }) => ({
    title: group,
    task: async (_: unknown, line: { title: string; skip(message: string): void }) => {
      const started = performance.now();
      for (const [done, task] of tasks.entries()) {
        // Done in an earlier run that this one resumes.
        if (!run.pending.includes(task)) continue;
        const title = `${group} ${progressBar(done, tasks.length)} ${task.name}`;
        line.title = title;
        show = (share) => {
          line.title = `${title} ${Math.floor(100 * share)} %`;
        };
        const step = await steps.next();
        if (step.done) {
          line.skip(`${group}: interrupted after ${done} of ${tasks.length}`);
          return;
        }
      }
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      line.title = `${group} ${progressBar(tasks.length, tasks.length)} in ${seconds} s`;
    },
  }));
  const output = new ProcessOutput(process.stderr, process.stderr);
  const list = new Listr(lines, {
    // The command handles interrupts itself: it lets the task end and keeps what was found.
    registerSignalListeners: false,
    fallbackRendererCondition: () => process.stderr.isTTY !== true,
    rendererOptions: { logger: new ListrLogger({ processOutput: output }) },
    fallbackRendererOptions: { logger: new ListrLogger({ processOutput: output }) },
  });
  await list.run();
  // The generator writes the report after its last task.
  for await (const _ of steps);
}
