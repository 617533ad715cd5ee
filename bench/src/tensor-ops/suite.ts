/** The suite `tensor-ops`: the compiler of arrays beside PyTorch and JAX. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load, type Machine, machine } from '../harness/machine.ts';
import { bundleProgram, findNode } from '../harness/node-programs.ts';
import type { ParticipantCommand } from '../harness/participant.ts';
import { type CaseResult, measureWorkload, startParticipants, type Timing } from '../harness/workload.ts';
import { peers, threadEnvironment, threadedName } from '../peers.ts';
import { type Bar, type Definition, HEADLINE_PARTICIPANT, type Headline } from './definition.ts';

export interface WorkloadReport {
  readonly name: string;
  readonly title: string;
  readonly headline: Headline;
  readonly versions: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly missing: readonly string[];
  readonly cases: readonly CaseResult[];
  readonly bars: readonly Bar[];
}

export interface SuiteReport {
  readonly suite: 'tensor-ops';
  readonly machine: Machine;
  readonly timing: Timing;
  /** Before and after. */
  readonly load: readonly [number, number];
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

async function measure(
  { name, title, worker, peers: scripts, headline, threads, cases: casesOf, bars }: Definition,
  timing: Timing,
  tell: (line: string) => void,
): Promise<WorkloadReport> {
  const missing: string[] = [];
  const miss = (line: string) => {
    missing.push(line);
    tell(line);
  };
  const folder = mkdtempSync(join(tmpdir(), 'descant-bench-'));
  const own = join(folder, worker.replace(/ts$/, 'mjs'));
  await bundleProgram(fileURLToPath(new URL(`./${worker}`, import.meta.url)), own);
  const cores = machine().cores;
  const commands = threads.flatMap((count) => {
    if (count > cores) {
      miss(`${count} threads are not measured: the machine has ${cores} core(s)`);
      return [];
    }
    const own24 = nodeParticipant(24, own, miss, count);
    return [own24, ...peers(scripts, count), ...(count === 1 ? [nodeParticipant(20, own, miss)] : [])];
  });
  const present = await startParticipants(
    commands.filter((command) => command !== undefined),
    miss,
  );
  try {
    const cases = await measureWorkload(present, casesOf(), timing, tell);
    const versions = present.map(({ participant, description }) => [participant.name, description.versions]);
    return {
      name,
      title,
      headline,
      versions: Object.fromEntries(versions),
      missing,
      cases,
      bars: bars(cases),
    };
  } finally {
    for (const { participant } of present) participant.close();
    rmSync(folder, { recursive: true });
  }
}

/** Our own program on a version of Node; undefined where that cannot be had. */
export function nodeParticipant(
  major: number,
  program: string,
  miss: (line: string) => void,
  threads = 1,
): ParticipantCommand | undefined {
  const name = threadedName(`descant, Node ${major}`, threads);
  const node = findNode(major);
  if (node === undefined && name === HEADLINE_PARTICIPANT) throw new Error(`${name}: no Node ${major} found`);
  if (node === undefined) miss(`${name} is not measured: npm cannot install node@${major}`);
  return node === undefined
    ? undefined
    : { name, program: node, args: [program], env: threadEnvironment(threads), install: `node@${major}` };
}
