import { expect, test } from 'vitest';
import { formatMicroseconds, table } from '../src/harness/table.ts';

test('the first column stands left, the others right', () => {
  expect(
    table(
      ['', 'per step'],
      [
        ['ours', '1 us'],
        ['theirs, obvious', '22 ms'],
      ],
    ),
  ).toEqual([
    '                 per step',
    '---------------  --------',
    'ours                 1 us',
    'theirs, obvious     22 ms',
  ]);
});

test.each([
  [0.41234, '0.412 us'],
  [999.4, '999 us'],
  [1500, '1.5 ms'],
  [2.5e6, '2.5 s'],
])('%d us is %s', (microseconds, text) => {
  expect(formatMicroseconds(microseconds)).toBe(text);
});
