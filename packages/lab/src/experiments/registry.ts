/** All experiments that `descant reproduce` knows. A new one is one file here and one line in the list. */
import { UsageError } from '../errors.ts';
import type { Experiment } from '../experiment.ts';
import { brsCoin } from './brs-coin.ts';
import { brsIpd } from './brs-ipd.ts';
import { cgdBilinear } from './cgd-bilinear.ts';
import { coconetNll } from './coconet-nll.ts';
import { coconetSamplers } from './coconet-samplers.ts';
import { estimatorZoo } from './estimator-zoo.ts';
import { ftnplPennies } from './ftnpl-pennies.ts';
import { logistic } from './logistic.ts';
import { logisticBasins } from './logistic-basins.ts';
import { lolaDiceExperiment } from './lola-dice.ts';
import { lolaExact } from './lola-exact.ts';
import { lolaOm } from './lola-om.ts';
import { lolaPgExperiment } from './lola-pg.ts';
import { lolaSlides } from './lola-slides.ts';
import { matrlMatrix } from './matrl-matrix.ts';
import { mevaAblation } from './meva-ablation.ts';
import { mevaChicken, mevaImp, mevaIpd } from './meva-matrix.ts';
import { mfosMatrix } from './mfos-matrix.ts';
import { polaCoin } from './pola-coin.ts';
import { polaIpd } from './pola-ipd.ts';
import { reinforceLimit } from './reinforce-limit.ts';
import { uoroAlphas } from './uoro-alphas.ts';
import { uoroQueue } from './uoro-queue.ts';
import { uoroTraining } from './uoro-training.ts';
import { uoroVariance } from './uoro-variance.ts';
import { zdExtortion } from './zd-extortion.ts';

export const experiments: readonly Experiment[] = [
  lolaExact,
  lolaSlides,
  logisticBasins,
  logistic,
  cgdBilinear,
  matrlMatrix,
  ftnplPennies,
  zdExtortion,
  coconetNll,
  coconetSamplers,
  estimatorZoo,
  mevaIpd,
  mevaImp,
  mevaChicken,
  mevaAblation,
  mfosMatrix,
  uoroVariance,
  uoroTraining,
  uoroAlphas,
  uoroQueue,
  reinforceLimit,
  lolaPgExperiment,
  lolaDiceExperiment,
  lolaOm,
  brsIpd,
  polaIpd,
  polaCoin,
  brsCoin,
];

/**
 * The experiment of a name.
 *
 * @throws UsageError that lists the known names when there is none.
 *
 * @example
 * ```ts
 * import { findExperiment } from 'descant';
 *
 * findExperiment('lola-exact').name; // => 'lola-exact'
 * ```
 */
export function findExperiment(name: string): Experiment {
  const found = experiments.find((experiment) => experiment.name === name);
  if (found !== undefined) return found;
  const known = experiments.map((experiment) => experiment.name).join(', ');
  throw new UsageError(`unknown experiment ${JSON.stringify(name)}; known experiments: ${known}`);
}
