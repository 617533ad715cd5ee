/** The checks of seeds, limits, pictures, saved states and batches. */
import type { RenderMode } from '../interfaces/common.ts';
import type { ParallelEnvironment } from '../interfaces/parallel.ts';
import type { Random } from '../random/random.ts';
import type { Frame } from '../render/frame.ts';
import { show } from '../spaces/space.ts';
import { vectorise } from '../vector/vectorise.ts';
import { same, sameElements } from './compare.ts';
import { actionStream, type Played, type PlayPlan, playOn, randomActions } from './play.ts';

/** Where two plays differ first. */
function difference(a: readonly Played[], b: readonly Played[]): string | undefined {
  const t = a.findIndex((played, k) => !same(played, b[k]));
  if (t < 0) return undefined;
  const [x, y] = [a[t].result as object, b[t]?.result as object];
  const part = Object.keys(x).find((name) => !same((x as never)[name], (y as never)?.[name])) ?? 'agents';
  return `${part} of step ${t + 1}`;
}

/** The same seed and actions must give the same episodes. */
export function seedProblems({ environment, seed, steps }: PlayPlan): string[] {
  const play = (instance: ParallelEnvironment): Played[] => {
    const result = structuredClone(instance.reset({ seed }));
    const agents = [...instance.agents];
    return [{ result, agents }, ...playOn(instance, actionStream(seed), steps)];
  };
  const instance = environment.clone();
  const once = play(instance);
  const other = difference(once, play(environment.clone()));
  if (other) return [`the same seed must give the same episodes in a clone; ${other} differ`];
  const again = difference(once, play(instance));
  return again ? [`reset with the same seed must give the same episodes again; ${again} differ`] : [];
}

/** Limits up to this many steps are played to. */
const LONGEST = 1000;

/** How many episodes must be cut off at the same step to tell a limit from another reason. */
const EPISODES = 3;

/** Plays an episode: whether agents are left after `most` steps, and the step that cut all off, if one did. */
function playEpisode(instance: ParallelEnvironment, stream: Random, most: number) {
  for (let t = 1; t <= most; t++) {
    const step = instance.step(randomActions(instance, stream));
    if (instance.agents.length > 0) continue;
    return { left: [], cutAt: Object.values(step.truncations).every(Boolean) ? t : undefined };
  }
  return { left: instance.agents, cutAt: undefined };
}

/** Nobody may be live after `maxSteps` steps, and the limit must not be a smaller one. */
export function limitProblems({ environment, seed, steps }: PlayPlan): string[] {
  const { maxSteps } = environment;
  if (!(maxSteps === Number.POSITIVE_INFINITY || (Number.isInteger(maxSteps) && maxSteps > 0))) {
    return [`maxSteps must be a whole number of at least 1, or Infinity; got ${show(maxSteps)}`];
  }
  const instance = environment.clone();
  const stream = actionStream(seed);
  const most = Math.min(maxSteps, Math.max(steps, LONGEST));
  const cuts = new Set<number | undefined>();
  for (let episode = 0; episode < EPISODES; episode++) {
    if (episode === 0) instance.reset({ seed });
    else instance.reset();
    const { left, cutAt } = playEpisode(instance, stream, most);
    if (left.length > 0 && most === maxSteps) {
      return [`agents must be done after maxSteps = ${maxSteps} steps; ${left.join(', ')} are not`];
    }
    cuts.add(cutAt);
  }
  const [cut] = cuts;
  return cuts.size === 1 && cut !== undefined && cut < maxSteps
    ? [
        `maxSteps must be the step that cuts episodes off; it is ${maxSteps}, and ${EPISODES} of ${EPISODES} end at ${cut}`,
      ]
    : [];
}

function pictureProblems(mode: RenderMode, picture: string | Frame): string[] {
  if (mode === 'rgb') {
    const { width, height, data } = (picture ?? {}) as Frame;
    return data instanceof Uint8Array && width > 0 && height > 0 && data.length === width * height * 3
      ? []
      : [`render('rgb') must be { width, height, data } with 3 bytes a pixel; got ${show(picture)}`];
  }
  const fits =
    typeof picture === 'string' && (mode === 'svg' ? picture.startsWith('<svg') : picture.length > 0);
  const what = mode === 'svg' ? 'an SVG document' : 'text';
  return fits ? [] : [`render('${mode}') must be ${what}; got ${show(picture)}`];
}

/** Pictures must have their form, and taking them must change nothing. */
export function renderProblems({ environment, seed, steps }: PlayPlan): string[] {
  const modes = environment.renderModes;
  if (!Array.isArray(modes)) return [`renderModes must be a list; got ${show(modes)}`];
  const [seen, unseen] = [environment.clone(), environment.clone()];
  seen.reset({ seed });
  unseen.reset({ seed });
  const problems = modes.flatMap((mode) => pictureProblems(mode, seen.render(mode)));
  if (problems.length > 0) return problems;
  const count = Math.min(steps, 20);
  const found = difference(
    playOn(seen, actionStream(seed), count),
    playOn(unseen, actionStream(seed), count),
  );
  return found ? [`render must not change the episode; ${found} differ`] : [];
}

/** What follows a saved state must follow it again, in the same instance and in a clone. */
export function stateProblems({ environment, seed, steps }: PlayPlan): string[] {
  const instance = environment.clone();
  const stream = actionStream(seed);
  instance.reset({ seed });
  playOn(instance, stream, Math.min(7, steps));
  const live = [...instance.agents];
  const saved = instance.getState();
  const copy = structuredClone(saved);
  const after = (from: ParallelEnvironment) => playOn(from, actionStream(seed + 1), steps);
  const once = after(instance);
  if (!same(saved, copy)) return ['a saved state must not be changed by later steps'];
  instance.setState(saved);
  if (!same([...instance.agents], live)) {
    return [
      `setState must restore the live agents [${live.join(', ')}]; got [${instance.agents.join(', ')}]`,
    ];
  }
  const again = difference(once, after(instance));
  if (again) return [`what follows setState must be what followed getState; ${again} differ`];
  const clone = environment.clone();
  clone.setState(copy);
  const elsewhere = difference(once, after(clone));
  return elsewhere
    ? [`a state must be restored by a clone, from its structuredClone; ${elsewhere} differ`]
    : [];
}

/** How many instances the check of batches has. */
const BATCH = 3;

/** Instance b of a batch must do what a single environment with its seed does. */
export function vectorProblems({ environment, seed, steps }: PlayPlan): string[] {
  const batch = vectorise(environment, BATCH);
  const singles = Array.from({ length: BATCH }, () => environment.clone());
  const { agents } = batch;
  const size = batch.observationSpace.size;
  const sees = (array: ArrayLike<number>, b: number, agent: string, seen: unknown) => {
    const at = (b * agents.length + agents.indexOf(agent)) * size;
    return (seen as ArrayLike<number>).length === size && sameElements(array, at, seen as ArrayLike<number>);
  };
  const differ = (b: number, what: string, t: number) => [
    `instance ${b} of a batch must do what a single environment does; ${what} of step ${t} differ`,
  ];
  batch.reset({ seed });
  for (const [b, single] of singles.entries()) {
    const { observations } = single.reset({ seed: seed + b });
    for (const agent of single.agents) {
      if (!sees(batch.observations, b, agent, observations[agent])) return differ(b, 'observations', 0);
    }
  }
  const stream = actionStream(seed);
  for (let t = 1; t <= steps; t++) {
    const chosen = singles.map(() => agents.map((agent) => environment.actionSpace(agent).sample(stream)));
    batch.step(
      chosen
        .flat()
        .flatMap((action) => (typeof action === 'number' ? [action] : Array.from(action as number[]))),
    );
    for (const [b, single] of singles.entries()) {
      const live = [...single.agents];
      const step = single.step(
        Object.fromEntries(live.map((agent) => [agent, chosen[b][agents.indexOf(agent)]])),
      );
      const over = single.agents.length === 0;
      if (over !== (batch.finished[b] === 1)) return differ(b, 'the ends', t);
      const next = over ? single.reset() : step;
      for (const agent of live) {
        const k = b * agents.length + agents.indexOf(agent);
        if (batch.rewards[k] !== step.rewards[agent]) return differ(b, 'rewards', t);
        if ((batch.terminations[k] === 1) !== step.terminations[agent]) return differ(b, 'terminations', t);
        if ((batch.truncations[k] === 1) !== step.truncations[agent]) return differ(b, 'truncations', t);
        if (!sees(batch.observations, b, agent, next.observations[agent])) {
          return differ(b, 'observations', t);
        }
        if (over && !sees(batch.finalObservations, b, agent, step.observations[agent])) {
          return differ(b, 'final observations', t);
        }
      }
    }
  }
  return [];
}
