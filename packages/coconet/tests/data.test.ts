import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atResolution, type Corpus, checkScore, parseCorpus, type Resolution } from '@descant/coconet';
import { loadChorales, writeWhole } from '@descant/coconet/node';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { choralesPath, skipNote } from './support/corpus.ts';
import { messageOf } from './support/errors.ts';
import { vectors } from './support/vectors.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'coconet-'));
const tiny = '{ "train": [[[60], [62]]], "valid": [], "test": [] }';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

describe.skipIf(choralesPath === undefined)(
  `the chorales, against the reference statistics${skipNote}`,
  () => {
    const resolutions: [Resolution, string][] = [
      ['sixteenth', '16th'],
      ['eighth', '8th'],
      ['quarter', 'quarter'],
    ];
    test.each(resolutions)('%s', async (resolution, name) => {
      const corpus = await loadChorales({ path: choralesPath ?? '', resolution });
      for (const split of ['train', 'valid', 'test'] as const) {
        const reference = vectors.dataset[name][split];
        const frames = corpus[split].flat();
        const lengths = corpus[split].map((score) => score.length);
        expect(corpus[split].length).toBe(reference.pieces);
        expect(frames.length).toBe(reference.frames);
        expect([Math.min(...lengths), Math.max(...lengths)]).toEqual([reference.len_min, reference.len_max]);
        expect(frames.flat().filter((p) => p === -1).length).toBe(reference.rest_cells);
        for (const [i, voice] of ['S', 'A', 'T', 'B'].entries()) {
          const sounding = frames.map((frame) => frame[i]).filter((p) => p !== -1);
          const { min, max, mean, distinct, rests } = reference.voices[voice];
          expect([Math.min(...sounding), Math.max(...sounding)]).toEqual([min, max]);
          expect(sounding.reduce((a, b) => a + b, 0) / sounding.length).toBeCloseTo(mean, 3);
          expect(new Set(sounding).size).toBe(distinct);
          expect(frames.length - sounding.length).toBe(rests);
        }
      }
    });
  },
);

describe('where the chorales come from', () => {
  test('the path given, before the variable, before the cache', async () => {
    const [given, variable] = [join(folder(), 'a.json'), join(folder(), 'b.json')];
    writeFileSync(given, tiny);
    writeFileSync(variable, tiny.replace('60', '61'));
    vi.stubEnv('DESCANT_CHORALES', variable);
    expect((await loadChorales({ path: given })).train).toEqual([[[60], [62]]]);
    expect((await loadChorales({ cache: folder() })).train).toEqual([[[61], [62]]]);
  });

  test('files that do not exist', async () => {
    await expect(loadChorales({ path: 'nowhere.json' })).rejects.toThrow(
      'loadChorales: nowhere.json does not exist',
    );
    vi.stubEnv('DESCANT_CHORALES', 'nowhere.json');
    await expect(loadChorales()).rejects.toThrow(
      'loadChorales: DESCANT_CHORALES names nowhere.json, which does not exist',
    );
    vi.stubEnv('DESCANT_CHORALES', '');
    await expect(loadChorales({ cache: 'none', download: false })).rejects.toThrow(
      `loadChorales: ${join('none', 'Jsb16thSeparated.json')} does not exist; allow the download, or set DESCANT_CHORALES to a local copy`,
    );
  });

  test('a download with the wrong contents is refused, and nothing is kept', async () => {
    vi.stubEnv('DESCANT_CHORALES', '');
    vi.stubGlobal('fetch', async () => new Response(tiny));
    const cache = folder();
    await expect(loadChorales({ cache })).rejects.toThrow(
      /^loadChorales: https:.* must have the sha256 79294cc3.*; got /,
    );
    expect(readdirSync(cache)).toEqual([]);
    vi.stubGlobal('fetch', async () => new Response('', { status: 404 }));
    await expect(loadChorales({ cache })).rejects.toThrow(
      /status 404; DESCANT_CHORALES can name a local copy$/,
    );
    vi.stubGlobal('fetch', async () => {
      throw new Error('no network');
    });
    await expect(loadChorales({ cache })).rejects.toThrow(
      /no network; DESCANT_CHORALES can name a local copy$/,
    );
  });

  test.skipIf(choralesPath === undefined)(
    `a download is checked, cached and not repeated${skipNote}`,
    async () => {
      const bytes = readFileSync(choralesPath ?? '');
      vi.stubEnv('DESCANT_CHORALES', '');
      let requests = 0;
      vi.stubGlobal('fetch', async () => {
        requests++;
        return new Response(bytes);
      });
      const cache = folder();
      const first = await loadChorales({ cache });
      const second = await loadChorales({ cache });
      expect(requests).toBe(1);
      expect(second).toEqual(first);
      writeFileSync(join(cache, 'Jsb16thSeparated.json'), tiny);
      await expect(loadChorales({ cache })).rejects.toThrow(/must have the sha256/);
    },
  );
});

describe('texts that are not corpora', () => {
  test.each([
    ['[', /^parseCorpus: text must be JSON; got /],
    ['{ "train": [] }', /^parseCorpus: text must hold a list of scores "valid"; got only train$/],
    ['3', /^parseCorpus: text must hold a list of scores "train"; got none$/],
    [
      '{ "train": [[]], "valid": [], "test": [] }',
      /^parseCorpus: score 0 of "train" must hold steps .*; got no steps$/,
    ],
    ['{ "train": [[[60],[60,61]]], "valid": [], "test": [] }', /; got \[60,61\] at step 1$/],
    [
      '{ "train": [], "valid": [[[128]]], "test": [] }',
      /^parseCorpus: score 0 of "valid" .*; got 128 at step 0$/,
    ],
  ])('%s', (text, message) => {
    expect(messageOf(() => parseCorpus(text))).toMatch(message);
  });

  test('scores made by hand are checked, too', () => {
    expect(messageOf(() => checkScore('play', 'score', [[60.5]]))).toBe(
      'play: score must hold steps of equally many MIDI numbers in 0..127, or -1 for rests; got 60.5 at step 0',
    );
  });

  test('unknown resolutions', () => {
    const corpus: Corpus = { train: [], valid: [], test: [] };
    expect(messageOf(() => atResolution(corpus, 'toString' as Resolution))).toBe(
      'atResolution: resolution must be one of quarter, eighth, sixteenth; got toString',
    );
  });
});

test('a file that cannot be written leaves nothing behind', () => {
  const target = folder();
  writeFileSync(join(target, 'file'), 'old');
  expect(() => writeWhole(target, 'new')).toThrow();
  expect(existsSync(`${target}.${process.pid}.tmp`)).toBe(false);
});
