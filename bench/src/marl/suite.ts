/** The suite `marl`: plays of the coin game by two GRU policies beside PyTorch and JAX, and an update of LOLA-DiCE. */
import { gruNetwork } from '@descant/marl-algos';
import { flatten, key, uniform } from '@descant/tensor-ops';
import { rate } from '../envs/suite.ts';
import { type Bar, type TextReport, textReport } from '../harness/report.ts';
import { fastestOnAnyThreads } from '../harness/results.ts';
import { medianRatio } from '../harness/statistics.ts';
import { formatMicroseconds, table } from '../harness/table.ts';
import { measureWorkload, type Timing, type WorkloadCase } from '../harness/workload.ts';
import { type Ours, withParticipants } from '../participants.ts';
import { peers } from '../peers.ts';

const [BATCH, STEPS, UNITS] = [512, 50, 64];
/** Steps of given observations on which everybody's networks must agree. */
const GIVEN = 3;
/** Our rate beside the others', at least. */
const RATES: Readonly<Record<string, number>> = { JAX: 1, PyTorch: 3 };
/** Milliseconds of an update of LOLA-DiCE, at most. */
const UPDATE_BAR = 20;

function coinGameCase(): WorkloadCase {
  const network = gruNetwork({ inputShape: [4, 3, 3], units: UNITS, outputs: 4 });
  const policies = [1, 2].map((seed) => {
    const { cell, readout } = network.init(key(seed));
    const { inputWeights, recurrentWeights, inputBias, recurrentBias } = cell;
    return [inputWeights, recurrentWeights, inputBias, recurrentBias, readout.weights, readout.bias];
  });
  return {
    label: `coin game, two GRU policies of ${UNITS} units, ${BATCH} plays of ${STEPS} steps`,
    parameters: { workload: 'coin game', batch: BATCH, steps: STEPS, units: UNITS },
    inputs: [
      Array.from(uniform(key(0), [GIVEN * BATCH * 36]).data),
      ...flatten(policies).leaves.map((leaf) => Array.from(leaf.data)),
    ],
    // Networks on given observations in float32; means over plays that everybody draws in its own way.
    tolerances: { afterOneStep: 1e-5, afterOneRun: 0.05 },
  };
}

const lolaDiceCase: WorkloadCase = {
  label: 'LOLA-DiCE, IPD, 64 plays of 150 steps, 2 look-aheads',
  parameters: { workload: 'LOLA-DiCE', batch: 64, steps: 150, lookAheads: 2 },
  inputs: [],
  tolerances: { afterOneStep: 0, afterOneRun: 0 },
};

/** Measures everything; the report as text, and whether every bar was reached. */
export function measureMarl(timing: Timing, tell: (line: string) => void): Promise<TextReport> {
  const entry = {
    worker: new URL('./worker.ts', import.meta.url),
    threads: [1, 2],
    commands: (ours: Ours, threads: number) => [ours(24), ...peers('marl', threads)],
  };
  return withParticipants(entry, tell, async (participants) => {
    const finish = textReport(timing, participants);
    const { present } = participants;
    const [{ results }] = await measureWorkload(present, [coinGameCase()], timing, tell);
    const [update] = await measureWorkload(present.slice(0, 1), [lolaDiceCase], timing, tell);
    const rows = results.map((result) => [
      `${result.participant}, ${result.variant}`,
      rate(1e6 / result.microsecondsPerStep),
      rate(1e6 / Math.max(...result.rounds)),
      rate(1e6 / Math.min(...result.rounds)),
      medianRatio(result.rounds, results[0].rounds).toFixed(2),
      result.processorShare.toFixed(2),
    ]);
    const ours = fastestOnAnyThreads(results, 'descant')!;
    const bars = Object.entries(RATES).flatMap(([participant, bar]): Bar[] => {
      const theirs = fastestOnAnyThreads(results, participant);
      if (theirs === undefined) return [];
      const times = medianRatio(theirs.rounds, ours.rounds);
      const text = `${times.toFixed(2)} x the rate of ${participant}, the fastest of each; bar ${bar}`;
      return [{ text, reached: times >= bar }];
    });
    const [{ microsecondsPerStep, rounds }] = update.results;
    bars.push({
      text: `${update.label}: ${formatMicroseconds(microsecondsPerStep)} an update of one player (least ${formatMicroseconds(Math.min(...rounds))}), bar ${UPDATE_BAR} ms`,
      reached: microsecondsPerStep < 1000 * UPDATE_BAR,
    });
    return finish(
      [
        `${coinGameCase().label}: agent-steps per second, with observations, actions, log-probabilities and rewards kept`,
        ...table(['', 'median', 'least', 'most', 'ours / theirs', 'threads'], rows),
      ],
      bars,
    );
  });
}
