/** Meta-value learning head to head with naive learners, LOLA and itself: one experiment for each matrix game. */
import { lola, naive } from '@descant/autodiff-games';
import { curvesPlot, type Point } from '@descant/autodiff-games/plots';
import { z } from 'zod';
import { defineExperiment, type Experiment, type Section, type TaskContext } from '../experiment.ts';
import { type CellFinding, cellName, pairings, playCell } from '../head-to-head/cell.ts';
import { type Table, tableOf } from '../head-to-head/games.ts';
import { thesisReturn } from '../head-to-head/paper-values.ts';
import { announceTraining } from '../meta-value/announce.ts';
import {
  loopsPerCall,
  type MatrixOptions,
  type ModelFinding,
  matrixOptions,
  opponents,
  settingsOf,
  trainAndPlay,
} from '../meta-value/matrix-game.ts';
import { svgOf } from '../report/plot.ts';
import type { Row } from '../results/schema.ts';
import { summarise } from '../statistics.ts';

type AnyFinding = ModelFinding | (CellFinding & { readonly kind: 'cell' });

const modelsAmong = (findings: readonly AnyFinding[]): ModelFinding[] =>
  findings.filter((finding) => finding.kind === 'model');

/** The cells of the table that involve MeVa: means over models, with standard errors between models. */
function summary(table: Table, findings: readonly ModelFinding[]): Row[] {
  return opponents.flatMap((opponent) => {
    const models = findings.filter((finding) => finding.opponent === opponent && finding.curve.length > 0);
    if (models.length === 0) return [];
    const papers = thesisReturn(table.label, 'MeVa', opponent);
    const names = ['MeVa', opponent === 'MeVa' ? 'MeVa (player 2)' : opponent];
    const returns = [0, 1].map((player): Row => {
      const ends = models.map(({ curve }) => curve[curve.length - 1].returns[player]);
      const { mean, standardError, n } = summarise(ends);
      const name = `${table.label}: MeVa vs ${opponent}, return of ${names[player]}`;
      return { name, paper: papers[player], measured: mean, standardError, n, unit: 'return' };
    });
    return [
      ...returns,
      {
        name: `${table.label}: MeVa vs ${opponent}, diverged pairs`,
        paper: null,
        measured: models.reduce((total, { diverged }) => total + diverged, 0),
        standardError: null,
        n: models.length,
        unit: 'pairs',
      },
    ];
  });
}

/** Times are no rows: a run that is repeated has the same rows, but not the same times. */
function timeNote(findings: readonly ModelFinding[]): string {
  const { mean, standardError, n } = summarise(findings.map(({ seconds }) => seconds));
  if (mean === null) return 'No model is trained yet.';
  const spread = standardError === null ? '' : ` ± ${standardError.toFixed(0)}`;
  return (
    `Training took ${mean.toFixed(0)}${spread} s of processor time a model (models: ${n}), one thread; the thesis says about half ` +
    'an hour on a GPU, its notebook 8 minutes.'
  );
}

/** What was tried where returns differ from the paper's, with what it gave. */
const tried: Readonly<Record<Table['label'], string>> = {
  IPD:
    'the defaults with three models; against LOLA, with one model each, the thesis’ own size (2000 loops of 128 plays with a rate of ' +
    '0.0001: -1.13 / -0.97; against naive learners -0.63 / -1.92), the notebook’s exploration and encoder, Adam’s beta2 at .999, ' +
    'a rate that falls to 0, 600 loops, and LOLA by Taylor expansion. All end in cooperation after a first round that MeVa loses, ' +
    'about the mirror image of the thesis’ -0.98 / -1.08.',
  IMP: 'the defaults with three models, and 200 loops, which are too few to exploit naive learners.',
  Chicken: 'the defaults with three models: signs and order are the thesis’.',
};

/** Cells whose mean lies more than three standard errors from the paper's. */
function deviationNote(label: Table['label'], rows: readonly Row[]): string {
  const measured = rows.filter(({ unit, paper }) => unit === 'return' && paper !== null);
  const far = measured.filter(({ paper, measured: mean, standardError }) => {
    if (paper === null || mean === null || standardError === null) return false;
    return Math.abs(mean - paper) > 3 * Math.max(standardError, 0.005);
  });
  const judged = measured.filter(({ standardError }) => standardError !== null);
  if (judged.length === 0) return 'With one model there is no standard error between models to judge by.';
  if (far.length === 0) return 'Every return lies within 3 standard errors between models of the paper’s.';
  return (
    `More than 3 standard errors between models from the paper’s: ${far.map(({ name }) => name).join('; ')}. The standard error of the ` +
    'paper’s value is not counted, and one below half of its last digit counts as that. Tried so far, besides the settings of ' +
    `this run: ${tried[label]}`
  );
}

const colourNames = ['own', 'other'] as const;

function curveSection(table: Table, findings: readonly ModelFinding[]): Section {
  return {
    title: `${table.title}: returns while learning`,
    text: 'Means over the pairs of each model: MeVa (own) and its opponent (other), with the trained network held fixed.',
    figures: opponents.flatMap((opponent) =>
      findings
        .filter((finding) => finding.opponent === opponent)
        .map(({ model, curve }) => ({
          caption: `MeVa vs ${opponent}, model ${model + 1}.`,
          svg: svgOf(
            curvesPlot(
              colourNames.map((name, player) => ({
                name,
                points: curve.map(({ step, returns }): Point => [step, returns[player]]),
              })),
              { title: `vs ${opponent}, model ${model + 1}`, x: { label: 'step' }, y: { label: 'return' } },
            ),
          ),
        })),
    ),
  };
}

/** The experiment of one table of the thesis. */
function mevaExperiment(name: string, label: Table['label'], reference: string): Experiment {
  const table = tableOf(label);
  const config = z.strictObject(matrixOptions);
  const standard = pairings([naive(), lola({ kind: 'exact', opponentRate: table.rate })]);
  return defineExperiment<MatrixOptions, AnyFinding>({
    name,
    description:
      `Meta-value learning against naive learners, LOLA and itself on the ${table.title} (Cooijmans 2023, thesis, ` +
      `${reference}).`,
    config,
    quick: { models: 1, pairs: 64, steps: 50, outerLoops: 10, batch: 16 },
    accumulates: ['models'],
    announcement: (settings, pending) =>
      announceTraining(
        table.game({ discount: settings.gameDiscount }),
        settingsOf(table, 'MeVa', settings),
        pending.filter((task) => task.name.startsWith('model')).length,
      ),
    plan: (settings, seed) => [
      ...standard.map((rules) => {
        const cell = {
          group: label,
          game: table.game({ discount: settings.gameDiscount }),
          rules,
          learningRate: table.rate,
          steps: settings.steps,
          paperReturns: thesisReturn(label, rules[0].name, rules[1].name),
        };
        const { pairs } = settings;
        return {
          group: `${label} without models`,
          name: cellName(cell),
          run: () => ({ ...playCell(cell, { seed, pairs, precision: 'float64' }), kind: 'cell' as const }),
        };
      }),
      ...opponents.flatMap((opponent) =>
        Array.from({ length: settings.models }, (_, model) => ({
          group: `${label}: MeVa vs ${opponent}`,
          name: `model ${model + 1}`,
          run: (context: TaskContext) => trainAndPlay(table, opponent, model, settings, seed, context),
        })),
      ),
    ],
    summary: (_, findings) => summary(table, modelsAmong(findings)),
    notes: (settings, findings) => [
      setUp(table, settings),
      'n of a return against MeVa is the number of models, and its standard error is that of their means, as in the ' +
        'thesis’ appendix 6.E; n of the others is the number of pairs. The thesis has 10 models.',
      timeNote(modelsAmong(findings)),
      deviationNote(label, summary(table, modelsAmong(findings))),
    ],
    sections: (_, findings) => [curveSection(table, modelsAmong(findings))],
  });
}

function setUp(table: Table, config: MatrixOptions): string {
  const { adam, outerLoops, batch, horizon, stride, quantiles, network } = settingsOf(table, 'MeVa', config);
  return (
    `Training: preset ${config.preset}, ${outerLoops} outer loops of ${horizon} steps, an update every ${stride} (${loopsPerCall} ` +
    `loops a call), batch ${batch}, ${quantiles} quantiles, ${network.units} units, AdamW with rate ${adam.learningRate}, step ` +
    `size ${table.rate} of all players. The thesis trains for 2000 outer loops with batch 128 and rate 0.0001, its notebook for 1001 with ` +
    `0.001. Then ${config.pairs} pairs of standard normal policies learn for ${config.steps} steps along the target network at ` +
    `meta-discount ${config.discount}, in float32.`
  );
}

export const mevaIpd = mevaExperiment('meva-ipd', 'IPD', 'tables 6.2 and 6.4');
export const mevaImp = mevaExperiment('meva-imp', 'IMP', 'tables 6.3a and 6.5');
export const mevaChicken = mevaExperiment('meva-chicken', 'Chicken', 'tables 6.3b and 6.6');
