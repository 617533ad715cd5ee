/** Scores: what every part of the package reads and writes. */

/**
 * A score on a grid of steps: for each step the MIDI numbers of the voices, highest voice first; -1 is a rest.
 *
 * A pitch that equals the one before it in the same voice is held.
 */
export type Score = readonly (readonly number[])[];
