/** What the suite has to know about a workload. */
import type { Bar } from '../harness/report.ts';
import type { CaseResult, Entrant, WorkloadCase } from '../harness/workload.ts';

/** The participant and variant that the bars are about. */
export type Headline = Entrant;

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
