/** The suite `tensor-ops`: the compiler of arrays beside PyTorch and JAX. */
import { load, machine } from '../harness/machine.ts';
import { type Bar, type Circumstances, type Versions, versionsOf } from '../harness/report.ts';
import { type CaseResult, measureWorkload, type Timing } from '../harness/workload.ts';
import { type Ours, withParticipants } from '../participants.ts';
import { peers } from '../peers.ts';
import type { Definition, Headline } from './definition.ts';

export interface WorkloadReport {
  readonly name: string;
  readonly title: string;
  readonly headline: Headline;
  readonly versions: Versions;
  readonly missing: readonly string[];
  readonly cases: readonly CaseResult[];
  readonly bars: readonly Bar[];
}

export interface SuiteReport extends Circumstances {
  readonly suite: 'tensor-ops';
  readonly workloads: readonly WorkloadReport[];
}

export async function measureTensorOps(
  timing: Timing,
  tell: (line: string) => void,
  definitions: readonly Definition[],
): Promise<SuiteReport> {
  const before = load();
  const workloads: WorkloadReport[] = [];
  for (const definition of definitions) workloads.push(await measure(definition, timing, tell));
  return { suite: 'tensor-ops', machine: machine(), timing, load: [before, load()], workloads };
}

function measure(
  { name, title, worker, peers: scripts, headline, threads, cases: casesOf, bars }: Definition,
  timing: Timing,
  tell: (line: string) => void,
): Promise<WorkloadReport> {
  const entry = {
    worker: new URL(`./${worker}`, import.meta.url),
    threads,
    commands: (ours: Ours, count: number) => [
      ours(24),
      ...peers(scripts, count),
      ...(count === 1 ? [ours(20)] : []),
    ],
  };
  return withParticipants(entry, tell, async ({ present, missing }) => {
    const cases = await measureWorkload(present, casesOf(), timing, tell);
    return { name, title, headline, versions: versionsOf(present), missing, cases, bars: bars(cases) };
  });
}
