/** Naive and LOLA learners head to head on three iterated games. */
import { iteratedMatchingPennies, iteratedPrisonersDilemma } from '@descant/autodiff-games';
import { z } from 'zod';
import { defineExperiment } from '../experiment.ts';
import { type Cell, type CellFinding, cellName, pairings, playCell } from '../head-to-head/cell.ts';
import { cellSection } from '../head-to-head/figures.ts';
import { cornerReturns, standardRules, tables } from '../head-to-head/games.ts';
import { divergenceNote } from '../head-to-head/notes.ts';
import { headToHeadOptions } from '../head-to-head/options.ts';
import { thesisReturn } from '../head-to-head/paper-values.ts';
import { slidesCells } from '../head-to-head/slides.ts';

const config = z.strictObject({
  ...headToHeadOptions,
  /** gamma of all three games in the head-to-head tables. */
  discount: z.number().min(0).lt(1).default(0.96),
  /** Steps of the cells that follow the slides. */
  slidesSteps: z.int().min(1).max(1_000_000).default(200),
});
type Config = z.infer<typeof config>;

/** Every pairing of the four rules on every game, as in the thesis' tables. */
const headToHeadCells = ({ discount, steps }: Config): Cell[] =>
  tables.flatMap(({ label, game, rate, target }) =>
    pairings(standardRules(rate)).map((rules) => ({
      group: label,
      game: game({ discount }),
      rules,
      learningRate: rate,
      steps,
      paperReturns: thesisReturn(label, rules[0].name, rules[1].name),
      ...(target === undefined ? {} : { target }),
    })),
  );

export const lolaExact = defineExperiment<Config, CellFinding>({
  name: 'lola-exact',
  description:
    'Naive and LOLA learners with exact values, head to head on the Iterated Prisoner’s Dilemma, Matching Pennies ' +
    'and Chicken (Cooijmans 2023, thesis, tables 6.2 to 6.6; Foerster et al. 2018, slides).',
  config,
  quick: { pairs: 64 },
  plan: (settings, seed) =>
    [...headToHeadCells(settings), ...slidesCells(settings.slidesSteps)].map((cell) => ({
      group: cell.group,
      name: cellName(cell),
      run: () => playCell(cell, { ...settings, seed }),
    })),

  notes: ({ pairs, steps, discount, slidesSteps }, findings) => [
    `Set-up of the tables: ${pairs} pairs, standard normal logits, ${steps} simultaneous steps on normalised values, ` +
      `discount ${discount} in all games (the thesis’ value, for IMP too), learning rate = opponent rate = 25, on ` +
      'Chicken 1. Returns are those of the last policies.',
    '%TFT and %Nash are shares of the 5 states per agent whose probability of action A lies within the tolerance of ' +
      'tit for tat (1, 1, 0, 1, 0), or of 1/2. The papers do not give a tolerance.',
    `Cells "as in the slides": the slides’ set-up is not stated; here ${slidesSteps} steps, learning rate = opponent ` +
      'rate = 1 on values that are not normalised, discount 0.96 (IPD) and 0.9 (IMP), LOLA(taylorFoerster), as in ' +
      'the authors’ public code. Tolerances as above; the slides print one share without naming its tolerance.',
    divergenceNote(findings),
  ],

  sections: ({ discount }, findings) => {
    const inGroup = (group: string) => findings.filter((finding) => finding.group === group);
    const slides = [
      { label: 'IPD', game: iteratedPrisonersDilemma() },
      { label: 'IMP', game: iteratedMatchingPennies() },
    ].map(({ label, game }) => ({
      group: `${label} as in the slides`,
      title: `${label} as in the slides`,
      game,
    }));
    const all = [
      ...tables.map(({ label, title, game }) => ({ group: label, title, game: game({ discount }) })),
      ...slides,
    ];
    return all.map(({ group, title, game }) =>
      cellSection(title, 'Player 1 is blue, player 2 orange.', inGroup(group), cornerReturns(game)),
    );
  },
});
