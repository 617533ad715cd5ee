import { expect, test } from 'vitest';
import type { CaseResult, EntrantResult } from '../src/harness/workload.ts';
import { HEADLINE, machineScale, w1Bars } from '../src/tensor-ops/w1-bars.ts';

function result(participant: string, variant: string, microsecondsPerStep: number): EntrantResult {
  const rounds = [microsecondsPerStep];
  return { participant, variant, microsecondsPerStep, rounds, compileMilliseconds: 1, processorShare: 1 };
}

function caseOf(precision: string, batch: number, own: number, others: readonly EntrantResult[]): CaseResult {
  return {
    label: `${precision}, batch ${batch}`,
    parameters: { precision, batch },
    differences: { afterOneStep: 0, afterOneRun: 0 },
    tolerances: { afterOneStep: 1, afterOneRun: 1 },
    results: [result(HEADLINE.participant, HEADLINE.variant, own), ...others],
  };
}

const verdicts = (cases: readonly CaseResult[]) => w1Bars(cases).map(({ text, reached }) => [text, reached]);

test('the fixed bars hold for float32 alone', () => {
  const cases = [
    caseOf('float32', 1, 1.4, []),
    caseOf('float32', 128, 51, []),
    caseOf('float32', 4096, 1500, []),
    caseOf('float64', 1, 1.4, []),
  ];
  expect(verdicts(cases)).toEqual([
    ['float32, batch 1: 1.4 us, bar 1.5 us', true],
    ['float32, batch 128: 51 us, bar 50 us', false],
    ['float32, batch 4096: 1.5 ms, bar 1.5 ms', false],
  ]);
});

test('a machine twice as fast halves the bars', () => {
  const torch = result('PyTorch', 'unrolled', 5950);
  const cases = [caseOf('float32', 1, 1, []), caseOf('float32', 4096, 700, [torch])];
  expect(machineScale(cases)).toBe(0.5);
  expect(verdicts(cases)).toEqual([
    ['float32, batch 1: 1 us, bar 1.5 us', true],
    ['float32, batch 1: 1 us, bar 0.75 us (scaled to this machine, x 0.500)', false],
    ['float32, batch 4096: 700 us, bar 1.5 ms', true],
    ['float32, batch 4096: 700 us, bar 750 us (scaled to this machine, x 0.500)', true],
  ]);
});

test('JAX counts with its fastest variant, in both precisions', () => {
  const jax = [result('JAX', 'slow', 30), result('JAX', 'quick', 2), result('JAX', 'middling', 5)];
  expect(verdicts([caseOf('float64', 1, 1, jax), caseOf('float64', 128, 3, jax)])).toEqual([
    ['float64, batch 1: 1 us, bar 2 us (the fastest JAX: quick)', true],
    ['float64, batch 128: 3 us, bar 2 us (the fastest JAX: quick)', false],
  ]);
});
