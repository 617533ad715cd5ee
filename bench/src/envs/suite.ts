/** The suite `envs`: steps per second of environments on one core. */
import { key, randint } from '@descant/tensor-ops';
import { load, machine } from '../harness/machine.ts';
import type { ParticipantCommand } from '../harness/participant.ts';
import { type Bar, type Circumstances, type Versions, versionsOf } from '../harness/report.ts';
import { resultOf } from '../harness/results.ts';
import { type CaseResult, measureWorkload, type Timing, type WorkloadCase } from '../harness/workload.ts';
import { HEADLINE_PARTICIPANT, type Ours, withParticipants } from '../participants.ts';
import { peers } from '../peers.ts';
import { hopperRate } from './hopper.ts';
import { measureEnvironmentMemory } from './memory.ts';
import { SINGLE } from './single.ts';

export interface EnvsWorkload {
  readonly title: string;
  /** What a step is. */
  readonly unit: string;
  readonly versions: Versions;
  readonly missing: readonly string[];
  readonly cases: readonly CaseResult[];
  readonly bars: Bar[];
}

export interface EnvsReport extends Circumstances {
  readonly suite: 'envs';
  readonly workloads: readonly EnvsWorkload[];
  readonly memory: readonly Bar[];
}

const BATCH = 1024;
const STEPS = 50;

/** Agent-steps per second. */
const COMPILED_BAR = 20e6;
const TYPED_ARRAY_BAR = 5e6;
/** Steps per second. */
const HOPPER_BAR = 4e3;

/** Whole numbers and sums of them: everybody must agree to the bit. */
const EXACT = { afterOneStep: 0, afterOneRun: 0 };

const perSecond = (microseconds: number): number => 1e6 / microseconds;

/** A rate with its unit's prefix. */
export const rate = (perSecond: number): string =>
  perSecond >= 1e6 ? `${(perSecond / 1e6).toFixed(2)} M/s` : `${(perSecond / 1e3).toFixed(1)} k/s`;

function bar(what: string, reached: number, needed: number, remark = ''): Bar {
  return { text: `${what}: ${rate(reached)}, bar ${rate(needed)}${remark}`, reached: reached >= needed };
}

function coinGameCase(): WorkloadCase {
  const actions = Array.from(randint(key(1), [STEPS, BATCH, 2], 0, 4).data);
  return {
    label: `coin game, ${BATCH} instances, ${STEPS} steps`,
    parameters: { batch: BATCH, steps: STEPS },
    inputs: [actions],
    tolerances: EXACT,
  };
}

function coinGameBars([{ results }]: readonly CaseResult[]): Bar[] {
  const of = (variant: string) =>
    perSecond(resultOf(results, { participant: HEADLINE_PARTICIPANT, variant })!.microsecondsPerStep);
  return [
    bar('coin game compiled, all observations kept', of('compiled, observations kept'), COMPILED_BAR),
    bar('coin game on typed arrays', of('typed arrays'), TYPED_ARRAY_BAR),
  ];
}

function singleCases(): WorkloadCase[] {
  return SINGLE.map(({ environment, steps }) => ({
    label: environment,
    parameters: { environment, steps },
    inputs: [],
    tolerances: EXACT,
  }));
}

function singleBars(cases: readonly CaseResult[]): Bar[] {
  return cases.map(({ label, results }, k) => {
    const own = resultOf(results, { participant: HEADLINE_PARTICIPANT, variant: 'step' })!;
    const { bar: needed, reference } = SINGLE[k];
    const remark = reference === undefined ? '' : ` (${reference}/s)`;
    return bar(`${label} alone`, perSecond(own.microsecondsPerStep), needed, remark);
  });
}

/** Measures everything and returns the report. */
export async function measureEnvs(timing: Timing, tell: (line: string) => void): Promise<EnvsReport> {
  const before = load();
  const coinGame = await measure(
    {
      title: 'coin game, many instances at once',
      unit: 'agent-steps',
      worker: 'coin-game-worker.ts',
      others: [peers('coin_game')[1]],
      cases: [coinGameCase()],
      bars: coinGameBars,
    },
    timing,
    tell,
  );
  const single = await measure(
    {
      title: 'single environments, random actions, through the ordinary interface',
      unit: 'steps',
      worker: 'single-worker.ts',
      others: [],
      cases: singleCases(),
      bars: singleBars,
    },
    timing,
    tell,
  );
  tell('hopper');
  single.bars.push(bar('hopper of MuJoCo, Node 24 alone', await hopperRate(), HOPPER_BAR));
  tell('memory');
  const memory = await measureEnvironmentMemory();
  const workloads = [coinGame, single];
  return { suite: 'envs', machine: machine(), timing, load: [before, load()], workloads, memory };
}

interface EnvsDefinition {
  readonly title: string;
  readonly unit: string;
  readonly worker: string;
  readonly others: readonly ParticipantCommand[];
  readonly cases: readonly WorkloadCase[];
  bars(cases: readonly CaseResult[]): Bar[];
}

function measure(
  { title, unit, worker, others, cases, bars }: EnvsDefinition,
  timing: Timing,
  tell: (line: string) => void,
): Promise<EnvsWorkload> {
  const entry = {
    worker: new URL(`./${worker}`, import.meta.url),
    commands: (ours: Ours) => [ours(24), ...others, ours(20)],
  };
  return withParticipants(entry, tell, async ({ present, missing }) => {
    const measured = await measureWorkload(present, cases, timing, tell);
    return { title, unit, versions: versionsOf(present), missing, cases: measured, bars: bars(measured) };
  });
}
