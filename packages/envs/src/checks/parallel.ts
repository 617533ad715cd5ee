/** The check of the parallel API: keys, spaces, types, and the ends of agents and episodes. */
import type { ParallelEnvironment, ParallelStep } from '../interfaces/parallel.ts';
import { show } from '../spaces/space.ts';
import { same, thrownBy } from './compare.ts';
import { actionStream, type PlayPlan, randomActions } from './play.ts';

const list = (agents: readonly string[]): string => `[${agents.join(', ')}]`;

/** Whether a record has exactly the keys of the agents. */
function keyProblems(what: string, values: unknown, agents: readonly string[], whose: string): string[] {
  if (typeof values !== 'object' || values === null) return [`${what} must be a record; got ${show(values)}`];
  const keys = Object.keys(values);
  return keys.length === agents.length && agents.every((agent) => Object.hasOwn(values, agent))
    ? []
    : [`the keys of ${what} must be ${whose} ${list(agents)}; got ${list(keys)}`];
}

function spaceProblems(environment: ParallelEnvironment): string[] {
  const { possibleAgents } = environment;
  if (!Array.isArray(possibleAgents) || possibleAgents.length === 0) {
    return [`possibleAgents must be a list of one or more names; got ${show(possibleAgents)}`];
  }
  if (new Set(possibleAgents).size !== possibleAgents.length) {
    return [`possibleAgents must be distinct; got ${list(possibleAgents)}`];
  }
  return possibleAgents.flatMap((agent) =>
    (['observationSpace', 'actionSpace'] as const).flatMap((method) => {
      const space = environment[method](agent);
      if (typeof space?.contains !== 'function' || typeof space.sample !== 'function') {
        return [`${method}(${show(agent)}) must be a space with sample and contains; got ${show(space)}`];
      }
      const stream = actionStream(0);
      const member = space.sample(stream);
      return [
        ...(environment[method](agent) === space
          ? []
          : [`${method}(${show(agent)}) must be the same object every time`]),
        ...(space.contains(member)
          ? []
          : [`${method}(${show(agent)}) must contain what it samples; got ${show(member)}`]),
      ];
    }),
  );
}

function observationProblems(
  environment: ParallelEnvironment,
  observations: Readonly<Record<string, unknown>>,
  agents: readonly string[],
): string[] {
  return agents.flatMap((agent) => {
    const space = environment.observationSpace(agent);
    const seen = observations[agent];
    return space.contains(seen)
      ? []
      : [`the observation of ${agent} must be in ${space.describe()}; got ${show(seen)}`];
  });
}

function stepProblems(
  environment: ParallelEnvironment,
  before: readonly string[],
  step: ParallelStep,
): string[] {
  const keys = (['observations', 'rewards', 'terminations', 'truncations', 'infos'] as const).flatMap(
    (name) => keyProblems(name, step?.[name], before, 'the agents that were live'),
  );
  if (keys.length > 0) return keys;
  const values = before.flatMap((agent) => [
    ...(Number.isFinite(step.rewards[agent])
      ? []
      : [`the reward of ${agent} must be a finite number; got ${show(step.rewards[agent])}`]),
    ...(['terminations', 'truncations'] as const).flatMap((name) =>
      typeof step[name][agent] === 'boolean'
        ? []
        : [`${name} of ${agent} must be a boolean; got ${show(step[name][agent])}`],
    ),
    ...(typeof step.infos[agent] === 'object' && step.infos[agent] !== null
      ? []
      : [`the info of ${agent} must be a record; got ${show(step.infos[agent])}`]),
  ]);
  const left = before.filter((agent) => !step.terminations[agent] && !step.truncations[agent]);
  const revived = environment.agents.filter((agent) => !before.includes(agent));
  const wrong = revived.length > 0 ? [`agents must not come back in an episode; got ${list(revived)}`] : [];
  const liveNow = same([...environment.agents], left)
    ? []
    : [`agents must be those that are not done, ${list(left)}; got ${list(environment.agents)}`];
  return [
    ...values,
    ...(wrong.length > 0 ? wrong : liveNow),
    ...observationProblems(environment, step.observations, before),
  ];
}

/** The problems of the parallel API, found in random play. */
export function parallelProblems({ environment, seed, steps }: PlayPlan): string[] {
  const spaces = spaceProblems(environment);
  if (spaces.length > 0) return spaces;
  const fresh = environment.clone();
  if (thrownBy(() => fresh.step({})) === undefined)
    return ['step before the first reset must throw an error'];
  const first = fresh.reset({ seed });
  const { agents } = fresh;
  const strangers = agents.filter((agent) => !fresh.possibleAgents.includes(agent));
  if (agents.length === 0) return ['reset must leave one or more agents live'];
  if (strangers.length > 0) return [`agents must be among possibleAgents; got ${list(strangers)}`];
  const beginning = [
    ...keyProblems('observations of reset', first?.observations, agents, 'the live agents'),
    ...keyProblems('infos of reset', first?.infos, agents, 'the live agents'),
  ];
  if (beginning.length > 0) return beginning;
  const problems = observationProblems(fresh, first.observations, agents);
  const stream = actionStream(seed);
  let previous: { readonly given: unknown; readonly copy: unknown } = {
    given: first.observations,
    copy: structuredClone(first.observations),
  };
  for (let t = 0; t < steps && problems.length === 0; t++) {
    const before = [...fresh.agents];
    if (before.length === 0) {
      if (thrownBy(() => fresh.step({})) === undefined) {
        problems.push('step after the end of the episode must throw an error');
      }
      fresh.reset();
      continue;
    }
    const step = fresh.step(randomActions(fresh, stream));
    problems.push(...stepProblems(fresh, before, step));
    if (!same(previous.given, previous.copy)) {
      problems.push('observations must not be changed by later steps: return new arrays');
    }
    previous = { given: step.observations, copy: structuredClone(step.observations) };
  }
  return problems;
}
