/** MIDI files as scores. */
import { ArgumentError } from '@descant/tensor-ops';
import { type MidiData, parseMidi } from 'midi-file';
import type { Score } from '../data/score.ts';
import { REST } from '../model/input.ts';

/** How notes become voices: one a track, highest track first; or by pitch, the highest note of a step first. */
export type VoiceRule = 'track' | 'pitch';

/** Options of `decodeMidi`. */
export interface ReadOptions {
  /** Number of voices; default 4. */
  readonly instruments?: number;
  /** Default 4: steps are sixteenths. */
  readonly stepsPerQuarter?: number;
  /** Default 'track' when as many tracks as voices have notes, else 'pitch'. */
  readonly voices?: VoiceRule;
}

/** What reading a file left out or changed. */
export interface ReadReport {
  /** Notes of the file, percussion not counted. */
  readonly notes: number;
  readonly percussion: number;
  /** Notes that begin or end off the grid by more than a hundredth of a step, and by how many steps at most. */
  readonly moved: number;
  readonly farthest: number;
  /** Notes so short that nothing of them is left on the grid. */
  readonly vanished: number;
  /** Cells in which a voice had more than one note, or a step more notes than there are voices; one was kept. */
  readonly crowded: number;
}

/** A file read. */
export interface MidiScore {
  readonly score: Score;
  /** Quarter notes in a minute at the beginning; 120 where the file does not say. */
  readonly tempo: number;
  readonly report: ReadReport;
}

/** A note in steps, not yet on the grid. */
interface RawNote {
  readonly part: number;
  readonly pitch: number;
  readonly start: number;
  readonly end: number;
}

const PERCUSSION = 9;

/** Number of chunks MTrk that are there from their first to their last byte. */
function wholeTracks(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let count = 0;
  for (let at = 0; at + 8 <= bytes.length; ) {
    const end = at + 8 + view.getUint32(at + 4);
    if (String.fromCharCode(...bytes.subarray(at, at + 4)) === 'MTrk' && end <= bytes.length) count++;
    at = end;
  }
  return count;
}

function parsed(fn: string, bytes: Uint8Array): MidiData {
  let midi: MidiData;
  try {
    midi = parseMidi(bytes);
  } catch (error) {
    // The library throws strings.
    throw new ArgumentError(
      fn,
      'bytes',
      'be a MIDI file',
      error instanceof Error ? error.message : String(error),
    );
  }
  // The library reads what is there of a file that was cut off.
  const whole = wholeTracks(bytes);
  if (whole < midi.header.numTracks)
    throw new ArgumentError(
      fn,
      'bytes',
      `hold ${midi.header.numTracks} whole tracks, as its header says`,
      String(whole),
    );
  return midi;
}

/** The notes of all tracks; a part is a track, or in files of one track a channel. */
function rawNotes(
  midi: MidiData,
  ticks: number,
): { notes: RawNote[]; percussion: number; tempo: number; end: number } {
  const notes: RawNote[] = [];
  let [percussion, tempo, end] = [0, 0, 0];
  for (const [track, events] of midi.tracks.entries()) {
    const sounding = new Map<number, { start: number; part: number }>();
    let now = 0;
    const stop = (id: number) => {
      const note = sounding.get(id);
      if (!note) return;
      notes.push({ part: note.part, pitch: id % 128, start: note.start / ticks, end: now / ticks });
      sounding.delete(id);
    };
    for (const event of events) {
      now += event.deltaTime;
      if (event.type === 'setTempo' && tempo === 0) tempo = 60e6 / event.microsecondsPerBeat;
      if (event.type !== 'noteOn' && event.type !== 'noteOff') continue;
      if (event.channel === PERCUSSION) {
        if (event.type === 'noteOn') percussion++;
        continue;
      }
      const id = event.channel * 128 + event.noteNumber;
      stop(id);
      const part = midi.tracks.length > 1 ? track : event.channel;
      if (event.type === 'noteOn') sounding.set(id, { start: now, part });
    }
    for (const id of [...sounding.keys()]) stop(id);
    end = Math.max(end, now / ticks);
  }
  return { notes, percussion, tempo: tempo === 0 ? 120 : tempo, end };
}

/** Numbers of the voices of parts: the highest on average is the first. */
function partOrder(notes: readonly RawNote[]): number[] {
  const parts = [...new Set(notes.map(({ part }) => part))];
  const mean = (part: number) => {
    const own = notes.filter((note) => note.part === part);
    return own.reduce((sum, { pitch }) => sum + pitch, 0) / own.length;
  };
  return parts.toSorted((a, b) => mean(b) - mean(a));
}

/** Off the grid by less than this is on it: ticks do not divide every grid. */
const TOLERANCE = 0.01;

/** Notes moved to the nearest steps, and what that did. */
function quantised(notes: readonly RawNote[]) {
  const shifts = notes.flatMap(({ start, end }) => [start, end].map((at) => Math.abs(at - Math.round(at))));
  const onGrid = notes.map((note) => ({ ...note, start: Math.round(note.start), end: Math.round(note.end) }));
  return {
    notes: onGrid.filter(({ start, end }) => end > start),
    moved: notes.filter((_, i) => Math.max(shifts[2 * i], shifts[2 * i + 1]) > TOLERANCE).length,
    farthest: shifts.reduce((a, b) => Math.max(a, b), 0),
    vanished: onGrid.filter(({ start, end }) => end <= start).length,
  };
}

/**
 * The score in the bytes of a MIDI file, and a report on what did not fit into it.
 *
 * Times are in quarter notes: changes of tempo do not matter. Notes go to the nearest steps. By track, a voice's
 * higher note is kept where two sound; by pitch, the notes of a step are sorted, and of more than there are voices the
 * highest ones and the lowest are kept. Percussion is left out.
 *
 * @throws ArgumentError when the bytes are no MIDI file, have no notes, or times in seconds (SMPTE).
 *
 * @example
 * ```ts
 * import { decodeMidi, encodeMidi } from '@descant/coconet';
 * const { report, tempo } = decodeMidi(encodeMidi([[72, 48]], { tempo: 90 }), { instruments: 2 });
 * report; // => { notes: 2, percussion: 0, moved: 0, farthest: 0, vanished: 0, crowded: 0 }
 * Math.round(tempo); // => 90
 * ```
 */
export function decodeMidi(bytes: Uint8Array, options: ReadOptions = {}): MidiScore {
  const fn = 'decodeMidi';
  const { instruments = 4, stepsPerQuarter = 4, voices } = options;
  for (const [name, value] of Object.entries({ instruments, stepsPerQuarter }))
    if (!Number.isInteger(value) || value < 1)
      throw new ArgumentError(fn, name, 'be a whole number of at least 1', String(value));
  const midi = parsed(fn, bytes);
  const { ticksPerBeat } = midi.header;
  if (ticksPerBeat === undefined || ticksPerBeat === 0)
    throw new ArgumentError(fn, 'bytes', 'count time in parts of a quarter note', 'SMPTE frames');
  const { notes: raw, percussion, tempo, end } = rawNotes(midi, ticksPerBeat / stepsPerQuarter);
  const { notes, ...changes } = quantised(raw);
  if (notes.length === 0)
    throw new ArgumentError(fn, 'bytes', 'hold notes', `${raw.length} notes on the grid`);
  const steps = Math.max(Math.round(end), ...notes.map((note) => note.end));
  const order = partOrder(notes);
  const rule = voices ?? (order.length === instruments ? 'track' : 'pitch');
  if (rule === 'track' && order.length > instruments)
    throw new ArgumentError(
      fn,
      'bytes',
      `have notes in at most ${instruments} tracks`,
      `${order.length} tracks`,
    );
  const score = Array.from({ length: steps }, () => new Array<number>(instruments).fill(REST));
  let crowded = 0;
  if (rule === 'track') {
    for (const { part, pitch, start, end: stop } of notes) {
      const voice = order.indexOf(part);
      for (let t = start; t < stop; t++) {
        if (score[t][voice] !== REST) crowded++;
        score[t][voice] = Math.max(score[t][voice], pitch);
      }
    }
  } else {
    const sounding = Array.from({ length: steps }, () => new Set<number>());
    for (const { pitch, start, end: stop } of notes)
      for (let t = start; t < stop; t++) sounding[t].add(pitch);
    for (const [t, pitches] of sounding.entries()) {
      const sorted = [...pitches].toSorted((a, b) => b - a);
      crowded += Math.max(0, sorted.length - instruments);
      const kept =
        sorted.length > instruments
          ? [...sorted.slice(0, instruments - 1), sorted[sorted.length - 1]]
          : sorted;
      for (const [voice, pitch] of kept.entries()) score[t][voice] = pitch;
    }
  }
  return { score, tempo, report: { notes: raw.length, percussion, ...changes, crowded } };
}

/** A melody read. */
export interface MidiMelody {
  /** MIDI numbers or -1, one a step. */
  readonly melody: readonly number[];
  readonly tempo: number;
  readonly report: ReadReport;
}

/**
 * The melody in the bytes of a MIDI file: one voice, with its rests.
 *
 * @throws ArgumentError when the file is not one, is empty, or has steps in which several notes sound.
 *
 * @example
 * ```ts
 * import { decodeMelody, encodeMidi } from '@descant/coconet';
 * decodeMelody(encodeMidi([[72], [-1], [74]])).melody; // => [72, -1, 74]
 * ```
 */
export function decodeMelody(
  bytes: Uint8Array,
  options: Pick<ReadOptions, 'stepsPerQuarter'> = {},
): MidiMelody {
  const { score, tempo, report } = decodeMidi(bytes, { ...options, instruments: 1, voices: 'pitch' });
  if (report.crowded > 0)
    throw new ArgumentError(
      'decodeMelody',
      'bytes',
      'hold one note at a time',
      `more at ${report.crowded} steps`,
    );
  return { melody: score.map(([pitch]) => pitch), tempo, report };
}
