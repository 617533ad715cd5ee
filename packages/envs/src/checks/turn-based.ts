/** The check of the turn-based API. */
import type { TurnBasedEnvironment } from '../interfaces/turn-based.ts';
import { show } from '../spaces/space.ts';
import { same, thrownBy } from './compare.ts';
import { actionStream } from './play.ts';

const list = (agents: readonly string[]): string => `[${agents.join(', ')}]`;

/** What must hold whenever an agent's turn comes. */
function turnProblems(game: TurnBasedEnvironment, owed: ReadonlyMap<string, number>): string[] {
  const { agents, agentSelection } = game;
  if (agentSelection === undefined || !agents.includes(agentSelection)) {
    return [`agentSelection must be one of the agents ${list(agents)}; got ${show(agentSelection)}`];
  }
  const keys = (['rewards', 'terminations', 'truncations', 'infos'] as const).flatMap((name) =>
    same(Object.keys(game[name]).sort(), [...agents].sort())
      ? []
      : [`the keys of ${name} must be the agents ${list(agents)}; got ${list(Object.keys(game[name]))}`],
  );
  if (keys.length > 0) return keys;
  const turn = game.last();
  const space = game.observationSpace(agentSelection);
  const expected = owed.get(agentSelection) ?? 0;
  return [
    ...(space.contains(turn.observation)
      ? []
      : [
          `last().observation of ${agentSelection} must be in ${space.describe()}; got ${show(turn.observation)}`,
        ]),
    ...(same(game.observe(agentSelection), turn.observation)
      ? []
      : [`last().observation must be observe(${show(agentSelection)})`]),
    ...(Math.abs(turn.reward - expected) <= 1e-9 * Math.max(1, Math.abs(expected))
      ? []
      : [
          `last().reward must be the sum of ${agentSelection}'s rewards since it acted, ${expected}; got ${turn.reward}`,
        ]),
    ...(turn.termination === game.terminations[agentSelection] &&
    turn.truncation === game.truncations[agentSelection]
      ? []
      : ['last() must give termination and truncation of the agent whose turn it is']),
  ];
}

/** The problems of the turn-based API, found in random play. */
export function turnBasedProblems(environment: TurnBasedEnvironment, seed: number, steps: number): string[] {
  const game = environment.clone();
  if (thrownBy(() => game.step(null)) === undefined)
    return ['step before the first reset must throw an error'];
  game.reset({ seed });
  const stream = actionStream(seed);
  const owed = new Map<string, number>();
  for (let t = 0; t < steps; t++) {
    if (game.agents.length === 0) {
      if (game.agentSelection !== undefined) {
        return [`agentSelection must be undefined when nobody is left; got ${show(game.agentSelection)}`];
      }
      if (thrownBy(() => game.step(null)) === undefined) {
        return ['step after the end of the episode must throw an error'];
      }
      game.reset();
      owed.clear();
      continue;
    }
    const problems = turnProblems(game, owed);
    if (problems.length > 0) return problems;
    const agent = game.agentSelection!;
    const before = [...game.agents];
    const done = game.terminations[agent] || game.truncations[agent];
    game.step(done ? null : game.actionSpace(agent).sample(stream));
    owed.set(agent, 0);
    for (const [name, reward] of Object.entries(game.rewards)) owed.set(name, (owed.get(name) ?? 0) + reward);
    const left = done ? before.filter((other) => other !== agent) : before;
    if (!same([...game.agents], left)) {
      return [
        `agents must be ${list(left)} after ${agent}'s ${done ? 'last turn' : 'turn'}; got ${list(game.agents)}`,
      ];
    }
  }
  return [];
}
