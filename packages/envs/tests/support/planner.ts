/** Exact planning for teams whose rewards never depend on chance: Dijkstra over the states of a kernel. */
import { type Kernel, random } from '@descant/envs';

/** The action that leaves an agent where it is. */
const STAY = 4;

/** The cheapest way to the end of an episode. */
export interface Plan {
  readonly cost: number;
  /** The joint actions. */
  readonly actions: readonly (readonly number[])[];
  /** How many states were looked at. */
  readonly states: number;
}

/**
 * Finds the episode with the least cost, by buckets of whole costs.
 *
 * @param keyOf - A number for each state.
 * @param costOf - The cost of a step by its rewards, a whole number of at least 0.
 * @param isIdle - Whether an action certainly leaves an agent where it is, as staying does: it is not tried then.
 */
export function plan(
  kernel: Kernel,
  keyOf: (state: Float64Array) => number,
  costOf: (rewards: Float64Array) => number,
  isIdle: (state: Float64Array, agent: number, action: number) => boolean = () => false,
): Plan {
  const agents = kernel.agents.length;
  const stream = random(0);
  const start = new Float64Array(kernel.stateSize);
  kernel.reset(start, 0, stream, {});
  const best = new Map([[keyOf(start), 0]]);
  const parents = new Map<number, readonly [number, number]>();
  const buckets: Float64Array[][] = [[start]];
  const closed = new Set<number>();
  const actions = new Float64Array(agents);
  const rewards = new Float64Array(agents);
  const terminated = new Uint8Array(agents);
  const next = new Float64Array(kernel.stateSize);
  for (let cost = 0; cost < buckets.length; cost++) {
    for (const state of buckets[cost] ?? []) {
      const key = keyOf(state);
      if (closed.has(key)) continue;
      closed.add(key);
      if (ended(kernel, state)) return { cost, actions: path(parents, key, agents), states: closed.size };
      for (const choice of jointChoices(agents, (i, action) => action !== STAY && isIdle(state, i, action))) {
        for (let i = 0, rest = choice; i < agents; i++, rest = Math.floor(rest / 5)) actions[i] = rest % 5;
        next.set(state);
        rewards.fill(0);
        terminated.fill(0);
        kernel.step(next, 0, actions, 0, stream, rewards, terminated, 0);
        const total = cost + costOf(rewards);
        const nextKey = keyOf(next);
        if (!closed.has(nextKey) && total < (best.get(nextKey) ?? Number.POSITIVE_INFINITY)) {
          best.set(nextKey, total);
          parents.set(nextKey, [key, choice]);
          buckets[total] ??= [];
          buckets[total].push(next.slice());
        }
      }
    }
    delete buckets[cost];
  }
  throw new Error('there is no way to the end');
}

/** The numbers of all joint actions without those that are left out, agent 0 in the last digit to base 5. */
function jointChoices(agents: number, leftOut: (agent: number, action: number) => boolean): number[] {
  let choices = [0];
  for (let i = 0; i < agents; i++) {
    const own = [0, 1, 2, 3, STAY].filter((action) => !leftOut(i, action));
    choices = own.flatMap((action) => choices.map((choice) => choice + action * 5 ** i));
  }
  return choices;
}

/** Whether everybody is done in a state: nobody who could still get something is left. */
function ended(kernel: Kernel, state: Float64Array): boolean {
  const agents = kernel.agents.length;
  const terminated = new Uint8Array(agents);
  const rewards = new Float64Array(agents);
  const stay = new Float64Array(agents).fill(STAY);
  kernel.step(state.slice(), 0, stay, 0, random(0), rewards, terminated, 0);
  // In Switch by HEAD's rules an agent that is at home gets nothing and is not marked again.
  return terminated.every((flag, i) => flag === 1 || rewards[i] === 0);
}

function path(
  parents: ReadonlyMap<number, readonly [number, number]>,
  end: number,
  agents: number,
): (readonly number[])[] {
  const actions: (readonly number[])[] = [];
  for (let at = parents.get(end); at !== undefined; at = parents.get(at[0])) {
    actions.unshift(Array.from({ length: agents }, (_, i) => Math.floor(at![1] / 5 ** i) % 5));
  }
  return actions;
}
