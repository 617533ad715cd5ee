/** Matching pennies with a mediator: FTNPL's fig. 2 and 3, with ablations. */
import { directionField, matrixGame, naive, namedPayoffs } from '@descant/autodiff-games';
import { trajectoryPlot, vectorFieldPlot } from '@descant/autodiff-games/plots';
import { z } from 'zod';
import { defineExperiment } from '../experiment.ts';
import { cells, groupOf, measure, nearness, type PenniesFinding, stride } from '../pennies/cells.ts';
import { svgOf } from '../report/plot.ts';

const config = z.strictObject({
  /** Runs of each learner; a standard error needs two. */
  pairs: z.int().min(2).max(100_000).default(64),
  steps: z.int().min(stride).max(10_000_000).multipleOf(stride).default(20_000),
});
type Config = z.infer<typeof config>;

const axes = { x: { label: 'φ[0] (player 1)' }, y: { label: 'ω[0] (player 2)' } };

const panel = ({ convex, name, path }: PenniesFinding) => ({
  caption: `${groupOf({ convex })}: ${name}`,
  svg: svgOf(
    trajectoryPlot([path], {
      title: name,
      width: 300,
      height: 300,
      x: { ...axes.x, domain: [-0.5, 0.5] },
      y: { ...axes.y, domain: [-0.5, 0.5] },
      marked: [[0, 0]],
      speedLabel: `squared distance in ${stride} steps`,
    }),
  ),
});

/** Where plain gradients lead, in probabilities. */
function field() {
  const axis = Array.from({ length: 12 }, (_, i) => (i + 0.5) / 12);
  const game = matrixGame({ payoffs: namedPayoffs.matchingPennies, strategies: 'probabilities' });
  const arrows = directionField(game, { axes: [axis, axis], rules: [naive(), naive()] });
  return vectorFieldPlot(arrows, {
    title: 'gradients',
    width: 300,
    height: 300,
    x: { label: 'P(heads) of player 1' },
    y: { label: 'P(heads) of player 2' },
    marked: [[0.5, 0.5]],
  });
}

export const ftnplPennies = defineExperiment<Config, PenniesFinding>({
  name: 'ftnpl-pennies',
  description:
    'Matching pennies, convex and not: leaders that cycle, and the neurally perturbed leader with its mediator ' +
    'learned, frozen or mute (Azarafrooz 2020, FTNPL, fig. 2 and 3).',
  config,
  quick: { pairs: 8, steps: 5000 },
  plan: (settings, seed) =>
    cells.map((cell) => ({
      group: groupOf(cell),
      name: cell.name,
      run: () => measure(cell, settings, seed),
    })),
  notes: ({ pairs, steps }) => [
    `${pairs} runs of ${steps} simultaneous steps for each learner. A run has converged when the distance of both ` +
      `players’ first probabilities to the equilibrium is below ${nearness} at the end. The paper shows one run in a ` +
      'picture, which converges (100 % in the table) or does not (0 %), and gives no numbers.',
    'What this shows, and what the paper does not say: the learning of the mediator plays no part. With a mediator ' +
      'frozen as it was drawn, FTNPL converges as well; with codes that are always 0 or always 1 it circles in the ' +
      'convex game. What matters is that the code depends on the strategies. In the non-convex game plain gradients ' +
      'converge without any codes, because player 2 stops learning where its loss is 0; so does FTRL in most runs, which ' +
      'in the paper’s fig. 3a does not. (Moving in turns, as in the released code, it converges, too.)',
    'FTRL and FTPL are those of the released code: gradient steps on logits, with a regulariser that fades as ' +
      't^(-2/3), or with exponential noise (rates 3 and 2, in the non-convex game 5 and 1). FTNPL: K = 5, C = 2, mediator’s ' +
      'rate 0.1, codes the mean in the convex game and drawn in the other, as in the paper; learning rates 0.05, in the ' +
      'non-convex game 0.1 and 0.05. The paper states no learning rates.',
  ],
  sections: (_, findings) => {
    const text =
      'One run each; a ring where it starts, a disc where the picture ends, a cross at the equilibrium. Slow is blue, ' +
      'fast is red.';
    const gradients = {
      caption: 'Gradients of the convex game, which lead around the equilibrium.',
      svg: svgOf(field()),
    };
    return [true, false].map((convex) => ({
      title: convex ? 'Convex: fig. 2, and ablations' : 'Non-convex: fig. 3, and ablations',
      text,
      figures: [
        ...findings.filter((finding) => finding.convex === convex).map(panel),
        ...(convex ? [gradients] : []),
      ],
    }));
  },
});
