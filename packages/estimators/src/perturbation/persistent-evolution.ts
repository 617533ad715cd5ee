/** Persistent evolution strategies: unbiased ES on computations that are unrolled in pieces. */
import { add, broadcastTo, mapTree, mean, mul, sub, type Tensor, vmap, zeros } from '@descant/tensor-ops';
import { checkWhole } from '../check.ts';
import { checkDeviation, checkNoise, weightedNoise } from './evolution-strategies.ts';

/** The particles between two pieces: a tree, to be carried on. */
export interface PersistentState<X, S> {
  /** The states of the P particles perturbed by +noise, leaves [P, ...]. */
  readonly ahead: S;
  /** Those of their mirror images, perturbed by -noise. */
  readonly behind: S;
  /** The sum of the noise that each particle has had so far, leaves [P, ...]; their mirror images had the negative. */
  readonly accumulated: X;
}

/** Options of `persistentEvolution`. */
export interface PersistentEvolutionOptions<X, S> {
  /**
   * One piece of the computation: the state after it, and a scalar objective of this piece. The gradient is that of
   * the sum of objectives over all pieces: to be maximised or minimised, as the caller defines it.
   */
  readonly unroll: (parameters: X, state: S) => { readonly state: S; readonly objective: Tensor };
  /** sigma > 0. */
  readonly standardDeviation: number;
}

/** An online estimator: one call of `step` for each piece. */
export interface PersistentEvolution<X, S> {
  /** P pairs of particles at the start of the computation, without noise so far. */
  init(parameters: X, state: S, particles: number): PersistentState<X, S>;
  /**
   * Runs one piece on all particles. `noise` has leaves [P, ...], fresh standard normals for every piece; the
   * objective is the mean over particles.
   */
  step(
    state: PersistentState<X, S>,
    parameters: X,
    noise: X,
  ): { readonly state: PersistentState<X, S>; readonly gradient: X; readonly objective: Tensor };
}

const repeated = <T>(tree: T, particles: number): T =>
  mapTree((leaf) => broadcastTo(leaf, [particles, ...leaf.shape]), tree);

/**
 * Persistent evolution strategies (PES): gradients of long unrolled computations, without truncation bias.
 *
 * Each piece k adds fresh noise, `xi <- xi + e_k`, runs on parameters + sigma e_k from where the particle was, and
 * estimates `g_k = mean xi (L_k(+) - L_k(-)) / (2 sigma)` over antithetic pairs. Because xi holds the noise of all
 * earlier pieces, what the parameters did to the state before counts, too: the sum of g_k over all pieces is an
 * unbiased estimate of the gradient of `E[sum_k L_k]` in parameters shared by all pieces and smoothed by independent
 * noise in each. (Truncated ES, with e_k in place of xi, takes the state for given.)
 *
 * Source: Vicol, Metz and Sohl-Dickstein 2021 (PES). Start again with `init` when the inner
 * computation starts again.
 *
 * @throws ArgumentError for other deviations, numbers of particles, or shapes of noise.
 *
 * @example
 * ```ts
 * import { persistentEvolution } from '@descant/estimators';
 * import { add, type Tensor, tensor } from '@descant/tensor-ops';
 *
 * // The state is a running sum of the parameter: after pieces 1 and 2 it is x and 2 x, and so are the objectives.
 * const unroll = (x: Tensor, sum: Tensor) => ({ state: add(sum, x), objective: add(sum, x) });
 * const pes = persistentEvolution({ unroll, standardDeviation: 0.1 });
 * const x = tensor(1);
 * let state = pes.init(x, tensor(0), 2);
 * const first = pes.step(state, x, tensor([1, -1]));
 * first.gradient.item(); // => 1
 * state = first.state;
 * pes.step(state, x, tensor([-1, -1])).gradient.item(); // => 2
 * ```
 */
export function persistentEvolution<X, S>(
  options: PersistentEvolutionOptions<X, S>,
): PersistentEvolution<X, S> {
  const { unroll, standardDeviation: sigma } = options;
  const name = 'persistentEvolution';
  checkDeviation(name, sigma);
  const run = (parameters: X, states: S, noise: X, scale: number) =>
    vmap((state: S, e: X) =>
      unroll(
        mapTree((leaf, d) => add(leaf, mul(d, scale)), parameters, e),
        state,
      ),
    )(states, noise);
  return {
    init(parameters, state, particles) {
      checkWhole(name, 'particles', particles);
      const states = repeated(state, particles);
      const none = mapTree((leaf) => zeros([particles, ...leaf.shape], leaf.dtype), parameters);
      return { ahead: states, behind: states, accumulated: none };
    },
    step({ ahead, behind, accumulated }, parameters, noise) {
      checkNoise(name, parameters, noise);
      const sum = mapTree(add, accumulated, noise);
      const [plus, minus] = [run(parameters, ahead, noise, sigma), run(parameters, behind, noise, -sigma)];
      return {
        state: { ahead: plus.state, behind: minus.state, accumulated: sum },
        gradient: weightedNoise(sum, sub(plus.objective, minus.objective), 2 * sigma),
        objective: mul(mean(add(plus.objective, minus.objective)), 0.5),
      };
    },
  };
}
