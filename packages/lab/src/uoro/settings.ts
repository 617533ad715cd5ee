/** The four ways to scale UORO's noise that the thesis compares, with its hyperparameters. */

/** Q_s = alpha_s Q_0 with either factor by the usual choice or by the theory. */
export interface ScalingSetting {
  readonly name: string;
  /** Q_0: the identity, or B-bar^(-1/4). */
  readonly matrix: 'identity' | 'ours';
  /** alpha: greedy iterative rescaling, or the minimiser of V given Q_0. */
  readonly alpha: 'GIR' | 'ours';
  readonly learningRate: number;
  /** Adam's decay of the mean of gradients. */
  readonly momentum: number;
  /** Of B-bar, a moving average over episodes. */
  readonly decay: number;
  /** lambda in Q_0 = (B-bar + lambda tr(B-bar) / N I)^(-1/4). */
  readonly damping: number;
}

/** Cooijmans (2023), app. 4.G. Without Q_0 there is no B-bar; its decay and damping are not read. */
export const scalingSettings: readonly ScalingSetting[] = [
  { matrix: 'identity', alpha: 'GIR', learningRate: 0.005, momentum: 0.8, decay: 0, damping: 0 },
  { matrix: 'identity', alpha: 'ours', learningRate: 0.005, momentum: 0.5, decay: 0, damping: 0 },
  { matrix: 'ours', alpha: 'GIR', learningRate: 0.005, momentum: 0.5, decay: 0.9, damping: 0.008 },
  { matrix: 'ours', alpha: 'ours', learningRate: 0.003, momentum: 0.8, decay: 0.9, damping: 0.005 },
].map((setting) => ({ ...setting, name: `Q0 ${setting.matrix}, alpha ${setting.alpha}` }) as ScalingSetting);
