/** Who takes part in a suite: our own program on versions of Node, beside the peers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { machine } from './harness/machine.ts';
import { bundleProgram, findNode } from './harness/node-programs.ts';
import type { ParticipantCommand } from './harness/participant.ts';
import type { Participants } from './harness/report.ts';
import { startParticipants } from './harness/workload.ts';
import { threadEnvironment, threadedName } from './peers.ts';

export const HEADLINE_PARTICIPANT = 'descant, Node 24';

/** Our program on a version of Node, and undefined, told about, where that cannot be had. */
export type Ours = (major: number) => ParticipantCommand | undefined;

type Tell = (line: string) => void;

/** Participants of a suite. */
export interface Entry {
  /** The program that measures our side. */
  readonly worker: URL;
  /** Participants are measured with each of these numbers of threads. */
  readonly threads?: readonly number[];
  /** The participants with a number of threads, in the order of measurement. */
  readonly commands: (ours: Ours, threads: number) => readonly (ParticipantCommand | undefined)[];
}

/** Starts the participants that this machine has, measures with them, and ends them; who is missing is told and passed on. */
export async function withParticipants<Report>(
  { worker, threads = [1], commands }: Entry,
  tell: Tell,
  measure: (participants: Participants) => Promise<Report>,
): Promise<Report> {
  const missing: string[] = [];
  const miss = (line: string) => {
    missing.push(line);
    tell(line);
  };
  const folder = mkdtempSync(join(tmpdir(), 'descant-bench-'));
  const source = fileURLToPath(worker);
  const program = join(folder, basename(source).replace(/ts$/, 'mjs'));
  const { cores } = machine();
  let present: Participants['present'] = [];
  try {
    await bundleProgram(source, program);
    const all = threads.flatMap((count) => {
      if (count <= cores) return commands((major) => nodeParticipant(major, program, miss, count), count);
      miss(`${count} threads are not measured: the machine has ${cores} core(s)`);
      return [];
    });
    present = await startParticipants(
      all.filter((command) => command !== undefined),
      miss,
    );
    return await measure({ present, missing });
  } finally {
    for (const { participant } of present) participant.close();
    rmSync(folder, { recursive: true });
  }
}

function nodeParticipant(
  major: number,
  program: string,
  miss: Tell,
  threads: number,
): ParticipantCommand | undefined {
  const name = threadedName(`descant, Node ${major}`, threads);
  const node = findNode(major);
  if (node === undefined && name === HEADLINE_PARTICIPANT) throw new Error(`${name}: no Node ${major} found`);
  if (node === undefined) miss(`${name} is not measured: npm cannot install node@${major}`);
  return node === undefined
    ? undefined
    : { name, program: node, args: [program], env: threadEnvironment(threads), install: `node@${major}` };
}
