/** Scores as MIDI files. */
import { ArgumentError } from '@descant/tensor-ops';
import { type MidiEvent, writeMidi } from 'midi-file';
import type { Score } from '../data/score.ts';
import { notesOf } from './notes.ts';

/** General MIDI programs, from 0, of four voices, soprano first. */
export const PROGRAMS = {
  /** Choir aahs. */
  choir: [52, 52, 52, 52],
  /** Violin, viola twice, cello. */
  strings: [40, 41, 41, 42],
  /** Oboe, English horn, clarinet, bassoon: those of the Bach Doodle. */
  winds: [68, 69, 71, 70],
  /** Church organ. */
  organ: [19, 19, 19, 19],
} as const;

/** Options of `encodeMidi`. */
export interface MidiOptions {
  /** Quarter notes in a minute; default 60, at which a sixteenth lasts 0.25 s. */
  readonly tempo?: number;
  /** Default 4: steps are sixteenths. */
  readonly stepsPerQuarter?: number;
  /** General MIDI programs of the voices, from 0; default those of a choir, repeated as often as needed. */
  readonly programs?: readonly number[];
  /** Loudness, 1..127; default 80. */
  readonly velocity?: number;
}

/** Ticks of a quarter note that are divided into steps exactly, for as many as 24 or 32 steps. */
const TICKS = 480;

/** Channels of the voices: all but the tenth, which is for percussion. */
const channelOf = (voice: number): number => (voice < 9 ? voice : voice + 1);

/** Events with their times, as differences from one to the next. */
function deltas(events: readonly { readonly at: number; readonly event: MidiEvent }[]): MidiEvent[] {
  const sorted = events.toSorted((a, b) => a.at - b.at);
  return sorted.map(({ at, event }, i) => ({ ...event, deltaTime: at - (sorted[i - 1]?.at ?? 0) }));
}

/**
 * A score as the bytes of a MIDI file: a track for the tempo and one for each voice, held notes merged.
 *
 * @throws ArgumentError when the tempo, the steps or the number of voices cannot be written.
 *
 * @example
 * ```ts
 * import { decodeMidi, encodeMidi } from '@descant/coconet';
 * const score = [[72, 48], [72, 50]];
 * decodeMidi(encodeMidi(score), { instruments: 2 }).score; // => [[72, 48], [72, 50]]
 * ```
 */
export function encodeMidi(score: Score, options: MidiOptions = {}): Uint8Array<ArrayBuffer> {
  const { tempo = 60, stepsPerQuarter = 4, programs = PROGRAMS.choir, velocity = 80 } = options;
  const check = (argument: string, ok: boolean, expected: string, received: unknown) => {
    if (!ok) throw new ArgumentError('encodeMidi', argument, expected, String(received));
  };
  check('tempo', tempo >= 4 && tempo <= 1000, 'lie in 4..1000', tempo);
  const divides = Number.isInteger(stepsPerQuarter) && stepsPerQuarter > 0 && TICKS % stepsPerQuarter === 0;
  check('stepsPerQuarter', divides, `divide ${TICKS}`, stepsPerQuarter);
  check('velocity', Number.isInteger(velocity) && velocity > 0 && velocity < 128, 'lie in 1..127', velocity);
  const fine = programs.length > 0 && programs.every((p) => Number.isInteger(p) && p >= 0 && p < 128);
  check('programs', fine, 'hold whole numbers in 0..127', `[${programs.join(', ')}]`);
  const notes = notesOf(score);
  check('score', score[0].length <= 15, 'have at most 15 voices', score[0].length);
  const ticks = TICKS / stepsPerQuarter;
  const end: MidiEvent = { deltaTime: 0, type: 'endOfTrack', meta: true };
  const last = score.length * ticks;
  const conductor: MidiEvent[] = [
    { deltaTime: 0, type: 'setTempo', meta: true, microsecondsPerBeat: Math.round(60e6 / tempo) },
    { ...end, deltaTime: last },
  ];
  const voices = score[0].map((_, voice) => {
    const channel = channelOf(voice);
    const own = notes.filter((note) => note.voice === voice);
    // Ends come before beginnings at the same time: sorting is stable.
    const ends = own.map(({ pitch, end: at }) => ({
      at: at * ticks,
      event: { deltaTime: 0, type: 'noteOff', channel, noteNumber: pitch, velocity: 0 } satisfies MidiEvent,
    }));
    const starts = own.map(({ pitch, start }) => ({
      at: start * ticks,
      event: { deltaTime: 0, type: 'noteOn', channel, noteNumber: pitch, velocity } satisfies MidiEvent,
    }));
    const program: MidiEvent = {
      deltaTime: 0,
      type: 'programChange',
      channel,
      programNumber: programs[voice % programs.length],
    };
    // The end of the track keeps rests at the end of the score.
    return [program, ...deltas([...ends, ...starts, { at: last, event: end }])];
  });
  const header = { format: 1, numTracks: voices.length + 1, ticksPerBeat: TICKS } as const;
  return Uint8Array.from(writeMidi({ header, tracks: [conductor, ...voices] }, { running: false }));
}
