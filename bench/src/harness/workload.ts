/** One workload measured: every participant is checked against the others, then all are timed in rounds. */
import { type Contribution, checkAgreement } from './agreement.ts';
import { MissingParticipant, Participant, type ParticipantCommand } from './participant.ts';
import type { Case, Description, Measurement, Outputs } from './protocol.ts';
import { interleave } from './rounds.ts';
import { median } from './statistics.ts';

export interface WorkloadCase {
  readonly label: string;
  readonly parameters: Case;
  readonly inputs: Outputs;
  readonly tolerances: Differences;
}

/** Differences between any two participants; see `checkAgreement`. */
interface Differences {
  readonly afterOneStep: number;
  /** After all the steps of one run, between those whose runs have as many steps. */
  readonly afterOneRun: number;
}

export interface Timing {
  /** Rounds for every case. */
  readonly rounds: number;
  /** Time of each measurement. */
  readonly milliseconds: number;
  /** Time to run before the first measurement of a case. */
  readonly warmMilliseconds: number;
}

/** One participant and one of its ways to do the work. */
export interface Entrant {
  readonly participant: string;
  readonly variant: string;
}

export interface EntrantResult extends Entrant {
  /** Median over the rounds of each round's median. */
  readonly microsecondsPerStep: number;
  /** By round. */
  readonly rounds: readonly number[];
  /** Tracing and code generation; undefined for what is not compiled. */
  readonly compileMilliseconds: number | undefined;
  /** The highest of all rounds; about 1 when one thread works. */
  readonly processorShare: number;
}

export interface CaseResult {
  readonly label: string;
  readonly parameters: Case;
  readonly differences: Differences;
  readonly tolerances: Differences;
  readonly results: readonly EntrantResult[];
}

export interface Present {
  readonly participant: Participant;
  readonly description: Description;
}

/** Starts the participants; those that are missing are told about and left out. */
export async function startParticipants(
  commands: readonly ParticipantCommand[],
  tell: (line: string) => void,
): Promise<Present[]> {
  const present: Present[] = [];
  for (const command of commands) {
    const participant = new Participant(command);
    try {
      present.push({ participant, description: await participant.describe() });
    } catch (error) {
      participant.close();
      if (!(error instanceof MissingParticipant)) throw error;
      tell(error.message);
    }
  }
  return present;
}

/** Times every variant of every participant on every case; throws a `Disagreement` before any timing. */
export async function measureWorkload(
  present: readonly Present[],
  cases: readonly WorkloadCase[],
  timing: Timing,
  tell: (line: string) => void,
): Promise<CaseResult[]> {
  const ready: PreparedCase[] = [];
  for (const one of cases) {
    tell(`checking ${one.label}`);
    ready.push(await prepareCase(present, one, timing.warmMilliseconds));
  }
  const results: CaseResult[] = [];
  for (const [i, { entrants, differences }] of ready.entries()) {
    const { label, parameters, tolerances } = cases[i];
    tell(`timing ${label}`);
    const measured = await interleave(entrants, timing.rounds, ({ owner, id }) =>
      owner.measure(id, timing.milliseconds),
    );
    const summaries = entrants.map((entrant, k) => summarise(entrant, measured[k]));
    results.push({ label, parameters, differences, tolerances, results: summaries });
  }
  return results;
}

interface PreparedEntrant extends Entrant {
  readonly owner: Participant;
  readonly id: string;
  readonly compileMilliseconds: number | undefined;
}

interface PreparedCase {
  readonly entrants: readonly PreparedEntrant[];
  readonly differences: Differences;
}

async function prepareCase(
  present: readonly Present[],
  { label, parameters, inputs, tolerances }: WorkloadCase,
  warmMilliseconds: number,
): Promise<PreparedCase> {
  const entrants: PreparedEntrant[] = [];
  const firsts: Contribution[] = [];
  const lasts = new Map<number, Contribution[]>();
  for (const { participant: owner, description } of present) {
    for (const { name: variant, compiled } of description.variants) {
      const id = `${label}, ${variant}`;
      const request = { id, variant, case: parameters, inputs, warmMilliseconds };
      const { first, last, steps, compileMilliseconds } = await owner.prepare(request);
      const compile = compiled ? compileMilliseconds : undefined;
      entrants.push({ participant: owner.name, variant, owner, id, compileMilliseconds: compile });
      const name = `${owner.name} (${variant})`;
      firsts.push({ name, outputs: first });
      lasts.set(steps, [...(lasts.get(steps) ?? []), { name, outputs: last }]);
    }
  }
  const afterOneStep = checkAgreement(`${label}, 1 step`, firsts, tolerances.afterOneStep);
  const afterOneRun = [...lasts].map(([steps, contributions]) =>
    checkAgreement(`${label}, ${steps} steps`, contributions, tolerances.afterOneRun),
  );
  return { entrants, differences: { afterOneStep, afterOneRun: Math.max(...afterOneRun) } };
}

function summarise(
  { participant, variant, compileMilliseconds }: PreparedEntrant,
  measured: readonly Measurement[],
): EntrantResult {
  const rounds = measured.map((m) => m.microsecondsPerStep);
  const processorShare = Math.max(...measured.map((m) => m.processorShare));
  return {
    participant,
    variant,
    microsecondsPerStep: median(rounds),
    rounds,
    compileMilliseconds,
    processorShare,
  };
}
