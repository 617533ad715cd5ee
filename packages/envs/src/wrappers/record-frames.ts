/** Keeping the pictures of an episode. */
import { ArgumentError } from '@descant/tensor-ops';
import type { ResetOptions } from '../interfaces/common.ts';
import type { ParallelEnvironment, ParallelReset, ParallelStep } from '../interfaces/parallel.ts';
import type { Frame } from '../render/frame.ts';
import { checkCount } from '../spaces/space.ts';
import { ParallelWrapper } from './delegate.ts';

/** Options of `recordFrames`. */
export interface RecordFramesOptions {
  /** Keeps the picture of every n-th step only; default 1. */
  readonly every?: number;
  /** How many frames are kept at most, the last ones; default 1000. */
  readonly limit?: number;
}

/** A parallel environment that keeps the pictures of its present episode. */
export interface FrameRecorder<O, A> extends ParallelEnvironment<O, A> {
  readonly frames: readonly Frame[];
}

class Recorder<O, A> extends ParallelWrapper<O, A> implements FrameRecorder<O, A> {
  frames: Frame[] = [];
  private readonly every: number;
  private readonly limit: number;
  private steps = 0;

  constructor(inner: ParallelEnvironment<O, A>, every: number, limit: number) {
    super(inner);
    this.every = every;
    this.limit = limit;
  }

  observationSpace(agent: string) {
    return this.inner.observationSpace(agent);
  }

  reset(options?: ResetOptions): ParallelReset<O> {
    const result = this.inner.reset(options);
    this.frames = [];
    this.steps = 0;
    this.keep();
    return result;
  }

  step(actions: Readonly<Record<string, A>>): ParallelStep<O> {
    const result = this.inner.step(actions);
    this.steps++;
    if (this.steps % this.every === 0 || this.inner.agents.length === 0) this.keep();
    return result;
  }

  clone(): FrameRecorder<O, A> {
    return new Recorder(this.inner.clone(), this.every, this.limit);
  }

  private keep(): void {
    this.frames.push(this.inner.render('rgb'));
    if (this.frames.length > this.limit) this.frames.shift();
  }
}

/**
 * An environment that keeps the pictures of its present episode in `frames`, for `encodeGif` and `encodePng`.
 *
 * The first and the last state are always kept, those between every `every` steps. `setState` keeps the frames.
 *
 * @throws ArgumentError when an option is invalid or the environment has no pictures of pixels.
 *
 * @example
 * ```ts
 * import { coinGame, recordFrames } from '@descant/envs';
 * const game = recordFrames(coinGame({ maxSteps: 4 }), { every: 2 });
 * game.reset();
 * while (game.agents.length > 0) game.step({ agent_0: 0, agent_1: 2 });
 * game.frames.length; // => 3
 * ```
 */
export function recordFrames<O, A>(
  environment: ParallelEnvironment<O, A>,
  { every = 1, limit = 1000 }: RecordFramesOptions = {},
): FrameRecorder<O, A> {
  checkCount('recordFrames', 'every', every);
  checkCount('recordFrames', 'limit', limit);
  if (!environment.renderModes.includes('rgb')) {
    const received = environment.renderModes.join(', ') || 'none';
    throw new ArgumentError('recordFrames', 'environment', "have the render mode 'rgb'", received);
  }
  return new Recorder(environment, every, limit);
}
