/** The participant's side of the protocol, for programs that run on Node. */
import { createInterface } from 'node:readline';
import type { Case, Description, Measurement, Outputs, Preparation, Prepared, Request } from './protocol.ts';
import { median } from './statistics.ts';

export interface Workload {
  readonly description: Description;
  prepare(variant: string, parameters: Case, inputs: Outputs): Prepared;
}

/** Answers requests from standard input until it ends. */
export async function serve(workload: Workload): Promise<void> {
  const prepared = new Map<string, Prepared>();
  for await (const line of createInterface({ input: process.stdin })) {
    let answer: unknown;
    try {
      answer = respond(workload, prepared, JSON.parse(line) as Request);
    } catch (error) {
      answer = { error: error instanceof Error ? error.message : String(error) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}

function respond(
  workload: Workload,
  prepared: Map<string, Prepared>,
  request: Request,
): Description | Preparation | Measurement {
  if (request.command === 'describe') return workload.description;
  if (request.command === 'prepare') {
    const entry = workload.prepare(request.variant, request.case, request.inputs);
    prepared.set(request.id, entry);
    const first = timed(() => entry.run());
    const later = timesWithin(request.warmMilliseconds, () => entry.run());
    return {
      first: entry.outputs(entry.once()),
      last: entry.outputs(entry.run()),
      steps: entry.steps,
      compileMilliseconds: first - median(later),
    };
  }
  const entry = prepared.get(request.id);
  if (entry === undefined) throw new Error(`measure: "${request.id}" was not prepared`);
  const processor = process.cpuUsage();
  const start = performance.now();
  const times = timesWithin(request.milliseconds, () => entry.run());
  const elapsed = performance.now() - start;
  const { user, system } = process.cpuUsage(processor);
  return {
    microsecondsPerStep: (1000 * median(times)) / entry.steps,
    runs: times.length,
    processorShare: (user + system) / (1000 * elapsed),
  };
}

/** The time of every run, in milliseconds, until the window is over; at least one. */
function timesWithin(milliseconds: number, run: () => unknown): number[] {
  const end = performance.now() + milliseconds;
  const times: number[] = [];
  do times.push(timed(run));
  while (performance.now() < end);
  return times;
}

function timed(run: () => unknown): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}
