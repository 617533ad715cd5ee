/** The policy-gradient rows of the LOLA slides' results. */

import { dice } from '@descant/estimators';
import { centredRewards, type Learner, type LearnerState, lolaPg, reinforce } from '@descant/marl-algos';
import { sgd } from '@descant/tensor-ops/optim';
import { z } from 'zod';
import { defineExperiment } from '../experiment.ts';
import { policyTargets } from '../head-to-head/policies.ts';
import {
  byCell,
  type IteratedCell,
  type IteratedFinding,
  iteratedOptions,
  iteratedSections,
  iteratedTasks,
  meanRow,
} from '../marl/iterated.ts';
import type { Row } from '../results/schema.ts';
import { deviation, percentWithin } from '../statistics.ts';

const config = z.strictObject({
  ...iteratedOptions,
  plays: iteratedOptions.plays.default(256),
  updates: iteratedOptions.updates.default(150),
  initialScale: iteratedOptions.initialScale.default(1),
  learningRate: z.number().min(0).default(1),
  opponentRate: z.number().min(0).default(1),
});
type Config = z.infer<typeof config>;

/** Foerster et al. 2018, slides, "Results": shares in percent, returns with their standard deviation. */
const slides = {
  IPD: {
    discount: 0.96,
    target: policyTargets.titForTat,
    'NL-PG': { share: 20.0, value: -1.98, deviation: 0.0 },
    'LOLA-PG': { share: 66.4, value: -1.17, deviation: 0.34 },
  },
  IMP: {
    discount: 0.9,
    target: policyTargets.uniform,
    'NL-PG': { share: 13.2, value: 0, deviation: 0.19 },
    'LOLA-PG': { share: 93.2, value: 0, deviation: 0.06 },
  },
} as const;

const cellsOf = ({ learningRate, opponentRate }: Config): IteratedCell[] => {
  const optimizer = sgd({ learningRate });
  return (['IPD', 'IMP'] as const).flatMap((game) =>
    (['NL-PG', 'LOLA-PG'] as const).map((name) => ({
      group: game,
      name,
      game,
      discount: slides[game].discount,
      learner: (sampled) =>
        (name === 'NL-PG'
          ? reinforce(sampled, { optimizer, estimator: centredRewards(dice()) })
          : lolaPg(sampled, { optimizer, opponentRate, sampling: 'same' })) as Learner<LearnerState>,
    })),
  );
};

/** How near a probability must be to its target to count as equal; the slides do not say, so both are given. */
const tolerances = [0.02, 0.05];

function rowsOf(cell: IteratedCell, found: readonly IteratedFinding[]): Row[] {
  const { target, ...papers } = slides[cell.game];
  const paper = papers[cell.name as 'NL-PG' | 'LOLA-PG'];
  const label = `${cell.group}: ${cell.name}`;
  const firsts = found.map(({ returns }) => returns[0]);
  const { value, standardError } = deviation(firsts);
  return [
    meanRow(`${label}, return of player 1`, firsts, 'return', paper.value),
    {
      name: `${label}, standard deviation of the return`,
      paper: paper.deviation,
      measured: value,
      standardError,
      n: found.length,
      unit: 'return',
    },
    ...tolerances.map((tolerance) => {
      const shares = found.map(({ policies }) =>
        policies.reduce((s, p) => s + percentWithin(p, target.probabilities, tolerance) / policies.length, 0),
      );
      return meanRow(`${label}, ${target.label} (tolerance ${tolerance})`, shares, '%', paper.share);
    }),
  ];
}

export const lolaPgExperiment = defineExperiment<Config, IteratedFinding>({
  name: 'lola-pg',
  description:
    'Naive policy gradients and LOLA-PG on the Iterated Prisoner’s Dilemma and Matching Pennies: the sampled half of the ' +
    'slides’ table (Foerster et al. 2018, GTC).',
  config,
  quick: { runs: 2, updates: 10, plays: 64, steps: 50 },
  full: { runs: 20, plays: 4000 },
  accumulates: ['runs'],
  plan: (settings, seed) => iteratedTasks(cellsOf(settings), settings, seed),
  summary: (settings, findings) =>
    byCell(cellsOf(settings), findings).flatMap(({ cell, found }) => rowsOf(cell, found)),
  notes: ({ runs, plays, steps, updates, learningRate, opponentRate, initialScale }) => [
    `Set-up: ${runs} runs (n) of ${updates} updates, ${plays} plays of ${steps} steps, SGD with learning rate ${learningRate} and ` +
      `opponent rate ${opponentRate}, discount 0.96 (IPD) and 0.9 (IMP), logits from N(0, ${initialScale}^2), all factors from ` +
      'one batch, rewards centred by the other plays. The slides state no set-up and no n; the released code takes 4000 ' +
      'plays of 150 steps (`--full`), 150 updates, rates of 1, and a critic for baseline. It also doubles its derivatives, as ' +
      'rates of 2 would: with those LOLA leaves the equilibrium of IMP even with exact values (256 pairs: 0.5 % of ' +
      'states at Nash within 0.05 after 150 steps, 94.8 % with rates of 1).',
    '%TFT and %Nash are shares of the 5 states per agent whose probability of action A lies within the tolerance of tit for ' +
      'tat (1, 1, 0, 1, 0), or of 1/2; the slides print one share and no tolerance. States that are not visited are not ' +
      'learned in: at mutual cooperation only two of five are.',
  ],
  sections: (settings, findings) => iteratedSections(cellsOf(settings), findings),
});
