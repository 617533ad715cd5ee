/** Random functions over all primitives, exported and run by onnxruntime. */
import { describe, expect, test } from 'vitest';
import { countOperations } from '../../src/ir/print.ts';
import { type Float, randomArguments, randomFunction } from '../executors/random-programs.ts';
import { programOf } from '../executors/support.ts';
import { checkExport } from './support/runtime.ts';

const PROGRAMS = 60;
const FIRST_SEED = 7000;

describe.each<Float>(['float32', 'float64'])('in %s', (float) => {
  test(`${PROGRAMS} programs of about 14 operations, loops and branches nested`, async () => {
    const seen = new Set<string>();
    for (let seed = FIRST_SEED; seed < FIRST_SEED + PROGRAMS; seed++) {
      const fn = randomFunction(seed, float);
      const args = randomArguments(seed, float);
      for (const name of Object.keys(countOperations(programOf(fn, args)))) seen.add(name);
      await checkExport(`program ${seed}`, fn, args);
    }
    expect([...seen]).toEqual(
      expect.arrayContaining(['loop', 'cond', 'solve', 'scatterAdd', 'gather', 'assemble']),
    );
  });
});
