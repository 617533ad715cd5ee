/** PNG and WAV files, by libraries that are installed only by those who want them. */
import { ArgumentError } from '@descant/tensor-ops';

/** A library loaded on demand, or an error that says what to install. */
async function optional<T>(fn: string, name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${fn}: needs the package ${name} (npm install ${name}); ${reason}`);
  }
}

/**
 * An SVG picture as PNG, by @resvg/resvg-js, which has to be installed.
 *
 * @param svg - For example from `pianoRollSvg`.
 * @param options.scale - Pixels for each pixel of the SVG; default 2.
 * @throws Error when the library is missing or the text is no SVG.
 *
 * @example
 * ```ts
 * import { pianoRollSvg } from '@descant/coconet';
 * import { svgToPng } from '@descant/coconet/node';
 * const png = await svgToPng(pianoRollSvg([[72, 67, 64, 48]]));
 * png.subarray(1, 4); // => [80, 78, 71]
 * ```
 */
export async function svgToPng(svg: string, options: { readonly scale?: number } = {}): Promise<Uint8Array> {
  const { scale = 2 } = options;
  if (!(scale > 0)) throw new ArgumentError('svgToPng', 'scale', 'be positive', String(scale));
  const { Resvg } = await optional('svgToPng', '@resvg/resvg-js', () => import('@resvg/resvg-js'));
  return new Uint8Array(new Resvg(svg, { fitTo: { mode: 'zoom', value: scale } }).render().asPng());
}

/** Samples between two updates of the synthesiser's envelopes: its author's advice. */
const BLOCK = 128;

/** Seconds after the last note, for its end to fade. */
const TAIL = 2;

/**
 * A MIDI file as sound, by spessasynth_core, which has to be installed, with a soundfont of the user's.
 *
 * @param midi - For example from `encodeMidi`.
 * @param soundFont - The bytes of an SF2, SF3 or DLS file.
 * @param options.sampleRate - Samples a second; default 44100.
 * @returns The bytes of a WAV file, stereo.
 * @throws Error when the library is missing or the soundfont cannot be read.
 *
 * @example
 * ```ts
 * import { encodeMidi } from '@descant/coconet';
 * import { midiToWav } from '@descant/coconet/node';
 * import { BasicSoundBank } from 'spessasynth_core';
 * const font = new Uint8Array(await BasicSoundBank.getSampleSoundBankFile());
 * const wav = await midiToWav(encodeMidi([[72, 48]]), font, { sampleRate: 8000 });
 * String.fromCharCode(...wav.subarray(0, 4)); // => 'RIFF'
 * ```
 */
export async function midiToWav(
  midi: Uint8Array,
  soundFont: Uint8Array,
  options: { readonly sampleRate?: number } = {},
): Promise<Uint8Array> {
  const { sampleRate = 44_100 } = options;
  const fn = 'midiToWav';
  if (!(sampleRate >= 8000 && sampleRate <= 192_000))
    throw new ArgumentError(fn, 'sampleRate', 'lie in 8000..192000', String(sampleRate));
  const library = await optional(fn, 'spessasynth_core', () => import('spessasynth_core'));
  const { audioToWav, BasicMIDI, SoundBankLoader, SpessaSynthProcessor, SpessaSynthSequencer } = library;
  // Copies: a view's buffer may hold more than the file.
  const song = BasicMIDI.fromArrayBuffer(new Uint8Array(midi).buffer);
  const bank = SoundBankLoader.fromArrayBuffer(new Uint8Array(soundFont).buffer);
  const synthesiser = new SpessaSynthProcessor(sampleRate, { eventsEnabled: false });
  synthesiser.soundBankManager.addSoundBank(bank, 'main');
  await synthesiser.processorInitialized;
  const sequencer = new SpessaSynthSequencer(synthesiser);
  sequencer.skipToFirstNoteOn = false;
  sequencer.loadNewSongList([song]);
  sequencer.play();
  const count = Math.ceil(sampleRate * (song.duration + TAIL));
  const [left, right] = [new Float32Array(count), new Float32Array(count)];
  for (let at = 0; at < count; at += BLOCK) {
    sequencer.processTick();
    synthesiser.process(left, right, at, Math.min(BLOCK, count - at));
  }
  return new Uint8Array(audioToWav([left, right], sampleRate));
}
