/** The order of measurements. */

/**
 * Measures every participant once in each round, always in the order given, one at a time.
 *
 * Returns each participant's measurements, by round. A participant that fails ends the run.
 */
export async function interleave<P, M>(
  participants: readonly P[],
  rounds: number,
  measure: (participant: P, round: number) => Promise<M>,
): Promise<M[][]> {
  const measured = participants.map((): M[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, participant] of participants.entries()) {
      measured[i].push(await measure(participant, round));
    }
  }
  return measured;
}
