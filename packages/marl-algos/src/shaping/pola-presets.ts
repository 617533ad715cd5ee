/** Published settings of POLA, named after their source. */
import type { PolaSettings } from './pola-gradient.ts';

/** Settings with the numbers around them. */
export interface PolaPreset {
  readonly settings: PolaSettings;
  /** Of Adam, for the player's own steps. */
  readonly learningRate: number;
  /** Of Adam, for the critics. */
  readonly criticLearningRate: number;
  /** Of one inner or outer step. */
  readonly plays: number;
  readonly steps: number;
  readonly discount: number;
  /** Of GRUs, for policies and critics. */
  readonly units: number;
  /** Updates of each player. */
  readonly updates: number;
}

/**
 * The settings of Zhao et al. 2022 (POLA) and their code, any of which may be changed by spreading.
 *
 * - `zhaoCoinGame`: for `tracedCoinGame()` with 50 steps.
 * - `zhaoPrisonersDilemma`: for the contribution game, payoffs f - 1 together, f / 2 - 1 for the one who gives alone and f / 2
 *   for the other, with f = 1.33.
 *
 * @example
 * ```ts
 * import { polaPresets } from '@descant/marl-algos';
 * polaPresets.zhaoCoinGame.settings.outerSteps; // => 200
 * ```
 */
export const polaPresets = {
  zhaoCoinGame: {
    settings: {
      innerSteps: 4,
      innerLearningRate: 0.01,
      innerPenalty: 5,
      outerSteps: 200,
      outerPenalty: 150,
      lambda: 1,
      dependence: 1,
    },
    learningRate: 0.003,
    criticLearningRate: 5e-4,
    plays: 1000,
    steps: 50,
    discount: 0.96,
    units: 64,
    updates: 251,
  },
  zhaoPrisonersDilemma: {
    settings: {
      innerSteps: 2,
      innerLearningRate: 0.005,
      innerPenalty: 10,
      outerSteps: 100,
      outerPenalty: 100,
      lambda: 1,
      dependence: 1,
    },
    learningRate: 0.003,
    criticLearningRate: 5e-4,
    plays: 2000,
    steps: 50,
    discount: 0.96,
    units: 64,
    updates: 200,
  },
} as const satisfies Record<string, PolaPreset>;
