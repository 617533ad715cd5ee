/** What the suite has to know about a workload. */
import type { Bar } from '../harness/report.ts';
import type { CaseResult, EntrantResult, WorkloadCase } from '../harness/workload.ts';

/** The participant and variant that the bars are about. */
export interface Headline {
  readonly participant: string;
  readonly variant: string;
}

export interface Definition {
  readonly name: string;
  readonly title: string;
  /** The program in this folder that measures our side. */
  readonly worker: string;
  /** The scripts `NAME_torch.py` and `NAME_jax.py` in `peers/`. */
  readonly peers: string;
  readonly headline: Headline;
  /** Participants are measured with each of these numbers of threads. */
  readonly threads: readonly number[];
  cases(): WorkloadCase[];
  bars(cases: readonly CaseResult[]): Bar[];
}

export function resultOf(
  results: readonly EntrantResult[],
  { participant, variant }: Headline,
): EntrantResult | undefined {
  return results.find((r) => r.participant === participant && r.variant === variant);
}

/** The fastest variant of a participant. */
export function fastestOf(results: readonly EntrantResult[], participant: string): EntrantResult | undefined {
  const own = results.filter((r) => r.participant === participant);
  return own.sort((a, b) => a.microsecondsPerStep - b.microsecondsPerStep)[0];
}

/** The fastest variant of a participant with any number of threads. */
export function fastestOnAnyThreads(
  results: readonly EntrantResult[],
  participant: string,
): EntrantResult | undefined {
  const own = results.filter(
    (r) => r.participant === participant || r.participant.startsWith(`${participant}, `),
  );
  return own.sort((a, b) => a.microsecondsPerStep - b.microsecondsPerStep)[0];
}
