/** The logistic game: where naive learners, LOLA, HOLA, COLA and meta-value learning end. */
import {
  cola,
  colaTraining,
  logisticGame,
  type MetaValuePreset,
  metaValue,
  metaValuePresets,
  metaValueTraining,
  type Rule,
} from '@descant/autodiff-games';
import { z } from 'zod';
import { defineExperiment, type Finding, type TaskContext } from '../experiment.ts';
import { cellKey } from '../head-to-head/cell.ts';
import { settingsJson } from '../meta-value/matrix-game.ts';
import { train } from '../meta-value/train.ts';
import { type BasinFinding, basinPicture, exactRules, findBasins, gridOptions } from './logistic-basins.ts';

/** Loops or updates in one compiled call, after each of which training can be interrupted. */
const perCall = 10;
const config = z.strictObject({
  ...gridOptions,
  /** Outer loops of meta-value learning, a multiple of 10; the thesis has 1000. */
  outerLoops: z.int().min(perCall).multipleOf(perCall).default(500),
  /** Updates of COLA, a multiple of 10. */
  colaUpdates: z.int().min(perCall).multipleOf(perCall).default(2000),
});
type Config = z.infer<typeof config>;

/** The meta-discounts and opponent rates that a trained network is asked for. */
const discounts = [0, 0.5, 0.8, 0.9, 0.95, 0.99];
const opponentRates = [1, 5, 10];

/** The basins of one training, or of a rule that needs none. */
interface LogisticFinding extends Finding {
  readonly basins: readonly BasinFinding[];
}

const gathered = (basins: readonly BasinFinding[], metrics: LogisticFinding['metrics']): LogisticFinding => ({
  basins,
  rows: basins.flatMap(({ rows }) => rows),
  metrics,
});

/** Networks are trained in float32, so players follow them in float32. */
const along = (name: string, rule: Rule, settings: Config) =>
  findBasins(name, rule, { ...settings, precision: 'float32' });

/**
 * The thesis' settings, but steadier (see the notes): five updates in an outer loop in place of one, targets from a
 * network that lags behind, lambda-returns, and discounts that both players share, as they do on the grid.
 */
const metaValueSettings = (outerLoops: number): MetaValuePreset => ({
  ...metaValuePresets.thesisLogistic(),
  stride: 10,
  bootstrap: 'target',
  lambda: 0.9,
  discount: 'sharedArcsine',
  outerLoops,
});

async function metaValueBasins(
  settings: Config,
  seed: number,
  context: TaskContext,
): Promise<LogisticFinding> {
  const preset = metaValueSettings(settings.outerLoops);
  const training = metaValueTraining(logisticGame(), preset, { loops: perCall });
  const { state, history } = await train(
    {
      start: training.init(cellKey(seed, 'logistic: MeVa')),
      advance: (before) => {
        const { state: after, progress } = training.run(before);
        const [loss, error] = [progress.loss, progress.shortTermError].map((x) => x.data[perCall - 1]);
        return { state: after, seen: { loss, shortTermError: error } };
      },
      step: perCall,
      total: preset.outerLoops,
    },
    'MeVa',
    settingsJson(preset),
    context,
  );
  const basins = discounts.map((discount) => {
    const { formulation } = preset;
    const rule = metaValue({
      network: training.network,
      parameters: state.target,
      formulation,
      discount,
    });
    return along(`MeVa, meta-discount ${discount}`, rule, settings);
  });
  return gathered(
    basins,
    history.map((seen) => ({ training: 'MeVa', ...seen })),
  );
}

/** The thesis has the network of MeVa for COLA, too, and says nothing else on its training. */
const colaSettings = {
  opponentRates: [0, 10],
  batch: 128,
  gradient: 'both',
  adam: { learningRate: 1e-3, beta2: 0.999, weightDecay: 0 },
  network: { ...metaValuePresets.thesisLogistic().network, symmetric: true },
} as const;

async function colaBasins(settings: Config, seed: number, context: TaskContext): Promise<LogisticFinding> {
  const training = colaTraining(logisticGame(), colaSettings, { updates: perCall });
  const { state, history } = await train(
    {
      start: training.init(cellKey(seed, 'logistic: COLA')),
      advance: (before) => {
        const { state: after, losses } = training.run(before);
        return { state: after, seen: { loss: losses.data[perCall - 1] } };
      },
      step: perCall,
      total: settings.colaUpdates,
    },
    'COLA',
    z.json().parse(colaSettings),
    context,
  );
  const { network } = training;
  const basins = opponentRates.map((opponentRate) =>
    along(
      `COLA, opponent rate ${opponentRate}`,
      cola({ network, parameters: state.parameters, opponentRate }),
      settings,
    ),
  );
  return gathered(
    basins,
    history.map((seen) => ({ training: 'COLA', ...seen })),
  );
}

export const logistic = defineExperiment<Config, LogisticFinding>({
  name: 'logistic',
  description:
    'Basins of attraction in the logistic game for naive learning, LOLA, HOLA, COLA and meta-value learning ' +
    '(Cooijmans 2023, thesis, fig. 6.2b).',
  config,
  quick: { side: 15, outerLoops: perCall, colaUpdates: perCall },
  plan: (settings, seed) => [
    ...exactRules.map(({ name, rule }) => ({
      group: 'exact rules',
      name,
      run: () => gathered([findBasins(name, rule, settings)], []),
    })),
    {
      group: 'learned rules',
      name: 'COLA',
      run: (context: TaskContext) => colaBasins(settings, seed, context),
    },
    {
      group: 'learned rules',
      name: 'MeVa',
      run: (context: TaskContext) => metaValueBasins(settings, seed, context),
    },
  ],
  notes: ({ outerLoops, colaUpdates }) => [
    'The thesis shows these basins in a picture and gives no counts; of MeVa it says that with a meta-discount above 0.9 it ' +
      'converges to B, in the positive quadrant, from everywhere on the grid. The counts of reference code for the exact ' +
      'rules are in the notes of logistic-basins.',
    `MeVa: preset thesisLogistic, ${outerLoops} outer loops (the thesis has 1000), one model for all meta-discounts. Steadier than ` +
      'the thesis’ settings alone: an update every 10 steps, targets from a network that lags behind, lambda-returns of 0.9, ' +
      'discounts drawn once for both players; players follow the network that lags behind. The last network by itself finds ' +
      'and loses B from some cells as training goes on. ' +
      `COLA: ${colaUpdates} updates on ` +
      'initial parameters of the game and opponent rates from 0 to 10, one model for all rates. Training depends on the ' +
      'seed and, in its last bits, on the machine; networks learn on starts from -8 to 8, and the grid goes from -10 to 10.',
  ],
  sections: (_, findings) => [
    {
      title: 'Basins of attraction',
      text: 'White: both players end above 0. Black: they end elsewhere. Orange: they diverge.',
      figures: findings.flatMap(({ basins }) =>
        basins.map((basin) => ({ caption: basin.name, svg: basinPicture(basin) })),
      ),
    },
  ],
});
