import { at, jit, key, split, sum, type Tensor, tensor, vmap, zeros } from '@descant/tensor-ops';
import {
  addingTask,
  characterTask,
  copyTask,
  type LinearReadout,
  modelFor,
  queueTask,
  rowwiseDigits,
  type Task,
  tanhRnn,
} from '@descant/uoro';
import { loadMnist } from '@descant/uoro/mnist';
import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { messageOf } from './support/errors.ts';

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const list = (t: Tensor): number[] => Array.from(t.data, Number);

describe('the queue', () => {
  property.prop([seeds, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 8 })])(
    'the target is the input of `delay` steps before',
    (seed, length, delay) => {
      const { inputs, targets } = queueTask({ length, delay }).episode(key(seed));
      const [bits, values, weights] = [list(inputs), list(targets.value), list(targets.weight)];
      for (let t = 0; t < length; t++) {
        expect(weights[t]).toBe(t < delay ? 0 : 1);
        if (t >= delay) expect(values[t]).toBe(bits[t - delay]);
        expect([0, 1]).toContain(bits[t]);
      }
    },
  );

  test('bits are fair: 20000 of them, |z| <= 5 has a false-alarm probability of 6e-7', () => {
    const ones = sum(queueTask({ length: 20_000 }).episode(key(1)).inputs).item();
    expect(Math.abs(ones - 10_000) / Math.sqrt(5000)).toBeLessThan(5);
  });
});

describe('copying', () => {
  const sizes = fc.record({
    symbols: fc.integer({ min: 1, max: 5 }),
    items: fc.integer({ min: 1, max: 5 }),
    pause: fc.integer({ min: 1, max: 5 }),
  });
  property.prop([seeds, sizes])('the last items are the first', (seed, { symbols, items, pause }) => {
    const task = copyTask({ symbols, items, pause });
    const { inputs, targets } = task.episode(key(seed));
    const rows = inputs.toArray() as number[][];
    const classes = rows.map((row) => {
      expect(row.reduce((a, b) => a + b)).toBe(1);
      return row.indexOf(1);
    });
    expect(rows.length).toBe(task.length);
    expect(list(targets.value).slice(-items)).toEqual(classes.slice(0, items));
    expect(classes.slice(items, items + pause)).toEqual([...Array(pause - 1).fill(symbols), symbols + 1]);
    expect(list(targets.weight)).toEqual(classes.map((_, t) => (t < items + pause ? 0 : 1)));
  });
});

describe('adding', () => {
  property.prop([seeds, fc.integer({ min: 2, max: 20 })])('the sum of two marked numbers', (seed, length) => {
    const { inputs, targets } = addingTask({ length }).episode(key(seed), 'float64');
    const rows = inputs.toArray() as number[][];
    const marked = rows.flatMap(([number, mark], t) => (mark === 1 ? [{ number, t }] : []));
    expect(marked.length).toBe(2);
    expect(marked[0].t).toBeLessThan(Math.floor(length / 2));
    expect(marked[1].t).toBeGreaterThanOrEqual(Math.floor(length / 2));
    expect(list(targets.value)[length - 1]).toBeCloseTo(marked[0].number + marked[1].number, 12);
    expect(list(targets.weight)).toEqual(rows.map((_, t) => (t === length - 1 ? 1 : 0)));
  });
});

describe('characters', () => {
  property.prop([
    fc
      .string({ minLength: 6, maxLength: 40, unit: 'grapheme' })
      .filter((s) => new Set(s).size > 1 && [...s].length > 5 && new Set([...s]).size > 1),
    seeds,
  ])('every target is the next character of the text', (text, seed) => {
    const task = characterTask(text, { length: 5 });
    const decode = (classes: readonly number[]) => classes.map((c) => task.alphabet[c]).join('');
    const { inputs, targets } = task.episode(key(seed));
    const read = decode((inputs.toArray() as number[][]).map((row) => row.indexOf(1)));
    expect([...text].join('')).toContain(read + decode([list(targets.value)[4]]));
    expect(decode(list(task.whole().targets.value))).toBe([...text].slice(1).join(''));
  });
});

describe('digits', () => {
  test('MNIST: 10000 images of every digit, between 0 and 1', async () => {
    const { images, labels } = await loadMnist();
    expect(images.shape).toEqual([10_000, 28, 28]);
    const counts = list(labels).reduce((c, l) => c.with(l, c[l] + 1), Array<number>(10).fill(0));
    expect([counts[0], counts[3]]).toEqual([1001, 1032]);
    expect(Math.min(...counts)).toBeGreaterThan(850);
    let [low, high, ink] = [1, 0, 0];
    for (const v of images.data) [low, high, ink] = [Math.min(low, v), Math.max(high, v), ink + v];
    expect([low, high]).toEqual([0, 1]);
    expect(ink / images.size).toBeCloseTo(0.13, 2);
    const { inputs, targets } = rowwiseDigits({ images, labels }).episode(key(5));
    const image = list(inputs).join();
    const label = list(targets.value)[0];
    const found = list(labels).findIndex((l, i) => l === label && list(at(images, i)).join() === image);
    expect(found).toBeGreaterThanOrEqual(0);
  });
});

const digits = { images: zeros([3, 4, 5]), labels: tensor([1, 2, 3], { dtype: 'int32' }) };
const tasks: readonly Task[] = [
  queueTask(),
  copyTask(),
  addingTask(),
  rowwiseDigits(digits),
  characterTask('the quick brown fox jumps over the lazy dog'),
];

describe.each(tasks.map((task) => [task.name, task] as const))('%s', (_name, task) => {
  test('shapes as declared, the same for the same key, compiled and batched', () => {
    const draw = jit(vmap((k: Tensor) => task.episode(k)));
    const { inputs, targets } = draw(split(key(2), 3));
    expect(inputs.shape).toEqual([3, task.length, task.inputs]);
    expect(targets.weight.shape).toEqual([3, task.length]);
    expect(targets.value.shape.slice(0, 2)).toEqual([3, task.length]);
    expect(list(inputs)).toEqual(list(draw(split(key(2), 3)).inputs));
    const one = task.episode(at(split(key(2), 3), 1));
    expect(list(at(inputs, 1)).map((v) => v.toFixed(5))).toEqual(list(one.inputs).map((v) => v.toFixed(5)));
    expect(task.episode(key(0), 'float64').inputs.dtype).toBe('float64');
  });

  test('its model has the outputs', () => {
    const model = modelFor(task, ({ inputs }) => tanhRnn({ inputs, units: 4 }));
    const { readout }: { readout: LinearReadout } = model.init(key(0));
    expect(readout.bias.shape).toEqual([task.outputs]);
    expect(model.cell.inputs).toBe(task.inputs);
  });
});

test('errors', () => {
  expect(messageOf(() => queueTask({ delay: 0 }))).toBe(
    'queueTask: delay must be a whole number of at least 1; got 0',
  );
  expect(messageOf(() => copyTask({ pause: 1.5 }))).toBe(
    'copyTask: pause must be a whole number of at least 1; got 1.5',
  );
  expect(messageOf(() => addingTask({ length: 1 }))).toBe(
    'addingTask: length must be a whole number of at least 2; got 1',
  );
  expect(messageOf(() => characterTask('aaaaa', { length: 2 }))).toBe(
    'characterTask: text must have at least 3 characters, two of them different; got 5 characters, 1 different',
  );
  expect(messageOf(() => rowwiseDigits({ ...digits, labels: zeros([3]) }))).toBe(
    'rowwiseDigits: labels must be int32 of shape [3]; got float32 [3]',
  );
  expect(messageOf(() => rowwiseDigits({ ...digits, images: zeros([3]) }))).toBe(
    'rowwiseDigits: images must have shape [n, rows, columns]; got [3]',
  );
});
