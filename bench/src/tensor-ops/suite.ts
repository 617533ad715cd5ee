/** The suite `tensor-ops`: the compiler of arrays beside PyTorch and JAX. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { at, key, normal } from '@descant/tensor-ops';
import { load, type Machine, machine } from '../harness/machine.ts';
import { bundleProgram, findNode } from '../harness/node-programs.ts';
import type { ParticipantCommand } from '../harness/participant.ts';
import {
  type CaseResult,
  measureWorkload,
  startParticipants,
  type Timing,
  type WorkloadCase,
} from '../harness/workload.ts';
import { peers } from '../peers.ts';
import { type Bar, HEADLINE, w1Bars } from './w1-bars.ts';

/** Batch sizes, and the steps of one compiled loop: enough for entering and leaving it not to count. */
const LOOP_STEPS: Readonly<Record<number, number>> = { 1: 1000, 128: 200, 4096: 20 };
const CALL_STEPS = 10;
/** Many steps of learning amplify the rounding of the first. */
const TOLERANCES = {
  float32: { afterOneStep: 1e-3, afterOneRun: 1e-2 },
  float64: { afterOneStep: 1e-9, afterOneRun: 1e-9 },
} as const;
const SEED = 1;

export interface SuiteReport {
  readonly suite: 'tensor-ops';
  readonly workload: 'W1';
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly timing: Timing;
  /** Before and after. */
  readonly load: readonly [number, number];
  readonly missing: readonly string[];
  readonly cases: readonly CaseResult[];
  readonly bars: readonly Bar[];
}

export async function measureTensorOps(timing: Timing, tell: (line: string) => void): Promise<SuiteReport> {
  const missing: string[] = [];
  const miss = (line: string) => {
    missing.push(line);
    tell(line);
  };
  const before = load();
  const folder = mkdtempSync(join(tmpdir(), 'descant-bench-'));
  const own = join(folder, 'w1-worker.mjs');
  await bundleProgram(fileURLToPath(new URL('./w1-worker.ts', import.meta.url)), own);
  const [torch, jax] = peers('w1');
  const commands = [nodeParticipant(24, own, miss), torch, jax, nodeParticipant(20, own, miss)];
  const present = await startParticipants(
    commands.filter((command) => command !== undefined),
    miss,
  );
  try {
    const cases = await measureWorkload(present, w1Cases(), timing, tell);
    const versions = present.map(({ participant, description }) => [participant.name, description.versions]);
    return {
      suite: 'tensor-ops',
      workload: 'W1',
      machine: machine(),
      versions: Object.fromEntries(versions),
      timing,
      load: [before, load()],
      missing,
      cases,
      bars: w1Bars(cases),
    };
  } finally {
    for (const { participant } of present) participant.close();
    rmSync(folder, { recursive: true });
  }
}

function nodeParticipant(
  major: number,
  program: string,
  miss: (line: string) => void,
): ParticipantCommand | undefined {
  const name = `descant, Node ${major}`;
  const node = findNode(major);
  if (node === undefined && name === HEADLINE.participant) throw new Error(`${name}: no Node ${major} found`);
  if (node === undefined) miss(`${name} is not measured: npm cannot install node@${major}`);
  return node === undefined ? undefined : { name, program: node, args: [program], install: `node@${major}` };
}

function w1Cases(): WorkloadCase[] {
  return (['float32', 'float64'] as const).flatMap((precision) =>
    Object.entries(LOOP_STEPS).map(([size, loopSteps]) => {
      const batch = Number(size);
      const players = normal(key(SEED), [2, batch * 5], precision);
      const inputs = [0, 1].map((player) => Array.from(at(players, player).data));
      return {
        label: `${precision}, batch ${batch}`,
        parameters: { precision, batch, loopSteps, callSteps: CALL_STEPS },
        inputs,
        tolerances: TOLERANCES[precision],
      };
    }),
  );
}
