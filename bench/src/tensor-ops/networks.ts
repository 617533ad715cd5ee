/** W2 to W5 and their relatives as a workload of the suite: what networks are made of. */

import { at, key, mul, normal, split } from '@descant/tensor-ops';
import type { Bar } from '../harness/report.ts';
import { fastestOf, resultOf } from '../harness/results.ts';
import { formatMicroseconds } from '../harness/table.ts';
import type { CaseResult, WorkloadCase } from '../harness/workload.ts';
import { HEADLINE_PARTICIPANT } from '../participants.ts';
import { threadedName } from '../peers.ts';
import * as call from './call.ts';
import type { Definition, Headline } from './definition.ts';
import * as lstm from './lstm.ts';
import * as policy from './policy.ts';
import * as w2 from './w2.ts';
import * as w3 from './w3.ts';
import * as w4 from './w4.ts';
import * as w5 from './w5.ts';

const HEADLINE: Headline = { participant: HEADLINE_PARTICIPANT, variant: 'call' };

interface Network {
  readonly name: string;
  readonly title: string;
  readonly shapes: readonly (readonly number[])[];
  /** Steps of one timed run. */
  readonly callSteps: number;
  /** Microseconds, on the machine where PyTorch takes `torch`. */
  readonly bar?: number;
  /** The same with two threads. */
  readonly twoThreads?: number;
  readonly torch?: number;
  /** PyTorch's time is the bar. */
  readonly likeTorch?: boolean;
  /** Milliseconds. */
  readonly compileBar?: number;
  /** Inputs that are one-hot rows. */
  readonly oneHot?: readonly number[];
  readonly tolerances: WorkloadCase['tolerances'];
}

const NETWORKS: readonly Network[] = [
  {
    name: 'W2',
    title: 'network 12-64-64-1, batch 1280, gradient and Adam',
    shapes: w2.INPUTS,
    callSteps: 10,
    bar: 1200,
    torch: 1630,
    compileBar: 50,
    // Adam divides by the size of the gradient: where that is next to nothing, rounding decides the direction.
    tolerances: { afterOneStep: 2e-3, afterOneRun: 1e-2 },
  },
  {
    name: 'W3',
    title: 'GRU 36 -> 64 -> 4, batch 128, 16 steps, value and gradient',
    shapes: w3.INPUTS,
    callSteps: 2,
    bar: 7000,
    torch: 8100,
    compileBar: 80,
    oneHot: [1],
    tolerances: { afterOneStep: 1e-3, afterOneRun: 1e-3 },
  },
  {
    name: 'W4',
    title: 'product of two 512 x 512 matrices',
    shapes: w4.INPUTS,
    callSteps: 2,
    bar: 5800,
    twoThreads: 3400,
    torch: 2900,
    tolerances: { afterOneStep: 1e-4, afterOneRun: 1e-4 },
  },
  {
    name: 'W5',
    title: 'convolution 3 x 3, [4, 32, 46, 64] -> 64',
    shapes: w5.INPUTS,
    callSteps: 2,
    bar: 9500,
    torch: 4800,
    tolerances: { afterOneStep: 1e-4, afterOneRun: 1e-4 },
  },
  {
    name: 'W5 gradients',
    title: 'the same with both gradients',
    shapes: w5.GRADIENT_INPUTS,
    callSteps: 1,
    bar: 28_000,
    torch: 18_400,
    // The filter gradient sums 5,888 products an element.
    tolerances: { afterOneStep: 5e-4, afterOneRun: 5e-4 },
  },
  {
    name: 'LSTM',
    title: 'LSTM 28 -> 50 -> 10, batch 50, 28 steps, loss and gradient',
    shapes: lstm.INPUTS,
    callSteps: 2,
    likeTorch: true,
    oneHot: [1],
    tolerances: { afterOneStep: 1e-3, afterOneRun: 1e-3 },
  },
  {
    name: 'policy gradient',
    title: 'policy 8-64-64-4, batch 256, gradient and Adam',
    shapes: policy.INPUTS,
    callSteps: 10,
    compileBar: 150,
    oneHot: [1],
    tolerances: { afterOneStep: 2e-3, afterOneRun: 1e-2 },
  },
  {
    name: 'call',
    title: 'a x b + 1 on three numbers',
    shapes: call.INPUTS,
    callSteps: 1000,
    bar: 5,
    tolerances: { afterOneStep: 1e-6, afterOneRun: 1e-6 },
  },
];

/** Standard deviation of the inputs: small enough for the units not to saturate. */
const SCALE = 0.3;
const SEED = 2;

/** One-hot rows, in turn. */
function oneHot(shape: readonly number[]): number[] {
  const classes = shape[shape.length - 1];
  return Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) =>
    Number(i % classes === Math.floor(i / classes) % classes),
  );
}

function networkCases(): WorkloadCase[] {
  return NETWORKS.map(({ name, title, shapes, callSteps, tolerances, oneHot: classes = [] }) => {
    const keys = split(key(SEED), shapes.length);
    const inputs = shapes.map((shape, i) =>
      classes.includes(i) ? oneHot(shape) : Array.from(mul(normal(at(keys, i), shape), SCALE).data),
    );
    const parameters = { workload: name, callSteps, shapes: JSON.stringify(shapes) };
    return { label: `${name}, ${title}`, parameters, inputs, tolerances };
  });
}

/** The absolute bars, the same in proportion to PyTorch's time here, and those of compiling. */
function networkBars(cases: readonly CaseResult[]): Bar[] {
  return cases.flatMap(({ parameters, results }) => {
    const network = NETWORKS.find(({ name }) => name === parameters.workload)!;
    const { name, bar, twoThreads, torch, likeTorch, compileBar } = network;
    const headline = resultOf(results, HEADLINE)!;
    const peer = fastestOf(results, 'PyTorch');
    const barsOf = (limit: number | undefined, threads: number): Bar[] => {
      const participant = threadedName(HEADLINE.participant, threads);
      const own = resultOf(results, { ...HEADLINE, participant })?.microsecondsPerStep;
      if (own === undefined) return [];
      const under = (most: number, remark: string): Bar => ({
        text: `${threadedName(name, threads)}: ${formatMicroseconds(own)}, bar ${formatMicroseconds(most)}${remark}`,
        reached: own <= most,
      });
      const share = limit !== undefined && torch !== undefined ? limit / torch : likeTorch ? 1 : undefined;
      const bars: Bar[] = [];
      if (limit !== undefined) bars.push(under(limit, ''));
      if (peer && share !== undefined) {
        bars.push(
          under(share * peer.microsecondsPerStep, ` (${share.toFixed(2)} x PyTorch, ${peer.variant})`),
        );
      }
      return bars;
    };
    const bars = [...barsOf(bar, 1), ...(twoThreads === undefined ? [] : barsOf(twoThreads, 2))];
    const compile = headline.compileMilliseconds;
    if (compileBar !== undefined && compile !== undefined) {
      const text = `${name}: compiled in ${compile.toFixed(0)} ms, bar ${compileBar} ms`;
      bars.push({ text, reached: compile <= compileBar });
    }
    return bars;
  });
}

export const networks: Definition = {
  name: 'W2 to W5, LSTM, policy gradient, call',
  title: 'networks, matrix products, convolutions, a call, float32',
  worker: 'networks-worker.ts',
  peers: 'networks',
  headline: HEADLINE,
  threads: [1, 2],
  cases: networkCases,
  bars: networkBars,
};
