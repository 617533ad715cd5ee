/** Measures plays of the coin game by two recurrent policies, and an update of LOLA-DiCE. */
import { tracedCoinGame, tracedIteratedMatrixGame } from '@descant/envs';
import {
  type GruNetworkParameters,
  gruNetwork,
  lolaDice,
  meanReward,
  play,
  sampledGame,
  tabularPolicy,
} from '@descant/marl-algos';
import { foldIn, jit, key, mean, setThreads, type Tensor, tensor } from '@descant/tensor-ops';
import { sgd } from '@descant/tensor-ops/optim';
import type { Case, Outputs, Prepared } from '../harness/protocol.ts';
import { serve } from '../harness/serve.ts';

/** The parameters of a GRU from flat arrays: input weights, recurrent weights, biases, readout. */
function gruParameters(
  [inputs, recurrent, inputBias, recurrentBias, weights, bias]: Outputs,
  units: number,
): GruNetworkParameters {
  const of = (values: readonly number[], shape: number[]) => tensor([...values], { shape });
  return {
    cell: {
      inputWeights: of(inputs, [36, 3 * units]),
      recurrentWeights: of(recurrent, [units, 3 * units]),
      inputBias: of(inputBias, [3 * units]),
      recurrentBias: of(recurrentBias, [3 * units]),
    },
    readout: { weights: of(weights, [units, 4]), bias: of(bias, [4]) },
  };
}

/** Everything that a learner takes from plays, and the logits on given observations. */
function coinGame({ batch, steps, units }: Case, [seen, ...parameters]: Outputs): Prepared<Tensor[]> {
  const network = gruNetwork({ inputShape: [4, 3, 3], units: Number(units), outputs: 4 });
  const game = sampledGame({
    environment: tracedCoinGame({ maxSteps: Number(steps) }),
    policies: network,
    plays: Number(batch),
  });
  const policies = [0, 1].map((i) => gruParameters(parameters.slice(6 * i, 6 * i + 6), Number(units)));
  const compiled = jit((k: Tensor) => {
    const { observations, actions, logProbabilities, rewards } = play(game, policies, k);
    return { observations, actions, logProbabilities, rewards };
  });
  const given = tensor([...seen], { shape: [seen.length / 36 / Number(batch), Number(batch), 4, 3, 3] });
  const logits = jit(() => policies.map((p) => network.sequence(p, given)));
  let run = 0;
  return {
    steps: 2 * Number(batch) * Number(steps),
    run: () => {
      const { rewards, logProbabilities } = compiled(foldIn(key(0), run++));
      return [meanReward({ rewards }), mean(mean(logProbabilities, 0), 0)];
    },
    once: () => logits(),
    outputs: (tensors) => tensors.map((t) => Array.from(t.data, Number)),
  };
}

/** One player's update on the Iterated Prisoner's Dilemma. */
function lolaDiceUpdate({ batch, steps, lookAheads }: Case): Prepared<Tensor> {
  const game = sampledGame({
    environment: tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: Number(steps) }),
    policies: tabularPolicy(5, 2),
    plays: Number(batch),
    discount: 0.96,
  });
  const optimizer = sgd({ learningRate: 0.2 });
  const learner = lolaDice(game, { optimizer, opponentRate: 0.3, lookAheads: Number(lookAheads) });
  const [own, other] = [learner.init(key(0), 0), learner.init(key(1), 1)];
  const update = jit((k: Tensor) => {
    const parameters = [own.parameters, other.parameters];
    return learner.update(own, { seat: 0, parameters }, k).state.parameters as Tensor;
  });
  return {
    steps: 1,
    run: () => update(key(2)),
    once: () => update(key(2)),
    outputs: (parameters) => [Array.from(parameters.data)],
  };
}

await setThreads(Number(process.env.DESCANT_BENCH_THREADS));
await serve({
  description: {
    versions: { node: process.version, V8: process.versions.v8 ?? 'unknown' },
    variants: [{ name: 'compiled', compiled: true }],
  },
  prepare(_variant: string, parameters: Case, inputs: Outputs) {
    const prepared = parameters.workload === 'coin game' ? coinGame : lolaDiceUpdate;
    return prepared(parameters, inputs) as Prepared<unknown>;
  },
});
