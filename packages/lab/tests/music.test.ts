import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeMidi, encodeMidi, type Score } from '@descant/coconet';
import { describe, expect, test } from 'vitest';
import { descant, outcome, startDescant, temporaryFolder } from './helpers/descant.ts';

const melody = [67, 67, 69, 69, 71, 71, -1, 72];
const melodyFile = (pitches: readonly number[] = melody) =>
  encodeMidi(
    pitches.map((p) => [p]),
    { tempo: 90 },
  );

function folderWith(files: Readonly<Record<string, Uint8Array>>): string {
  const folder = temporaryFolder();
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  return folder;
}

const scoreIn = (folder: string, name: string): Score =>
  decodeMidi(new Uint8Array(readFileSync(join(folder, name))), { voices: 'track' }).score;

/** A corpus of scales in four voices, for commands that train and evaluate. */
const corpus = JSON.stringify(
  Object.fromEntries(
    ['train', 'valid', 'test'].map((split, s) => [
      split,
      [0, 1].map((k) =>
        Array.from({ length: 12 }, (_, t) => [70, 64, 57, 48].map((p) => p + ((t + s + k) % 5))),
      ),
    ]),
  ),
);

describe('harmonize', () => {
  test('keeps every note of the melody, adds three voices in range, and writes every kind of file', {
    timeout: 60_000,
  }, async () => {
    const folder = folderWith({ 'melody.mid': melodyFile() });
    const files = ['out.mid', 'out.svg', 'out.png', 'out.xml', 'steps.svg'];
    const flags = [
      '-o',
      'out.mid',
      '--svg',
      'out.svg',
      '--png',
      'out.png',
      '--musicxml',
      'out.xml',
      '--animation',
      'steps.svg',
    ];
    const said = await descant(['harmonize', 'melody.mid', ...flags, '--gibbs', '8'], folder);
    expect(said.stderr).toMatch(/^8 steps in .* s: out\.mid, /);
    expect(said.code).toBe(0);
    const score = scoreIn(folder, 'out.mid');
    expect(score.map(([soprano]) => soprano)).toEqual(melody);
    for (const [, ...others] of score) {
      expect(others.length).toBe(3);
      for (const p of others) expect(p >= 36 && p <= 81).toBe(true);
    }
    expect(decodeMidi(new Uint8Array(readFileSync(join(folder, 'out.mid')))).tempo).toBeCloseTo(90, 3);
    for (const file of files) expect(existsSync(join(folder, file))).toBe(true);
    // The same seed gives the same file, another one another.
    await descant(['harmonize', 'melody.mid', '-o', 'again.mid', '--gibbs', '8'], folder);
    await descant(['harmonise', 'melody.mid', '-o', 'other.mid', '--gibbs', '8', '--seed', '1'], folder);
    expect(scoreIn(folder, 'again.mid')).toEqual(score);
    expect(scoreIn(folder, 'other.mid')).not.toEqual(score);
  });

  test.each<[string, Uint8Array, RegExp]>([
    ['out of range', melodyFile([96, 96]), /pitches in 36\.\.81, or -1 for rests; got 96 at step 0/],
    ['no MIDI file', Uint8Array.of(1, 2, 3), /decodeMidi: bytes must be a MIDI file/],
    [
      'several notes at a time',
      encodeMidi([[60, 55]]),
      /decodeMelody: bytes must hold one note at a time; got more at 1 steps/,
    ],
    ['no notes', encodeMidi([[-1], [-1]]), /decodeMidi: bytes must hold notes/],
  ])('a melody that cannot be used: %s', { timeout: 60_000 }, async (_, bytes, message) => {
    const folder = folderWith({ 'melody.mid': bytes, 'out.mid': Uint8Array.of(7) });
    const { code, stderr } = await descant(['harmonize', 'melody.mid', '-o', 'out.mid'], folder);
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
    // What was there before is still there.
    expect([...readFileSync(join(folder, 'out.mid'))]).toEqual([7]);
    expect(readdirSync(folder).toSorted()).toEqual(['melody.mid', 'out.mid']);
  });

  test.each<[string[], string]>([
    [['harmonize', 'none.mid', '-o', 'a.mid'], 'error: no file none.mid'],
    [['compose'], 'error: nothing to write: name a file with -o'],
    [['compose', '--wav', 'a.wav'], 'error: --wav needs a --soundfont'],
    [['compose', '-o', 'a.mid', '--temperature', 'hot'], 'It must be a number of at least 0.'],
    [['coconet', 'sample', '--task', 'revoice', '-o', 'a.mid'], 'error: the task revoice needs a MIDI file'],
    [['coconet', 'train', '--out', 'a', '--dilations', '[['], 'It must be JSON'],
  ])('%j exits with 2', async (args, message) => {
    const folder = temporaryFolder();
    const { code, stderr } = await descant(args, folder);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
    expect(readdirSync(folder)).toEqual([]);
  });
});

test('compose, and an interrupt that leaves nothing', { timeout: 60_000 }, async () => {
  const folder = temporaryFolder();
  expect((await descant(['compose', '--steps', '4', '--gibbs', '2', '-o', 'a.mid'], folder)).code).toBe(0);
  expect(scoreIn(folder, 'a.mid').length).toBe(4);
  const child = startDescant(['compose', '--steps', '8', '--gibbs', '100000', '-o', 'b.mid'], folder, true);
  child.stderr?.once('data', () => child.kill('SIGINT'));
  const { code, stderr } = await outcome(child);
  expect(stderr).toContain('error: interrupted; nothing was written');
  expect(code).toBe(1);
  expect(existsSync(join(folder, 'b.mid'))).toBe(false);
});

test('sample: tasks keep what they are to keep, with every sampler', { timeout: 120_000 }, async () => {
  const score = [...new Array(2).fill([72, 67, 64, 48]), ...new Array(2).fill([74, 67, 59, 43])];
  const folder = folderWith({ 'in.mid': encodeMidi(score) });
  const run = async (...args: string[]) => {
    const said = await descant(['coconet', 'sample', 'in.mid', ...args, '-o', 'out.mid'], folder);
    expect(said.code, said.stderr).toBe(0);
    return scoreIn(folder, 'out.mid');
  };
  const revoiced = await run('--task', 'revoice', '--voices', '1,2', '--sampler', 'nade');
  expect(revoiced.map(([s, , , b]) => [s, b])).toEqual(score.map(([s, , , b]) => [s, b]));
  const longer = await run('--task', 'complete', '--steps', '2', '--sampler', 'blocks', '--gibbs', '2');
  expect(longer.slice(0, 4)).toEqual(score);
  expect(longer.length).toBe(6);
  const finer = await run('--task', 'upsample', '--sampler', 'ancestral-gibbs', '--gibbs', '1');
  expect(finer.filter((_, t) => t % 2 === 0)).toEqual(score);
  const middle = await run('--task', 'regenerate', '--from', '1', '--to', '2', '--sampler', 'chronological');
  expect([middle[0], ...middle.slice(2)]).toEqual([score[0], ...score.slice(2)]);
  writeFileSync(join(folder, 'mask.txt'), '.x|..\n..|..\n\n.. x.\n..|.x\n');
  const infilled = await run('--task', 'infill', '--mask', 'mask.txt', '--temperature', '0', '--gibbs', '1');
  const free = ['1 0', '2 2', '3 3'];
  for (const [t, frame] of score.entries())
    for (const [v, pitch] of frame.entries())
      if (!free.includes(`${t} ${v}`)) expect(infilled[t][v]).toBe(pitch);
  // Kept cells are what the free ones are made from: without them, the same cells come out otherwise.
  writeFileSync(join(folder, 'mask.txt'), 'xxxx\n'.repeat(4));
  expect(
    await run('--task', 'infill', '--mask', 'mask.txt', '--temperature', '0', '--gibbs', '1'),
  ).not.toEqual(infilled);
  const bridged = await run('--task', 'transition', '--second', 'in.mid', '--steps', '1', '--gibbs', '1');
  expect([...bridged.slice(0, 4), ...bridged.slice(5)]).toEqual([...score, ...score]);
});

test.each<[string, string, number]>([
  ['x.', 'error: the mask must have a line for each of 4 voices; got 1 lines', 2],
  ['x.\n..\n.o\n..', 'error: the mask must have x or . for each step; got "o"', 2],
  ['x.\n..\n...\n..', 'error: the lines of the mask must be alike in length; got 2, 2, 3, 2', 2],
  ['x\n.\n.\n.', 'error: infill: mask must have 2 steps of 4 voices; got 1 steps of 4', 1],
])('a mask that cannot be used: %j', { timeout: 60_000 }, async (mask, message, exit) => {
  const folder = temporaryFolder({ 'mask.txt': mask });
  writeFileSync(join(folder, 'in.mid'), encodeMidi(new Array(2).fill([72, 67, 64, 48])));
  const args = ['coconet', 'sample', 'in.mid', '--task', 'infill', '--mask', 'mask.txt', '-o', 'out.mid'];
  const { code, stderr } = await descant(args, folder);
  expect([stderr.trim(), code]).toEqual([message, exit]);
  expect(existsSync(join(folder, 'out.mid'))).toBe(false);
});

test('train, resume, evaluate and sample with a model of one’s own', { timeout: 120_000 }, async () => {
  const folder = temporaryFolder({ 'corpus.json': corpus });
  const small = [
    '--layers',
    '4',
    '--channels',
    '4',
    '--batch-size',
    '2',
    '--crop-steps',
    '8',
    '--learning-rate',
    '0.01',
  ];
  const train = ['coconet', 'train', '--data', 'corpus.json', '--out', 'a.train', '--validation-epochs', '5'];
  const first = await descant(
    [...train, ...small, '--give-up', '1', '--model', 'a.model', '--samples', 'rolls'],
    folder,
  );
  expect(first.stderr).toBe('');
  expect(first.code).toBe(0);
  expect(first.stdout).toMatch(/GFLOP a step, .* TFLOP from one validation to the next \(5 steps\)/);
  expect(first.stdout).toMatch(/step 5, epoch 5\.0: training \d\.\d+, validation \d\.\d+ nats a cell/);
  expect(readdirSync(join(folder, 'rolls'))).toContain('step-5.svg');
  const again = await descant([...train, ...small], folder);
  expect([again.code, again.stderr.trim()]).toEqual([2, 'error: a.train exists; --resume goes on with it']);
  const resumed = await descant([...train, '--resume', '--minutes', '0'], folder);
  expect(resumed.stdout).toMatch(/from step \d+\n/);
  const evaluate = ['coconet', 'evaluate', '--data', 'corpus.json', '--frames', '20', '--orderings', '2'];
  const own = await descant([...evaluate, '--model', 'a.model', '--json'], folder);
  const { single, ensemble, n } = JSON.parse(own.stdout);
  expect(n).toBe(20);
  expect(ensemble.mean).toBeLessThanOrEqual(single.mean);
  const threaded = await descant([...evaluate, '--model', 'a.model', '--json', '--threads', '2'], folder);
  expect(threaded.stdout).toBe(own.stdout);
  const baseline = await descant([...evaluate, '--baseline', 'uniform'], folder);
  expect(baseline.stdout).toBe(
    'M = 1   15.315 ± 0.000\nM = 2   15.315 ± 0.000\nnats for each frame, 20 frames\n',
  );
  const sampled = await descant(
    ['compose', '--model', 'a.model', '--steps', '4', '--gibbs', '1', '-o', 'a.mid'],
    folder,
  );
  expect(sampled.code, sampled.stderr).toBe(0);
  writeFileSync(join(folder, 'a.model'), readFileSync(join(folder, 'a.model')).subarray(0, 500));
  const damaged = await descant(['compose', '--model', 'a.model', '-o', 'b.mid'], folder);
  expect(damaged.stderr).toMatch(/^error: readSafetensors: /);
  expect(existsSync(join(folder, 'b.mid'))).toBe(false);
});

test('import: a corpus from MIDI files, with a report', async () => {
  const chorale = Array.from({ length: 16 }, () => [72, 67, 64, 48]);
  const folder = folderWith({ 'a.mid': encodeMidi(chorale), 'b.mid': Uint8Array.of(1) });
  const { code, stderr } = await descant(['coconet', 'import', '.', '-o', 'corpus.json'], folder);
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('b.mid: dropped, decodeMidi: bytes must be a MIDI file');
  expect(stderr).toContain('1 scores for training, 0 for validation, 0 for tests');
  expect(JSON.parse(readFileSync(join(folder, 'corpus.json'), 'utf8')).train).toEqual([chorale]);
});
