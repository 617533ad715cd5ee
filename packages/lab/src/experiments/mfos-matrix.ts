/** M-FOS against naive learners, LOLA and itself: its cells of the thesis' tables. */
import { curvesPlot, type Point } from '@descant/autodiff-games/plots';
import { jit, key } from '@descant/tensor-ops';
import { defineExperiment, type Section, type TaskContext } from '../experiment.ts';
import {
  type GameName,
  gameNames,
  type MFosConfig,
  type MFosFinding,
  mFosAlgorithm,
  mFosConfig,
  type Opponent,
  opponents,
  trainAndScore,
} from '../marl/mfos-models.ts';
import { svgOf } from '../report/plot.ts';
import type { Row } from '../results/schema.ts';
import { summarise } from '../statistics.ts';

/** A printed value and its standard error between 30 models. */
type Printed = readonly [number, number];

/** Cooijmans 2023, thesis, tables 6.4 to 6.6: what M-FOS and its opponent get. */
const published: Readonly<Record<string, readonly [Printed, Printed | null]>> = {
  'IPD: naive': [
    [-0.56, 0.03],
    [-2.02, 0.06],
  ],
  'IPD: LOLA': [
    [-1.02, 0],
    [-1.02, 0],
  ],
  'IPD: M-FOS': [
    [-1.01, 0],
    [-1.01, 0],
  ],
  'IMP: naive': [
    [0.2, 0],
    [-0.2, 0],
  ],
  'IMP: LOLA': [
    [0.19, 0],
    [-0.19, 0],
  ],
  'IMP: M-FOS': [
    [0, 0.01],
    [0, 0.01],
  ],
  'Chicken: naive': [
    [0.97, 0],
    [-1.03, 0],
  ],
  'Chicken: LOLA': [
    [-1.16, 0.12],
    [0.79, 0.12],
  ],
  'Chicken: M-FOS': [
    [-0.01, 0.13],
    [-0.01, 0.13],
  ],
};

/** The cell of the tables; both forms of Chicken are compared with the one that is printed. */
const printed = (game: GameName, opponent: Opponent) =>
  published[`${game === 'iterated Chicken' ? 'Chicken' : game}: ${opponent}`];

/** A standard error that is printed as 0.00 may be up to half of the last digit. */
const HALF_DIGIT = 0.005;

interface CellRow {
  readonly row: Row;
  /** The difference in its standard errors; null without any. */
  readonly deviations: number | null;
}

function cellRows(findings: readonly MFosFinding[]): CellRow[] {
  return gameNames.flatMap((game) =>
    opponents.flatMap((opponent) => {
      const models = findings.filter((finding) => finding.game === game && finding.opponent === opponent);
      if (models.length === 0) return [];
      const names = ['M-FOS', opponent === 'M-FOS' ? 'M-FOS (player 2)' : opponent];
      return names.map((name, seat): CellRow => {
        const { mean, standardError, n } = summarise(models.map(({ scores }) => scores[seat]));
        const paper = printed(game, opponent)[seat];
        const row: Row = {
          name: `${game}: M-FOS vs ${opponent}, return of ${name}`,
          paper: paper === null ? null : paper[0],
          measured: mean,
          standardError,
          n,
          unit: 'return',
        };
        if (paper === null || mean === null || standardError === null) return { row, deviations: null };
        const error = Math.hypot(standardError, Math.max(paper[1], HALF_DIGIT));
        return { row, deviations: (mean - paper[0]) / error };
      });
    }),
  );
}

function deviationNote(findings: readonly MFosFinding[]): string {
  const judged = cellRows(findings).flatMap(({ row, deviations }) =>
    deviations === null ? [] : [{ name: row.name, deviations }],
  );
  if (judged.length === 0) return 'With one model there is no standard error between models to judge by.';
  const far = judged.filter(({ deviations }) => Math.abs(deviations) > 2);
  const where = far.map(({ name, deviations }) => `${name} (${deviations.toFixed(1)})`).join('; ');
  return (
    `${judged.length - far.length} of ${judged.length} returns lie within 2 standard errors of the difference of the ` +
    `thesis’ (30 models; an error printed as 0.00 counts as 0.005).${far.length === 0 ? '' : ` Beyond: ${where}.`}`
  );
}

function curveSection(game: GameName, findings: readonly MFosFinding[]): Section[] {
  const inGame = findings.filter((finding) => finding.game === game);
  if (inGame.length === 0) return [];
  return [
    {
      title: `${game}: mean rewards while M-FOS learns`,
      text: 'Of the agent, one curve a model; the opponent’s are in metrics.jsonl.',
      figures: opponents.flatMap((opponent) => {
        const models = inGame.filter((finding) => finding.opponent === opponent);
        if (models.length === 0) return [];
        const curves = models.map(({ model, curve }) => ({
          name: `model ${model + 1}`,
          points: curve.map(({ episode, scores }): Point => [episode, scores[0]]),
        }));
        const axes = { x: { label: 'episode' }, y: { label: 'mean reward' } };
        return [
          {
            caption: `M-FOS vs ${opponent}.`,
            svg: svgOf(curvesPlot(curves, { title: `${game} vs ${opponent}`, ...axes })),
          },
        ];
      }),
    },
  ];
}

/** The processor time of one update, measured on the second of two. */
function secondsPerUpdate(game: GameName, opponent: Opponent, config: MFosConfig): number {
  const algorithm = mFosAlgorithm(game, opponent, config);
  const update = jit(algorithm.update);
  const { state } = update(algorithm.init(key(0)), key(1));
  const before = process.cpuUsage();
  update(state, key(2));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

const groupOf = (game: GameName, opponent: Opponent) => `${game}: M-FOS vs ${opponent}`;

export const mfosMatrix = defineExperiment<MFosConfig, MFosFinding>({
  name: 'mfos-matrix',
  description:
    'M-FOS (Lu et al. 2022) against naive learners, LOLA and itself on iterated matrix games: its cells of the thesis’ ' +
    'tables 6.2 to 6.6, means over the steps of a play.',
  config: mFosConfig,
  quick: { models: 1, episodes: 6, plays: 8, steps: 10, hidden: 8, pairs: 32 },
  full: {
    models: 30,
    episodes: 1024,
    plays: 4096,
    hidden: 256,
    learningRate: 0.002,
    selfPlayRate: 0.0002,
    constantShare: 1,
  },
  accumulates: ['models', 'games', 'opponents'],
  announcement(config, pending) {
    const seconds = config.games.flatMap((game) =>
      config.opponents.map((opponent) => {
        const models = pending.filter(({ group }) => group === groupOf(game, opponent)).length;
        return models === 0 ? 0 : models * config.episodes * secondsPerUpdate(game, opponent, config);
      }),
    );
    const minutes = seconds.reduce((total, s) => total + s, 0) / 60;
    return (
      `${pending.length} models to train, ${config.episodes} episodes of ${config.plays} plays each: about ` +
      `${minutes.toFixed(1)} minutes of processor time. Ctrl-C keeps what is trained, within a model, too; --resume ` +
      'goes on, also with more models (--set models=10).'
    );
  },
  plan: (config, seed) =>
    config.games.flatMap((game) =>
      config.opponents.flatMap((opponent) =>
        Array.from({ length: config.models }, (_, model) => ({
          group: groupOf(game, opponent),
          name: `model ${model + 1}`,
          run: (context: TaskContext) => trainAndScore(game, opponent, model, config, seed, context),
        })),
      ),
    ),
  summary: (_, findings) => cellRows(findings).map(({ row }) => row),
  notes: (config, findings) => [
    `Training: ${config.episodes} updates, each on ${config.plays} new plays of ${config.steps} steps, ${config.hidden} ` +
      `hidden units, Adam with rate ${config.learningRate} (against itself ${config.selfPlayRate}), constant for a share of ` +
      `${config.constantShare} of the updates, then falling to 0. The authors have 1024 updates on 4096 plays, 256 units, ` +
      'and constant rates 0.002 and 0.0002 (--full). Practice against naive learners becomes rarer until 65 % of the updates, ' +
      'as theirs.',
    `The return is the mean over the steps of ${config.pairs} new plays, with actions drawn from the meta-policy; n is ` +
      'the number of models, the standard error that of their means, as in the thesis’ appendix 6.E.',
    `LOLA is ${config.lola} (the authors’ opponent is taylorFull). Step sizes on normalised values: 25 on IPD, 2.5 on IMP, 1 on ` +
      'both forms of Chicken. Chicken is the game that the authors’ code plays, once and with one logit a player; ' +
      '"iterated Chicken" is that of the thesis’ other cells, with five (--set games).',
    deviationNote(findings),
  ],
  sections: (_, findings) => gameNames.flatMap((game) => curveSection(game, findings)),
});
