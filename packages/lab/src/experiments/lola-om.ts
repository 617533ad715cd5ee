/** LOLA-OM: shaping opponents whose parameters are not known. */
import {
  type Learner,
  type LearnerState,
  lolaDice,
  lolaPg,
  opponentModelling,
  type SampledGame,
} from '@descant/marl-algos';
import { adam, sgd } from '@descant/tensor-ops/optim';
import { z } from 'zod';
import { defineExperiment } from '../experiment.ts';
import {
  byCell,
  type IteratedCell,
  type IteratedFinding,
  iteratedOptions,
  iteratedSections,
  iteratedTasks,
  meanRow,
} from '../marl/iterated.ts';

const config = z.strictObject({
  ...iteratedOptions,
  learningRate: z.number().min(0).default(0.2),
  opponentRate: z.number().min(0).default(0.2),
  /** Of Adam, by which the models climb the likelihood. */
  modelRate: z.number().min(0).default(0.1),
  /** Steps of Adam on the plays before each update. */
  modelSteps: z.int().min(1).max(1000).default(5),
});
type Config = z.infer<typeof config>;

/** Released results of DiCE with 2 look-aheads. */
const released = { known: -1.118, modelled: -1.088 };

function cellsOf({ learningRate, opponentRate, modelRate, modelSteps }: Config): IteratedCell[] {
  const optimizer = sgd({ learningRate });
  const algorithms: readonly [string, (game: SampledGame) => Learner<LearnerState>][] = [
    [
      'LOLA-DiCE, 2 steps',
      (game) => lolaDice(game, { optimizer, opponentRate, lookAheads: 2 }) as Learner<LearnerState>,
    ],
    [
      'LOLA-PG',
      (game) => lolaPg(game, { optimizer, opponentRate, sampling: 'same' }) as Learner<LearnerState>,
    ],
  ];
  const model = { optimizer: adam({ learningRate: modelRate }), steps: modelSteps };
  return algorithms.flatMap(([group, algorithm]) =>
    (['known', 'modelled'] as const).map((name) => ({
      group,
      name,
      game: 'IPD' as const,
      discount: 0.96,
      learner: (game: SampledGame) =>
        name === 'known'
          ? algorithm(game)
          : (opponentModelling(game, algorithm(game), model) as Learner<LearnerState>),
    })),
  );
}

export const lolaOm = defineExperiment<Config, IteratedFinding>({
  name: 'lola-om',
  description:
    'LOLA-DiCE and LOLA-PG on the Iterated Prisoner’s Dilemma with opponents known and modelled by maximum likelihood ' +
    '(Foerster et al. 2018, LOLA, sec. 4.4; DiCE).',
  config,
  quick: { runs: 1, updates: 20, steps: 50 },
  full: { runs: 30 },
  accumulates: ['runs'],
  plan: (settings, seed) => iteratedTasks(cellsOf(settings), settings, seed),
  summary: (settings, findings) =>
    byCell(cellsOf(settings), findings).flatMap(({ cell, found }) => {
      const name = `${cell.group}: opponents ${cell.name}`;
      const paper = cell.group.startsWith('LOLA-DiCE') ? released[cell.name as keyof typeof released] : null;
      const value = meanRow(
        `${name}, return`,
        found.map((f) => f.value),
        'return',
        paper,
      );
      if (cell.name === 'known') return [value];
      const errors = found.map((f) => f.modelError);
      return [value, meanRow(`${name}, error of the models`, errors, 'probability', null)];
    }),
  notes: ({ runs, plays, steps, updates, learningRate, opponentRate, modelRate, modelSteps }) => [
    `Set-up: ${runs} runs (n) of ${updates} updates, ${plays} plays of ${steps} steps, SGD with learning rate ${learningRate}, ` +
      `opponent rate ${opponentRate}, discount 0.96. Before each update a player sees ${plays} plays and fits its model of the ` +
      `other by ${modelSteps} steps of Adam with rate ${modelRate}; it imagines the steps of the model. Models start from ` +
      'logits of their own.',
    'The return is the exact discounted return of the policies times 1 - discount, mean of both players and the last 10 ' +
      'updates; the error of the models is the mean of |p - q| over players and states, p the probability of cooperation ' +
      'and q the model’s. Published: released results of DiCE; LOLA’s own are a picture.',
  ],
  sections: (settings, findings) => iteratedSections(cellsOf(settings), findings),
});
