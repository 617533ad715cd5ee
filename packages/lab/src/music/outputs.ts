/** What commands that make music write: MIDI, MusicXML, pictures, sound. */
import {
  encodeMidi,
  gibbsAnimation,
  musicXml,
  type PitchRange,
  PROGRAMS,
  pianoRollSvg,
  type SampleStep,
  type Score,
} from '@descant/coconet';
import { midiToWav, svgToPng, writeWhole } from '@descant/coconet/node';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../errors.ts';
import { bytesOf } from './model.ts';

/** Where results go; what is not named is not written. */
export interface MusicFlags {
  readonly output?: string;
  readonly svg?: string;
  readonly png?: string;
  readonly animation?: string;
  readonly musicxml?: string;
  readonly wav?: string;
  readonly soundfont?: string;
  readonly tempo?: number;
  readonly programs: keyof typeof PROGRAMS;
}

function beatsPerMinute(text: string): number {
  const value = Number(text);
  if (!(value >= 4 && value <= 1000)) throw new InvalidArgumentError('It must be a number in 4..1000.');
  return value;
}

/** Adds the flags of `MusicFlags`. */
export const withMusicFlags = (command: Command): Command =>
  command
    .option('-o, --output <file>', 'MIDI file')
    .option('--svg <file>', 'piano roll, sampled notes in full colour')
    .option('--png <file>', 'the same as PNG')
    .option('--animation <file>', 'the course of the sampling as an animated SVG')
    .option('--musicxml <file>', 'for notation programs')
    .option('--wav <file>', 'sound; needs --soundfont and the package spessasynth_core')
    .option('--soundfont <file>', 'SF2, SF3 or DLS file')
    .option('--tempo <n>', 'quarter notes in a minute', beatsPerMinute)
    .addOption(
      new Option('--programs <name>', 'instruments').choices(Object.keys(PROGRAMS)).default('choir'),
    );

/** Refuses flags that cannot be fulfilled, before anything is computed. */
export function checkMusicFlags({ output, svg, png, animation, musicxml, wav, soundfont }: MusicFlags): void {
  if ([output, svg, png, animation, musicxml, wav].every((path) => path === undefined))
    throw new UsageError(
      'nothing to write: name a file with -o, --svg, --png, --animation, --musicxml or --wav',
    );
  if (wav !== undefined && soundfont === undefined) throw new UsageError('--wav needs a --soundfont');
  if (soundfont !== undefined) bytesOf(soundfont);
}

/** A finished score and how it came about. */
export interface Piece {
  readonly score: Score;
  /** Cells that were sampled. */
  readonly sampled: Uint8Array;
  readonly steps: readonly SampleStep[];
  readonly range: PitchRange;
  /** Quarter notes in a minute, where the flags do not say. */
  readonly tempo: number;
}

/** Writes the files that the flags name, and returns their names. */
export async function writeMusic(piece: Piece, flags: MusicFlags): Promise<string[]> {
  const { score, sampled, steps, range } = piece;
  const tempo = flags.tempo ?? piece.tempo;
  const midi = encodeMidi(score, { tempo, programs: PROGRAMS[flags.programs] });
  const roll = () => pianoRollSvg(score, { marked: sampled });
  const soundfont = () => bytesOf(flags.soundfont ?? '');
  const makers: [string | undefined, () => string | Uint8Array | Promise<Uint8Array>][] = [
    [flags.output, () => midi],
    [flags.svg, roll],
    [flags.png, () => svgToPng(roll())],
    [flags.animation, () => gibbsAnimation(steps, range)],
    [flags.musicxml, () => musicXml(score, { tempo })],
    [flags.wav, () => midiToWav(midi, soundfont())],
  ];
  const written: string[] = [];
  for (const [path, make] of makers) {
    if (path === undefined) continue;
    writeWhole(path, await make());
    written.push(path);
  }
  return written;
}
