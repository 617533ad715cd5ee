/** Checking a user's own environment. */
import type { ParallelEnvironment } from '../interfaces/parallel.ts';
import type { TurnBasedEnvironment } from '../interfaces/turn-based.ts';
import { KernelEnvironment } from '../kernel/environment.ts';
import { checkCount } from '../spaces/space.ts';
import { toParallel } from '../wrappers/to-parallel.ts';
import { toTurnBased } from '../wrappers/to-turn-based.ts';
import { limitProblems, renderProblems, seedProblems, stateProblems, vectorProblems } from './behaviour.ts';
import { attempt } from './compare.ts';
import { parallelProblems } from './parallel.ts';
import type { PlayPlan } from './play.ts';
import { turnBasedProblems } from './turn-based.ts';

/** Options of `checkEnv`. */
export interface CheckEnvOptions {
  /** The seed of the episodes that are played; default 0. */
  readonly seed?: number;
  /** How many steps each check plays at most; default 200. */
  readonly steps?: number;
}

/** Whether batches can be made: one box of observations, and numbers or arrays of one length as actions. */
function canVectorise(environment: ParallelEnvironment): boolean {
  if (environment instanceof KernelEnvironment) return true;
  const agents = environment.possibleAgents;
  const observations = agents.map((agent) => environment.observationSpace(agent));
  const actions = agents.map((agent) => environment.actionSpace(agent));
  const alike = new Set(observations.map((space) => space.describe())).size === 1;
  return (
    alike &&
    observations[0].kind === 'box' &&
    actions.every(({ kind }) => kind === actions[0].kind && kind !== 'dict' && kind !== 'tuple')
  );
}

/**
 * Checks an environment of your own by random play: a list of readable problems, empty when there are none.
 *
 * The checks, by the names that problems begin with: `parallel` (keys, spaces, types, the ends of agents and episodes,
 * errors before the beginning and after the end), `turn-based` (the same in turns; by `toTurnBased` for a parallel
 * environment), `seed` (same seed, same episodes), `max-cycles` (the limit of steps), `render` (the forms of pictures,
 * which change nothing), `state` (save and restore in mid-episode, also into a clone) and `vectorised` (a batch does
 * what single environments do; left out where `vectorise` does not apply: observations that are not one box for all
 * agents, or actions that are records or lists). When `parallel` finds problems, the others are not tried.
 *
 * Source: the tests of PettingZoo (`parallel_api_test`, `api_test`, `seed_test`, `max_cycles_test`, `render_test`);
 * `state` and `vectorised` are ours.
 *
 * @param environment - It is cloned, not changed.
 * @throws ArgumentError when `steps` is invalid. Errors of the environment become problems.
 *
 * @example
 * ```ts
 * import { checkEnv, coinGame, type ParallelEnvironment } from '@descant/envs';
 * checkEnv(coinGame()); // => []
 *
 * const broken = (): ParallelEnvironment => {
 *   const game = coinGame() as ParallelEnvironment;
 *   const step = game.step.bind(game);
 *   game.step = (actions) => ({ ...step(actions), rewards: { agent_0: Number.NaN, agent_1: 0 } });
 *   game.clone = broken;
 *   return game;
 * };
 * checkEnv(broken()); // => ['parallel: the reward of agent_0 must be a finite number; got NaN']
 * ```
 */
export function checkEnv(
  environment: ParallelEnvironment | TurnBasedEnvironment,
  { seed = 0, steps = 200 }: CheckEnvOptions = {},
): string[] {
  checkCount('checkEnv', 'steps', steps);
  // A field without a first value may not exist; a method does.
  const inTurns = 'last' in environment;
  const turnBased = (): string[] =>
    turnBasedProblems(inTurns ? environment : toTurnBased(environment), seed, steps);
  if (inTurns) {
    const problems = attempt('turn-based', turnBased);
    if (problems.length > 0) return problems;
  }
  const plan: PlayPlan = { environment: inTurns ? toParallel(environment) : environment, seed, steps };
  const basics = attempt('parallel', () => parallelProblems(plan));
  if (basics.length > 0) return basics;
  return [
    ...(inTurns ? [] : attempt('turn-based', turnBased)),
    ...attempt('seed', () => seedProblems(plan)),
    ...attempt('max-cycles', () => limitProblems(plan)),
    ...attempt('render', () => renderProblems(plan)),
    ...attempt('state', () => stateProblems(plan)),
    ...(canVectorise(plan.environment) ? attempt('vectorised', () => vectorProblems(plan)) : []),
  ];
}
