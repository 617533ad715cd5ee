/** Environments as pure functions of tensors, which compile into training loops. */
import type { FloatType, Tensor } from '@descant/tensor-ops';

/** What a step gives. */
export interface TracedStep<S> {
  readonly state: S;
  /** [N], in the dtype of the environment; 0 for agents that were done before. */
  readonly rewards: Tensor;
  /** bool[N]: from the step on in which the agent was terminated. */
  readonly terminated: Tensor;
  /** bool[N]: agents whose episode was cut off by the limit of steps. */
  readonly truncated: Tensor;
}

/**
 * One instance of an environment with N agents, as functions of tensors without side effects; S is a tree of tensors.
 * `vmap` makes batches, `scan` episodes and `jit` fast ones of them.
 *
 * Step t of episode n of seed s is that of the environment of the same name on typed arrays when the keys are
 * `e = foldIn(key(s), n)`, `reset(foldIn(e, 0))` and `step(state, actions, foldIn(e, t))`, t = 1, 2, ...
 */
export interface TracedEnvironment<S = unknown> {
  readonly name: string;
  /** N. */
  readonly agents: number;
  /** How many actions each agent has. */
  readonly actions: readonly number[];
  /** The shape of one agent's observation. */
  readonly observationShape: readonly number[];
  /** Of rewards and observations. */
  readonly dtype: FloatType;
  readonly maxSteps: number;
  reset(key: Tensor): S;
  /** @param actions - int32[N]; those of agents that are done have no meaning. */
  step(state: S, actions: Tensor, key: Tensor): TracedStep<S>;
  /** [N, ...observationShape]. */
  observe(state: S): Tensor;
}

/** The option that all traced environments have. */
export interface TracedOptions {
  /** Of rewards and observations; default float32. */
  readonly dtype?: FloatType;
}
