import {
  encodeMidi,
  gibbsAnimation,
  heatOf,
  musicXml,
  pianoRollSvg,
  type SampleStep,
  type Score,
} from '@descant/coconet';
import { midiToWav, svgToPng } from '@descant/coconet/node';
import fc from 'fast-check';
import { BasicSoundBank } from 'spessasynth_core';
import { describe, expect, test } from 'vitest';
import { messageOf } from './support/errors.ts';
import { scores } from './support/scores.ts';

/** Sounding steps of a part, from its notes. */
function readMusicXml(xml: string, stepsPerQuarter: number): Score {
  const parts = [...xml.matchAll(/<part id="P\d+">([\s\S]*?)<\/part>/g)].map(([, part]) =>
    [...part.matchAll(/<note>(.*?)<\/note>/g)].flatMap(([, note]) => {
      const steps = Number(/<duration>(\d+)<\/duration>/.exec(note)?.[1]);
      const [, step, , alter, octave] =
        /<step>(.)<\/step>(<alter>(-?\d)<\/alter>)?<octave>(\d+)</.exec(note) ?? [];
      const pitch = note.includes('<rest/>')
        ? -1
        : 12 * (Number(octave) + 1) + [9, 11, 0, 2, 4, 5, 7]['ABCDEFG'.indexOf(step)] + Number(alter ?? 0);
      const type = ['breve', 'whole', 'half', 'quarter', 'eighth', '16th', '32nd', '64th'].indexOf(
        /<type>(.*?)<\/type>/.exec(note)?.[1] ?? '',
      );
      const written = ((8 * stepsPerQuarter) / 2 ** type) * (note.includes('<dot/>') ? 1.5 : 1);
      expect(written).toBe(steps);
      return new Array<number>(steps).fill(pitch);
    }),
  );
  return parts[0].map((_, t) => parts.map((part) => part[t]));
}

describe('MusicXML', () => {
  test('notes add up to the score, and note values to their durations; the last measure is filled', () => {
    fc.assert(
      fc.property(
        scores,
        fc.constantFrom(1, 2, 4, 8),
        fc.integer({ min: 1, max: 8 }),
        (score, stepsPerQuarter, quartersPerMeasure) => {
          const xml = musicXml(score, { stepsPerQuarter, quartersPerMeasure });
          const read = readMusicXml(xml, stepsPerQuarter);
          expect(read.slice(0, score.length)).toEqual(score);
          expect(read.length % (stepsPerQuarter * quartersPerMeasure)).toBe(0);
          expect(
            read
              .slice(score.length)
              .flat()
              .every((p) => p === -1),
          ).toBe(true);
          // Every tie that starts is stopped.
          expect(xml.split('<tie type="start"/>').length).toBe(xml.split('<tie type="stop"/>').length);
        },
      ),
    );
  });

  test('titles and names are escaped; errors', () => {
    expect(musicXml([[60]], { title: 'A & <B>', names: ['"x"'] })).toContain(
      '<work-title>A &amp; &lt;B&gt;</work-title>',
    );
    expect(messageOf(() => musicXml([[60]], { stepsPerQuarter: 3 }))).toBe(
      'musicXml: stepsPerQuarter must be 1, 2, 4, 8 or 16; got 3',
    );
    expect(messageOf(() => musicXml([[60]], { quartersPerMeasure: 9 }))).toBe(
      'musicXml: quartersPerMeasure must be a whole number in 1..8; got 9',
    );
  });
});

describe('pictures', () => {
  const range = { lowestPitch: 58, highestPitch: 74 };
  const count = (text: string, part: string) => text.split(part).length - 1;

  test('a rectangle for each note, in the colour of its voice', () => {
    const svg = pianoRollSvg(
      [
        [72, 60],
        [72, 62],
        [-1, 62],
      ],
      range,
    );
    expect(count(svg, 'fill="#d55e00"')).toBe(1);
    expect(count(svg, 'fill="#e69f00"')).toBe(2);
    expect(svg).toContain('x="0" y="10" width="15" height="5" fill="#d55e00"');
  });

  test('marked cells stand out, heat is drawn, titles are escaped', () => {
    const marked = Uint8Array.of(1, 0, 0, 0);
    const heat = new Float64Array(2 * 17).fill(0.01);
    heat[3] = 0.5;
    const svg = pianoRollSvg(
      [
        [72, 60],
        [72, 60],
      ],
      { ...range, marked, heat, title: 'a < b' },
    );
    expect(count(svg, 'fill-opacity="0.35"')).toBe(2);
    expect(count(svg, 'fill-opacity="0.50"')).toBe(1);
    expect(svg).toContain('a &lt; b');
    expect(messageOf(() => pianoRollSvg([[72]], { marked }))).toBe(
      'pianoRollSvg: marked must have 1 cells; got 4',
    );
    expect(messageOf(() => pianoRollSvg([[72]], { ...range, heat }))).toBe(
      'pianoRollSvg: heat must have 17 cells; got 34',
    );
  });

  const step = (n: number): SampleStep => ({
    step: n,
    steps: 2,
    hidden: [Uint8Array.of(1, 0)],
    scores: [[[60 + n], [62]]],
    predictions: Array.from({ length: 34 }, () => Math.log(1 / 17)),
  });

  test('the heat of a step sums the voices', () => {
    expect([...heatOf(step(0), range)].every((v) => Math.abs(v - 1 / 17) < 1e-12)).toBe(true);
  });

  test('an animation has a picture for each step, in turn, and hidden cells are missing before they are filled', () => {
    const svg = gibbsAnimation([step(0), step(1), step(2)], range);
    expect(count(svg, '<animate ')).toBe(3);
    expect(svg).toContain('values="none;inline;none" keyTimes="0.0000;0.3333;0.6667" dur="0.75s"');
    // Three pictures: left the fixed note alone, right both notes.
    expect(count(svg, `y="${(74 - 62) * 5}" width="7" height="5" fill="#d55e00"`)).toBeGreaterThanOrEqual(6);
    expect(count(gibbsAnimation([step(0), step(1), step(2)], { ...range, pictures: 2 }), '<animate ')).toBe(
      2,
    );
    expect(messageOf(() => gibbsAnimation([], range))).toBe(
      'gibbsAnimation: steps must hold at least one step; got 0',
    );
  });

  test('PNG', async () => {
    const png = await svgToPng(pianoRollSvg([[72, 60]], range), { scale: 3 });
    const view = new DataView(png.buffer, png.byteOffset);
    expect(view.getUint32(0)).toBe(0x89504e47);
    expect([view.getUint32(16), view.getUint32(20)]).toEqual([24, 3 * 17 * 5]);
    await expect(svgToPng('none')).rejects.toThrow();
    await expect(svgToPng('<svg/>', { scale: 0 })).rejects.toThrow('svgToPng: scale must be positive; got 0');
  });
});

describe('sound', () => {
  test('a WAV of the right length, in which the notes are heard and the rest is silent', async () => {
    const font = new Uint8Array(await BasicSoundBank.getSampleSoundBankFile());
    const rate = 8000;
    const wav = await midiToWav(encodeMidi([...new Array(4).fill([-1]), ...new Array(4).fill([60])]), font, {
      sampleRate: rate,
    });
    const view = new DataView(wav.buffer, wav.byteOffset);
    expect(view.getUint32(24, true)).toBe(rate);
    const samples = new Int16Array(wav.slice(44).buffer);
    expect(samples.length / 2 / rate).toBeCloseTo(4, 1);
    const loudest = (from: number, to: number) =>
      samples.slice(2 * rate * from, 2 * rate * to).reduce((m, v) => Math.max(m, Math.abs(v)), 0);
    expect(loudest(0, 0.9)).toBe(0);
    expect(loudest(1, 1.9)).toBeGreaterThan(100);
    await expect(midiToWav(encodeMidi([[60]]), Uint8Array.of(1, 2, 3, 4))).rejects.toThrow();
    await expect(midiToWav(encodeMidi([[60]]), font, { sampleRate: 1 })).rejects.toThrow(
      'midiToWav: sampleRate must lie in 8000..192000; got 1',
    );
  });
});
