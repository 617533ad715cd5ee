/** What every report for people says: where and how it was measured, by whom, and which bars were reached. */
import { load, type Machine, machine } from './machine.ts';
import type { Present, Timing } from './workload.ts';

/** Something that must be reached. */
export interface Bar {
  readonly text: string;
  readonly reached: boolean;
}

/** A report as text, and whether every bar was reached. */
export interface TextReport {
  readonly text: string;
  readonly reached: boolean;
}

/** The circumstances of the measurements. */
export interface Circumstances {
  readonly machine: Machine;
  readonly timing: Timing;
  /** Before and after. */
  readonly load: readonly [number, number];
}

/** Who takes part, and a line for each who does not. */
export interface Participants {
  readonly present: readonly Present[];
  readonly missing: readonly string[];
}

/** Of participants' programs, by participant. */
export type Versions = Readonly<Record<string, Readonly<Record<string, string>>>>;

export const circumstanceLines = ({ machine, timing, load }: Circumstances): string[] => [
  `machine: ${machine.processor}, ${machine.cores} cores, ${machine.platform}; one thread where nothing else is said`,
  `load average: ${load[0].toFixed(2)} before, ${load[1].toFixed(2)} after (1 is this bench alone)`,
  `timing: medians of ${timing.rounds} interleaved rounds of ${timing.milliseconds} ms each`,
];

export const versionsOf = (present: readonly Present[]): Versions =>
  Object.fromEntries(present.map(({ participant, description }) => [participant.name, description.versions]));

/** A line for each participant. */
export const versionLines = (versions: Versions): string[] =>
  Object.entries(versions).map(([participant, list]) => {
    const parts = Object.entries(list).map(([part, version]) => `${part} ${version}`);
    return `  ${participant}: ${parts.join(', ')}`;
  });

export const barLines = (bars: readonly Bar[]): string[] =>
  bars.map(({ text, reached }) => `  ${reached ? 'reached    ' : 'NOT REACHED'}  ${text}`);

/** Finishes a report that began when it was made: `body` between the circumstances and the bars. */
export function textReport(timing: Timing, { present, missing }: Participants) {
  const before = load();
  return (body: readonly string[], bars: readonly Bar[]): TextReport => {
    const lines = [
      ...circumstanceLines({ machine: machine(), timing, load: [before, load()] }),
      ...versionLines(versionsOf(present)),
      ...missing,
      '',
      ...body,
      '',
      'Bars:',
      ...barLines(bars),
      '',
    ];
    return { text: lines.join('\n'), reached: bars.every(({ reached }) => reached) };
  };
}
