/** The results of the LOLA slides: the table of naive learning and LOLA, and that of higher orders. */
import { iteratedMatchingPennies, iteratedPrisonersDilemma } from '@descant/autodiff-games';
import { z } from 'zod';
import { defineExperiment } from '../experiment.ts';
import { type CellFinding, cellName, playCell } from '../head-to-head/cell.ts';
import { cellSection } from '../head-to-head/figures.ts';
import { cornerReturns } from '../head-to-head/games.ts';
import { divergenceNote } from '../head-to-head/notes.ts';
import { headToHeadOptions } from '../head-to-head/options.ts';
import { expansions, higherOrderCells, slidesCells } from '../head-to-head/slides.ts';

const config = z.strictObject({
  ...headToHeadOptions,
  pairs: headToHeadOptions.pairs.default(4096),
  steps: headToHeadOptions.steps.default(200),
});
type Config = z.infer<typeof config>;

const cells = ({ steps }: Config) => [
  ...slidesCells(steps, true),
  ...expansions.flatMap((kind) => higherOrderCells(steps, kind)),
];

export const lolaSlides = defineExperiment<Config, CellFinding>({
  name: 'lola-slides',
  description:
    'Naive learning, LOLA and LOLA of second order with exact values on the Iterated Prisoner’s Dilemma and Matching ' +
    'Pennies: the tables of the slides (Foerster et al. 2018, GTC).',
  config,
  quick: { pairs: 64 },
  plan: (settings, seed) =>
    cells(settings).map((cell) => ({
      group: cell.group,
      name: cellName(cell),
      run: () => playCell(cell, { ...settings, seed }),
    })),
  notes: ({ pairs, steps }, findings) => [
    `Set-up: ${pairs} pairs (n; the slides print standard deviations and no n), standard normal logits, ${steps} ` +
      'simultaneous steps with learning rate = opponent rate = 1 on values that are not normalised, discount 0.96 (IPD) ' +
      'and 0.9 (IMP), as in the authors’ public code; the slides state no set-up. Returns are normalised, of the last ' +
      'policies. Standard deviations are over the pairs, for each player.',
    '%TFT and %Nash are shares of the 5 states per agent whose probability of action A lies within the tolerance of tit ' +
      'for tat (1, 1, 0, 1, 0), or of 1/2. The slides print one share and no tolerance: for naive learners theirs is that ' +
      'of tolerance 0.02, for LOLA that of 0.05.',
    'Orders: a player of order n shapes the step of an opponent of order n - 1; naive learning has order 0. ' +
      '"taylorFoerster" expands that step to first order, as first published; "exact" does not. Which the slides used is ' +
      'not said.',
    'What does not match, and what was tried (4096 pairs, or 1024 where steps differ). Naive learning against LOLA: of 480 ' +
      'other set-ups (discount 0.9, 0.96, 0.98; initial logits of standard deviation 0.01, 0.3, 1, 2; both expansions; ' +
      'equal learning rates, a naive player 0.1, 0.3 or 3 times as fast, a LOLA player 0.3 times as fast; opponent rate 1 ' +
      'or 3; 100 or 1000 steps; 512 pairs each) two came within 0.06 of -1.54 / -1.28, with a LOLA player 0.3 times as fast ' +
      'at opponent rate 3: logits of standard deviation 2 (-1.54 / -1.31), and discount 0.98, logits near 0, exact ' +
      '(-1.54 / -1.23). LOLA against the second order: -1.27 to -1.32 after 100, 1000 and 5000 steps, too. More steps ' +
      'bring LOLA on IPD to the slides’ return and deviation (-1.066, 0.189 after 5000) and IMP to 97 % of Nash; in the other ' +
      '3 % players of IMP run away from 1/2, which also makes the deviation there larger than printed.',
    divergenceNote(findings),
  ],
  sections: (_, findings) => {
    const groups = [...new Set(findings.map(({ group }) => group))];
    return groups.map((group) => {
      const game = group.startsWith('IPD') ? iteratedPrisonersDilemma() : iteratedMatchingPennies();
      const inGroup = findings.filter((finding) => finding.group === group);
      return cellSection(group, 'Player 1 is blue, player 2 orange.', inGroup, cornerReturns(game));
    });
  },
});
