import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  decodeMelody,
  decodeMidi,
  encodeMidi,
  type ImportOptions,
  importCorpus,
  type NamedFile,
  notesOf,
  PROGRAMS,
  scoreOf,
} from '@descant/coconet';
import { importMidiFolder, loadChorales } from '@descant/coconet/node';
import fc from 'fast-check';
import { type MidiEvent, parseMidi, writeMidi } from 'midi-file';
import { describe, expect, test } from 'vitest';
import { choralesPath, skipNote } from './support/corpus.ts';
import { messageOf } from './support/errors.ts';
import { scores } from './support/scores.ts';
import { vectors } from './support/vectors.ts';

const reference = vectors.midi_round_trip;

describe('notes', () => {
  test('the reference value', () => {
    const notes = notesOf(reference.sequence);
    expect(notes.map(({ voice, pitch, start, end }) => [voice, pitch, start, end])).toEqual(reference.notes);
    expect(notes.length).toBe(reference.num_notes);
    expect(scoreOf(notes, { instruments: 4 })).toEqual(reference.sequence);
  });

  test('scores come back', () => {
    fc.assert(
      fc.property(scores, (score) => {
        expect(scoreOf(notesOf(score), { instruments: score[0].length, steps: score.length })).toEqual(score);
      }),
    );
  });

  test('errors', () => {
    expect(messageOf(() => scoreOf([], { instruments: 1 }))).toBe(
      'scoreOf: notes must hold at least one note, or steps be given; got 0',
    );
    const note = { voice: 1, pitch: 60, start: 0, end: 1 };
    expect(messageOf(() => scoreOf([note], { instruments: 1 }))).toBe(
      'scoreOf: notes must lie in 1 voices and 1 steps; got voice 1, steps 0 to 1',
    );
  });
});

describe('MIDI', () => {
  test('scores come back exactly, on every grid', () => {
    fc.assert(
      fc.property(scores, fc.constantFrom(1, 2, 3, 4, 6, 8, 12), (score, stepsPerQuarter) => {
        const { score: again, report } = decodeMidi(encodeMidi(score, { stepsPerQuarter }), {
          instruments: score[0].length,
          stepsPerQuarter,
        });
        expect(again).toEqual(score);
        expect(report).toEqual({
          notes: notesOf(score).length,
          percussion: 0,
          moved: 0,
          farthest: 0,
          vanished: 0,
          crowded: 0,
        });
      }),
    );
  });

  test('the reference sequence; a step is 120 ticks, and 0.25 s at 60 quarters a minute', () => {
    const bytes = encodeMidi(reference.sequence, { programs: PROGRAMS.winds });
    expect(decodeMidi(bytes).score).toEqual(reference.sequence);
    const { header, tracks } = parseMidi(bytes);
    expect(header).toMatchObject({ format: 1, numTracks: 5, ticksPerBeat: 480 });
    const first = tracks[1].filter(({ type }) => type === 'noteOn' || type === 'noteOff').slice(0, 2);
    expect(first.map(({ deltaTime }) => deltaTime)).toEqual([0, 240]);
    const tempo = tracks[0].find((event) => event.type === 'setTempo');
    expect(tempo).toMatchObject({ microsecondsPerBeat: 1_000_000 });
    const programs = tracks
      .flat()
      .flatMap((event) => (event.type === 'programChange' ? [event.programNumber] : []));
    expect(programs).toEqual(reference.magenta_programs_0based_SATB);
    // 120 ticks of 480 to the second.
    expect((120 / 480) * 1).toBe(0.25);
  });

  test.skipIf(choralesPath === undefined)(`the chorales come back exactly${skipNote}`, async () => {
    const { test: chorales } = await loadChorales({ path: choralesPath ?? '' });
    for (const chorale of chorales.slice(0, 20)) {
      const again = decodeMidi(encodeMidi(chorale), { voices: 'track' }).score;
      expect(again).toEqual(chorale);
    }
  });

  const fileOf = (tracks: MidiEvent[][], ticksPerBeat = 480): Uint8Array =>
    Uint8Array.from(
      writeMidi({
        header: { format: 1, numTracks: tracks.length, ticksPerBeat },
        tracks: tracks.map((events) => [...events, { deltaTime: 0, type: 'endOfTrack' as const }]),
      }),
    );
  const on = (deltaTime: number, noteNumber: number, channel = 0): MidiEvent => ({
    deltaTime,
    type: 'noteOn',
    channel,
    noteNumber,
    velocity: 64,
  });
  const off = (deltaTime: number, noteNumber: number, channel = 0): MidiEvent => ({
    deltaTime,
    type: 'noteOff',
    channel,
    noteNumber,
    velocity: 0,
  });

  test('unquantised notes go to the grid, and the report says how far', () => {
    const bytes = fileOf([[on(50, 60), off(100, 60), on(10, 62), off(20, 62)]]);
    const { score, report } = decodeMidi(bytes, { instruments: 1 });
    // From 50 to 150 ticks: steps 0.42 to 1.25, so step 0. From 160 to 180: 1.33 to 1.5, so nothing... or one step.
    expect(score).toEqual([[60], [62]]);
    expect(report).toEqual({ notes: 2, percussion: 0, moved: 2, farthest: 0.5, vanished: 0, crowded: 0 });
    const short = fileOf([[on(0, 60), off(120, 60), on(10, 62), off(20, 62)]]);
    expect(decodeMidi(short, { instruments: 1 }).report).toMatchObject({ moved: 1, vanished: 1 });
  });

  test('voices by pitch: the highest first, rests below; the lowest is kept where there are too many', () => {
    const chord = (...pitches: number[]) => [
      ...pitches.map((p) => on(0, p)),
      ...pitches.map((p, i) => off(i === 0 ? 120 : 0, p)),
    ];
    const { score, report } = decodeMidi(fileOf([[...chord(60, 72), ...chord(40, 50, 60, 70)]]), {
      instruments: 3,
    });
    expect(score).toEqual([
      [72, 60, -1],
      [70, 60, 40],
    ]);
    expect(report.crowded).toBe(1);
  });

  test('voices by track: highest track first, whatever their order; the higher note is kept', () => {
    const bytes = fileOf([
      [on(0, 50), off(240, 50)],
      [on(0, 70), on(120, 72), off(120, 70), off(0, 72)],
    ]);
    const { score, report } = decodeMidi(bytes, { instruments: 2 });
    expect(score).toEqual([
      [70, 50],
      [72, 50],
    ]);
    expect(report.crowded).toBe(1);
    expect(messageOf(() => decodeMidi(bytes, { instruments: 1, voices: 'track' }))).toBe(
      'decodeMidi: bytes must have notes in at most 1 tracks; got 2 tracks',
    );
  });

  test('percussion is left out; a note that never ends lasts to the end of its track; channels are parts of one track', () => {
    const bytes = fileOf([[on(0, 38, 9), on(0, 60, 0), on(0, 48, 1), off(240, 48, 1)]]);
    const { score, report } = decodeMidi(bytes, { instruments: 2 });
    expect(score).toEqual([
      [60, 48],
      [60, 48],
    ]);
    expect(report.percussion).toBe(1);
  });

  test('melodies', () => {
    expect(decodeMelody(encodeMidi([[72], [72], [-1], [74]])).melody).toEqual([72, 72, -1, 74]);
    expect(
      messageOf(() =>
        decodeMelody(
          encodeMidi([
            [72, 60],
            [72, -1],
          ]),
        ),
      ),
    ).toBe('decodeMelody: bytes must hold one note at a time; got more at 1 steps');
  });

  test('files that cannot be read', () => {
    expect(messageOf(() => decodeMidi(Uint8Array.of(1, 2, 3)))).toMatch(
      /^decodeMidi: bytes must be a MIDI file; got /,
    );
    expect(messageOf(() => decodeMidi(encodeMidi([[60]]).subarray(0, 40)))).toBe(
      'decodeMidi: bytes must hold 2 whole tracks, as its header says; got 1',
    );
    fc.assert(
      fc.property(fc.nat(110), (length) => {
        const bytes = encodeMidi([
          [60, 48],
          [62, 48],
        ]);
        if (length < bytes.length)
          expect(() => decodeMidi(bytes.subarray(0, length))).toThrow(/^decodeMidi: bytes must /);
      }),
    );
    expect(messageOf(() => decodeMidi(fileOf([[]])))).toBe(
      'decodeMidi: bytes must hold notes; got 0 notes on the grid',
    );
    const smpte = Uint8Array.from(
      writeMidi({
        header: { format: 0, numTracks: 1, framesPerSecond: 25, ticksPerFrame: 40 },
        tracks: [[on(0, 60), off(9, 60), { deltaTime: 0, type: 'endOfTrack' }]],
      }),
    );
    expect(messageOf(() => decodeMidi(smpte))).toBe(
      'decodeMidi: bytes must count time in parts of a quarter note; got SMPTE frames',
    );
    expect(messageOf(() => decodeMidi(smpte, { instruments: 0 }))).toBe(
      'decodeMidi: instruments must be a whole number of at least 1; got 0',
    );
  });

  test.each<[object, string]>([
    [{ tempo: 0 }, 'encodeMidi: tempo must lie in 4..1000; got 0'],
    [{ stepsPerQuarter: 7 }, 'encodeMidi: stepsPerQuarter must divide 480; got 7'],
    [{ velocity: 128 }, 'encodeMidi: velocity must lie in 1..127; got 128'],
    [{ programs: [] }, 'encodeMidi: programs must hold whole numbers in 0..127; got []'],
  ])('options that cannot be written: %j', (options, message) => {
    expect(messageOf(() => encodeMidi([[60]], options))).toBe(message);
  });
});

describe('a corpus of one’s own', () => {
  const range: ImportOptions = { instruments: 2, lowestPitch: 40, highestPitch: 80, shortest: 2 };
  const good = (p: number): NamedFile => ({
    name: `${p}.mid`,
    bytes: encodeMidi([
      [p, 48],
      [p, 50],
    ]),
  });

  test('is split, and the report says what was dropped and why', () => {
    const files = [
      ...[60, 61, 62, 63, 64].map(good),
      good(90),
      { name: 'broken.mid', bytes: Uint8Array.of(1) },
      { name: 'short.mid', bytes: encodeMidi([[60, 50]]) },
    ];
    const { corpus, files: report } = importCorpus(files, range);
    expect([corpus.train.length, corpus.valid.length, corpus.test.length]).toEqual([3, 1, 1]);
    const firsts = [corpus.train, corpus.valid, corpus.test].flat().map((score) => score[0][0]);
    expect(firsts.toSorted()).toEqual([60, 61, 62, 63, 64]);
    const reasons = report.flatMap(({ name, dropped }) =>
      dropped === undefined ? [] : [`${name}: ${dropped}`],
    );
    expect(reasons[0]).toBe('90.mid: 2 cells outside of 40..80, from 90 to 90');
    expect(reasons[1]).toMatch(/^broken\.mid: decodeMidi: bytes must be a MIDI file; got /);
    expect(reasons[2]).toBe('short.mid: 1 steps; at least 2 are needed');
    expect(importCorpus(files, { ...range, seed: 1 }).corpus).not.toEqual(corpus);
  });

  test('needs at least one file', () => {
    expect(messageOf(() => importCorpus([], range))).toBe(
      'importCorpus: files must hold a usable score; got no files',
    );
    expect(messageOf(() => importCorpus([good(60)], { ...range, shares: [0.5, 0.5] }))).toBe(
      'importCorpus: shares must be at least 0 and leave some for training; got 0.5, 0.5',
    );
  });

  test('from a folder, other files left alone', () => {
    const folder = mkdtempSync(join(tmpdir(), 'coconet-'));
    writeFileSync(join(folder, 'b.MIDI'), good(60).bytes);
    writeFileSync(join(folder, 'notes.txt'), 'none');
    const { files, corpus } = importMidiFolder(folder, { ...range, shares: [0, 0] });
    expect(files.map(({ name }) => name)).toEqual(['b.MIDI']);
    expect(corpus.train).toEqual([
      [
        [60, 48],
        [60, 50],
      ],
    ]);
  });
});
