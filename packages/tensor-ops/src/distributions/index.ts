/**
 * Distributions with log-probabilities, entropies, divergences and samples.
 *
 * `bernoulli`, `categorical` and `normal` share their names with the samplers of the main entry;
 * `import * as distributions` keeps them apart.
 *
 * @module
 */
export { type Bernoulli, type BernoulliParameters, bernoulli } from './bernoulli.ts';
export { type Categorical, type CategoricalParameters, categorical } from './categorical.ts';
export type { Distribution } from './distribution.ts';
export { type Normal, type NormalParameters, normal } from './normal.ts';
export { type TanhNormal, tanhNormal } from './tanh-normal.ts';
