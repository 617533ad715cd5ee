import { run } from '@descant/autodiff-games';
import { describe, expect, test } from 'vitest';
import { executors } from './support/executors.ts';
import { elementsOfPlay, float64, relativeError } from './support/numbers.ts';
import { gameOf, reference, ruleOf } from './support/vectors.ts';

describe.each(executors)('ten steps on $name', (executor) => {
  test.each(reference.trajectories)('$rule on $game', ({ game: id, rule, alpha, eta, startPoint, x }) => {
    const g = reference.games.find((candidate) => candidate.id === id)!;
    const start = g.points[startPoint].x.map((logits) => float64([logits]));
    const error = (learningRate: number) => {
      const player = ruleOf[rule](alpha, g.consensusGamma);
      const options = { rules: [player, player], learningRate, steps: x.length - 1, stride: 1, executor };
      const [first, second] = run(gameOf(g), start, options).parameters.map((p) => elementsOfPlay(p, 0));
      const d = g.points[startPoint].x[0].length;
      const joint = x.flatMap((_, t) => [first, second].flatMap((p) => p.slice(t * d, (t + 1) * d)));
      return relativeError(joint, x.flat());
    };
    expect(error(eta)).toBeLessThan(1e-10);
    expect(error(eta * (1 + 1e-6))).toBeGreaterThan(1e-8);
  });
});
