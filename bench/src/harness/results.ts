/** Results found again by who they are of. */
import type { Entrant, EntrantResult } from './workload.ts';

export function resultOf(
  results: readonly EntrantResult[],
  { participant, variant }: Entrant,
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
