import {
  type Coconet,
  decodeModel,
  describe as describeModel,
  encodeModel,
  initParameters,
  initPopulation,
} from '@descant/coconet';
import { key, type Tensor } from '@descant/tensor-ops';
import { readSafetensors, treeToRecord, writeSafetensors } from '@descant/tensor-ops/io';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageOf } from './support/errors.ts';

function modelOf(seed: number, separable: boolean, channels: number): Coconet {
  const description = describeModel({ layers: 5, channels, separable, instruments: 3 });
  return {
    description,
    parameters: initParameters(key(seed), description),
    statistics: initPopulation(description),
  };
}

const record = ({ parameters, statistics }: Coconet): Record<string, Tensor> =>
  treeToRecord({ parameters, statistics });

describe('files of models', () => {
  test('float32: every bit comes back', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.boolean(), fc.integer({ min: 1, max: 7 }), (seed, separable, channels) => {
        const model = modelOf(seed, separable, channels);
        const again = decodeModel(encodeModel(model));
        expect(again.description).toEqual(model.description);
        expect(encodeModel(again)).toEqual(encodeModel(model));
      }),
      { numRuns: 20 },
    );
  });

  test('8 bits: weights within half a level of their channel, the rest exact, a quarter of the size', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.boolean(), fc.integer({ min: 1, max: 7 }), (seed, separable, channels) => {
        const model = modelOf(seed, separable, channels);
        const before = record(model);
        const after = record(decodeModel(encodeModel(model, { quantised: true })));
        for (const [name, x] of Object.entries(before)) {
          if (!name.includes('filters')) {
            expect(after[name].toArray()).toEqual(x.toArray());
            continue;
          }
          const outputs = x.shape[x.rank - 1];
          for (let c = 0; c < outputs; c++) {
            const channel = [...x.data].filter((_, i) => i % outputs === c);
            const level = Math.max(...channel.map(Math.abs)) / 127;
            const worst = Math.max(
              ...[...after[name].data]
                .filter((_, i) => i % outputs === c)
                .map((v, i) => Math.abs(v - channel[i])),
            );
            expect(worst).toBeLessThanOrEqual(0.5001 * level);
          }
        }
      }),
      { numRuns: 20 },
    );
    const wide = modelOf(0, false, 48);
    expect(encodeModel(wide, { quantised: true }).length / encodeModel(wide).length).toBeLessThan(0.35);
  });

  test('quantising twice changes nothing', () => {
    const once = encodeModel(modelOf(2, true, 6), { quantised: true });
    expect(encodeModel(decodeModel(once), { quantised: true })).toEqual(once);
  });

  test('damaged and foreign files', () => {
    const bytes = encodeModel(modelOf(0, false, 4), { quantised: true });
    expect(messageOf(() => decodeModel(bytes.subarray(0, bytes.length - 1)))).toMatch(/^readSafetensors: /);
    expect(messageOf(() => decodeModel(writeSafetensors({})))).toBe(
      'decodeModel: bytes must be a file of format "descant coconet model 1"; got no format in its metadata',
    );
    expect(messageOf(() => decodeModel(writeSafetensors({}, { format: 'other' })))).toMatch(/; got "other"$/);
    const { tensors, metadata } = readSafetensors(bytes);
    const name = 'parameters.0.filters.0';
    const { [name]: _, ...missing } = tensors;
    expect(messageOf(() => decodeModel(writeSafetensors(missing, metadata)))).toMatch(
      /^recordToTree: record must hold/,
    );
    const short = { ...tensors, [name]: tensors['parameters.1.filters.0'] };
    expect(messageOf(() => decodeModel(writeSafetensors(short, metadata)))).toBe(
      'decodeModel: bytes must hold "parameters.0.filters.0" as 54 words; got 36 with 4 scales',
    );
    expect(
      messageOf(() => decodeModel(writeSafetensors(tensors, { ...metadata, description: '{' }))),
    ).toMatch(/^decodeModel: bytes must have a description of JSON text; got /);
  });
});
