import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, test as plain } from 'vitest';
import { compareResults } from '../src/results/compare.ts';
import {
  createRunFolder,
  readDescription,
  readResults,
  toJson,
  writeAtomically,
} from '../src/results/files.ts';
import { parseResults, type Results, type Row, resultsSchema, rowSchema } from '../src/results/schema.ts';
import { temporaryFolder } from './helpers/descant.ts';

const row: Row = { name: 'r', paper: null, measured: 1, standardError: 0.1, n: 4, unit: 'return' };
const results: Results = { experiment: 'e', version: '1.2.3', seed: 0, config: { pairs: 4 }, rows: [row] };

// JSON has no negative zero: it is read back as 0.
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0);
const name = fc.string({ minLength: 1 });
const anyRow: fc.Arbitrary<Row> = fc.record({
  name,
  paper: fc.option(number),
  measured: fc.option(number),
  standardError: fc.option(number.map(Math.abs)),
  n: fc.nat(),
  unit: name,
});
const anyResults: fc.Arbitrary<Results> = fc
  .record({
    experiment: name,
    version: name,
    seed: fc.nat(),
    config: fc.dictionary(
      name.filter((key) => key !== '__proto__'),
      fc.oneof(number, fc.string(), fc.boolean()),
      { noNullPrototype: true },
    ),
    rows: fc.array(anyRow, { maxLength: 4 }),
    partial: fc.boolean(),
  })
  .map(({ partial, ...rest }) => (partial ? { ...rest, partial: true } : rest));

describe('the schema of results', () => {
  test.prop([anyResults])('writes and reads back the same', (value) => {
    expect(parseResults(toJson(value), 'results.json')).toEqual(value);
  });

  plain.each([
    ['a missing column', { ...results, rows: [{ ...row, unit: undefined }] }, /rows\.0\.unit: /],
    ['an unknown column', { ...results, rows: [{ ...row, colour: 'red' }] }, /rows\.0: .*colour/],
    [
      'a negative standard error',
      { ...results, rows: [{ ...row, standardError: -1 }] },
      /rows\.0\.standardError: /,
    ],
    ['a measured text', { ...results, rows: [{ ...row, measured: '1' }] }, /rows\.0\.measured: /],
    ['partial: false', { ...results, partial: false }, /partial: /],
    ['a negative seed', { ...results, seed: -1 }, /seed: /],
  ])('refuses %s, naming the file and the field', (_, value, message) => {
    const text = JSON.stringify(value);
    expect(() => parseResults(text, 'here.json')).toThrow(message);
    expect(() => parseResults(text, 'here.json')).toThrow(/^here\.json: /);
  });

  plain('refuses what is not JSON, and numbers that JSON cannot hold', () => {
    expect(() => parseResults('{', 'here.json')).toThrow(/^here\.json: is not JSON: /);
    expect(rowSchema.safeParse({ ...row, measured: Number.NaN }).success).toBe(false);
    expect(resultsSchema.safeParse(results).success).toBe(true);
  });
});

/** What a reader who opened the file before the write still sees, and the text after it. */
function readAcross(write: (path: string, text: string) => void): { before: string; after: string } {
  const path = join(temporaryFolder({ 'results.json': 'old' }), 'results.json');
  const open = openSync(path, 'r');
  write(path, 'new text');
  const before = readFileSync(open, 'utf8');
  closeSync(open);
  return { before, after: readFileSync(path, 'utf8') };
}

describe('writing files', () => {
  plain('a reader sees the old file or the new one', () => {
    expect(readAcross(writeAtomically)).toEqual({ before: 'old', after: 'new text' });
  });

  plain('writing in place would be noticed', () => {
    expect(readAcross(writeFileSync).before).toBe('new text');
  });

  plain('a failed write leaves the folder as it was', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'taken'));
    expect(() => writeAtomically(join(folder, 'taken'), 'text')).toThrow();
    expect(readdirSync(folder)).toEqual(['taken']);
  });

  plain('runs of one second get folders of their own', () => {
    const out = join(temporaryFolder(), 'runs');
    const time = new Date('2026-01-02T03:04:05.678Z');
    expect([1, 2, 3].map(() => createRunFolder(out, 'e', time).slice(out.length + 1))).toEqual([
      'e-2026-01-02T03-04-05',
      'e-2026-01-02T03-04-05-2',
      'e-2026-01-02T03-04-05-3',
    ]);
  });

  plain('a run is found by its folder or its results.json; anything else is named in the error', () => {
    const folder = temporaryFolder({ 'results.json': toJson(results) });
    expect(readResults(folder)).toEqual(results);
    expect(readResults(join(folder, 'results.json'))).toEqual(results);
    expect(() => readResults(join(folder, 'nowhere'))).toThrow(`no run at ${join(folder, 'nowhere')}`);
    expect(() => readDescription(folder)).toThrow(`${folder} is not a run: it has no config.json`);
  });
});

describe('compareResults', () => {
  test.prop([
    number,
    number,
    fc.double({ min: 0, max: 1e3, noNaN: true }),
    fc.double({ min: 0, max: 1e3, noNaN: true }),
  ])('gives b - a with the standard errors added in quadrature', (a, b, seA, seB) => {
    const at = (measured: number, standardError: number): Results => ({
      ...results,
      rows: [{ ...row, measured, standardError }],
    });
    const [difference] = compareResults(at(a, seA), at(b, seB)).rows;
    expect(difference.difference).toBe(b - a);
    expect(difference.standardError).toBeCloseTo(Math.sqrt(seA ** 2 + seB ** 2), 6);
  });

  plain('rows of one side only are listed, and nulls stay null', () => {
    const a: Results = {
      ...results,
      rows: [row, { ...row, name: 'a' }, { ...row, name: 'c', measured: null }],
    };
    const b: Results = {
      ...results,
      rows: [row, { ...row, name: 'b' }, { ...row, name: 'c', standardError: null }],
    };
    const { rows, onlyInA, onlyInB } = compareResults(a, b);
    expect({ onlyInA, onlyInB }).toEqual({ onlyInA: ['a'], onlyInB: ['b'] });
    expect(rows.map(({ name: of, difference }) => [of, difference])).toEqual([
      ['r', 0],
      ['c', null],
    ]);
  });
});
