/** Measures the coin game, B instances at once, in whatever version of Node runs this. */
import { coinGame, vectorise } from '@descant/envs';
import { jit, key, moveAxis, stack, tensor } from '@descant/tensor-ops';
import type { Case, Outputs, Prepared } from '../harness/protocol.ts';
import { serve } from '../harness/serve.ts';
import { type Played, playBatch } from './coin-game.ts';

/** Instances whose observations are compared. */
const COMPARED = 16;
/** Numbers that the agents of one instance see. */
const WIDTH = 72;

/** The sums of the rewards [B, 2] of everybody, and of the observations of some [16, 72] over all steps. */
type Play = (actions: Int32Array, batch: number, steps: number) => Prepared<unknown>;

function compiled(keep: boolean): Play {
  return (actions, batch, steps) => {
    const keys = stack(Array.from({ length: batch }, (_, b) => key(b)));
    const shape = (count: number) =>
      moveAxis(
        tensor(actions.slice(0, 2 * batch * count), { shape: [count, batch, 2], dtype: 'int32' }),
        0,
        1,
      );
    const [all, first] = [shape(steps), shape(1)];
    const play = jit(playBatch(keep));
    const prepared: Prepared<Played> = {
      steps: steps * batch * 2,
      run: () => play(keys, all),
      once: () => play(keys, first),
      outputs: ({ returns, seen }) => {
        const sums = new Float64Array(COMPARED * WIDTH);
        const times = seen.size / (batch * WIDTH);
        for (let k = 0; k < COMPARED * WIDTH; k++) {
          const [b, w] = [Math.floor(k / WIDTH), k % WIDTH];
          for (let t = 0; t < times; t++) sums[k] += Number(seen.data[(b * times + t) * WIDTH + w]);
        }
        return [Array.from(returns.data), Array.from(sums)];
      },
    };
    return prepared as Prepared<unknown>;
  };
}

const typedArrays: Play = (actions, batch, steps) => {
  const games = vectorise(coinGame({ maxSteps: Number.POSITIVE_INFINITY }), batch);
  const returns = new Float64Array(2 * batch);
  const seen = new Float64Array(COMPARED * WIDTH);
  const play = (count: number): void => {
    games.reset({ seed: 0 });
    returns.fill(0);
    seen.fill(0);
    for (let t = 0; t < count; t++) {
      games.step(actions.subarray(2 * batch * t, 2 * batch * (t + 1)));
      for (let k = 0; k < returns.length; k++) returns[k] += games.rewards[k];
      for (let k = 0; k < seen.length; k++) seen[k] += games.observations[k];
    }
  };
  return {
    steps: steps * batch * 2,
    run: () => play(steps),
    once: () => play(1),
    outputs: () => [Array.from(returns), Array.from(seen)],
  };
};

const variants = {
  'compiled, observations kept': compiled(true),
  'compiled, observations summed': compiled(false),
  'typed arrays': typedArrays,
} as const;

await serve({
  description: {
    versions: { node: process.version, V8: process.versions.v8 ?? 'unknown' },
    variants: Object.keys(variants).map((name) => ({ name, compiled: name !== 'typed arrays' })),
  },
  prepare(variant: string, { batch, steps }: Case, [actions]: Outputs) {
    const build = variants[variant as keyof typeof variants];
    if (build === undefined) throw new Error(`prepare: variant must be one described; got "${variant}"`);
    return build(Int32Array.from(actions), Number(batch), Number(steps));
  },
});
