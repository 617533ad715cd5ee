/** Measures W1 of @descant/tensor-ops in whatever version of Node runs this. */
import { compileRun, iteratedPrisonersDilemma, lola } from '@descant/autodiff-games';
import { defaultExecutor, jit, slice, squeeze, type Tensor, tensor, zeros } from '@descant/tensor-ops';
import { explain } from '@descant/tensor-ops/debug';
import type { Case, Prepared } from '../harness/protocol.ts';
import { serve } from '../harness/serve.ts';
import { ALPHA, ETA, type Players, step, train } from './w1.ts';

const variants: Readonly<Record<string, (start: Players, parameters: Case) => Prepared<Players>>> = {
  loop(start, { loopSteps }) {
    const steps = Number(loopSteps);
    const compiled = jit(train(steps));
    return { steps, run: () => compiled(...start), once: () => jit(train(1))(...start), outputs };
  },
  call(start, { callSteps }) {
    const steps = Number(callSteps);
    const compiled = jit(step);
    const run = () => {
      let players = start;
      for (let i = 0; i < steps; i++) players = compiled(...players);
      return players;
    };
    return { steps, run, once: () => compiled(...start), outputs };
  },
  // The same through the package for games: what its users get, checks and recorded values included.
  'autodiff-games run'(start, { loopSteps }) {
    const steps = Number(loopSteps);
    const game = iteratedPrisonersDilemma({ normalised: false });
    const rule = lola({ kind: 'exact', opponentRate: ALPHA });
    const learner = (count: number) => {
      const learn = compileRun(game, { rules: [rule, rule], learningRate: ETA, steps: count });
      return () => learn(start).parameters as Players;
    };
    const last = (players: Players) => outputs(players.map(afterLastStep));
    return { steps, run: learner(steps), once: () => learner(1)(), outputs: last };
  },
};

/** The last of the recorded times of parameters [pairs, time, 5]. */
function afterLastStep(parameters: Tensor): Tensor {
  const [pairs, times, logits] = parameters.shape;
  return squeeze(slice(parameters, [0, times - 1, 0], [pairs, 1, logits]), 1);
}

function outputs(players: readonly Tensor[]): number[][] {
  return players.map(({ data }) => Array.from(data));
}

/** Whether the executor fuses products and sums on this version of Node. */
function fusesProducts(): boolean {
  const { report } = explain(step, [zeros([128, 5]), zeros([128, 5])]);
  return report.parts.some((part) => part.fma === true);
}

await serve({
  description: {
    versions: {
      node: process.version,
      V8: process.versions.v8 ?? 'unknown',
      executor: defaultExecutor().name,
      'relaxed SIMD': fusesProducts() ? 'yes' : 'no',
    },
    variants: Object.keys(variants).map((name) => ({ name, compiled: true })),
  },
  prepare(variant, parameters, inputs) {
    const build = variants[variant];
    if (build === undefined) throw new Error(`prepare: variant must be one described; got "${variant}"`);
    const dtype = parameters.precision === 'float64' ? 'float64' : 'float32';
    const shape = [Number(parameters.batch), 5];
    const [first, second] = inputs.map((x) => tensor(Float64Array.from(x), { shape, dtype }));
    return build([first, second], parameters);
  },
});
