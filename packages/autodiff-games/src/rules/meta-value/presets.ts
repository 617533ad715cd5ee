/** Published settings of meta-value learning, named after their sources. */
import type { MetaValueSettings } from './settings.ts';

/** Settings with the number of outer loops for which the source trains. */
export interface MetaValuePreset extends MetaValueSettings {
  readonly outerLoops: number;
}

/** What depends on the game and the opponent. */
export type MetaValueMatch = Pick<MetaValueSettings, 'learningRate' | 'opponent' | 'symmetricGame'>;

/** What the sources on matrix games have in common. */
const matrixGames = {
  formulation: 'U',
  batch: 128,
  horizon: 100,
  stride: 10,
  lambda: 0.9,
  huberThreshold: 1,
  bootstrap: 'target',
  inertia: 0.99,
  discount: 'arcsine',
  flipProbability: 1 / 16,
} as const;

const thesisNetwork = {
  units: 64,
  residualBlocks: 1,
  encoder: 'thesis',
  input: 'probabilities',
  last: 'tanh',
} as const;

const thesis = {
  ...matrixGames,
  quantiles: 32,
  exploration: 'surrogate',
  adam: { learningRate: 1e-4, beta2: 0.99, weightDecay: 1e-2 },
  network: thesisNetwork,
  outerLoops: 2000,
} as const;

/**
 * Published settings, each named after its source; any of them may be changed by spreading.
 *
 * - `thesisText`: Cooijmans 2023, thesis, sec. 6.5.2 for alpha (25 on normalised values, 1 on Chicken), appendix 6.E for
 *   the rest.
 * - `thesisAppendix`: the same with the alpha of appendix 6.E, 2, which contradicts the text.
 * - `notebook`: the authors' final notebook on matrix games: 128 units, 64 quantiles, Adam ten times as fast, half as
 *   many outer loops, exploration along the network alone.
 * - `thesisLogistic`: appendix 6.D, for `logisticGame`. "No target network" is taken as bootstrapping from the network
 *   itself, held constant; algorithm 3 as printed differentiates it, too (`bootstrap: 'fullGradient'`), and learns slower.
 *
 * What the thesis leaves open is as in the notebooks: that networks see probabilities, not logits, on matrix games, and that
 * beta2 of Adam is 0.99. On the logistic game the network sees a quarter of the parameters, which go from -8 to 8: what
 * is far from 1 looks alike to a normalised network.
 *
 * @example
 * ```ts
 * import { lola, metaValuePresets } from '@descant/autodiff-games';
 * const opponent = lola({ kind: 'exact', opponentRate: 25 });
 * const match = { learningRate: 25, opponent, symmetricGame: true };
 * metaValuePresets.thesisText(match).outerLoops; // => 2000
 * metaValuePresets.notebook(match).quantiles; // => 64
 * ```
 */
export const metaValuePresets = {
  thesisText: (match: MetaValueMatch): MetaValuePreset => ({ ...thesis, ...match }),
  thesisAppendix: (match: Omit<MetaValueMatch, 'learningRate'>): MetaValuePreset => ({
    ...thesis,
    ...match,
    learningRate: 2,
  }),
  notebook: (match: MetaValueMatch): MetaValuePreset => ({
    ...matrixGames,
    ...match,
    quantiles: 64,
    exploration: 'network',
    adam: { learningRate: 1e-3, beta2: 0.99, weightDecay: 1e-2 },
    network: { ...thesisNetwork, units: 128, encoder: 'notebook' },
    outerLoops: 1001,
  }),
  thesisLogistic: (): MetaValuePreset => ({
    ...matrixGames,
    formulation: 'V',
    learningRate: 1,
    opponent: 'metaValue',
    horizon: 50,
    stride: 50,
    lambda: 0,
    quantiles: 16,
    bootstrap: 'current',
    exploration: 'none',
    flipProbability: 0,
    adam: { learningRate: 1e-3, beta2: 0.99, weightDecay: 0 },
    network: { ...thesisNetwork, input: 'parameters', inputScale: 1 / 4, last: 'gelu' },
    symmetricGame: true,
    outerLoops: 1000,
  }),
};
