/** Pong for two, on pixels. */
import { fromKernel, type KernelEnvironment } from '../../kernel/environment.ts';
import type { Random } from '../../random/random.ts';
import { box } from '../../spaces/box.ts';
import { discrete } from '../../spaces/discrete.ts';
import { agentNames, checkNames, checkSteps } from '../options.ts';
import { BALL, BOTTOM, CENTRE, PADDLE, PADDLES_X, type Place, POINTS_TO_WIN, TOP } from './court.ts';
import { drawScreen, HEIGHT, PIXELS, WIDTH } from './picture.ts';

/** Options of `pong`. */
export interface PongOptions {
  /** Frames until the episode is truncated; default 100000, as in PettingZoo. */
  readonly maxSteps?: number;
}

/** Places in the state; what belongs to a player stands in two places. */
const [PADDLES, POINTS, X, Y, SPEED_X, SPEED_Y, SERVER, WAITED, HITS] = [0, 2, 4, 5, 6, 7, 8, 9, 10];
const STATE_SIZE = 11;

/** The server while the ball is in play. */
const NOBODY = -1;
const PADDLE_SPEED = 4;
/** Frames after which a server who has not served loses a reward of 1. */
const PATIENCE = 120;
/** The ball's pixels a frame to the side, from a number of hits in a rally on. */
const SPEEDS = [
  [12, 4],
  [4, 3],
  [0, 2],
] as const;
/** The steepest that a paddle's end sends the ball. */
const STEEPEST = 3;
const STARTS = [-2, -1, 1, 2] as const;

/** 0 nothing, 1 fire, 2 up, 3 down, 4 up and fire, 5 down and fire. */
const isFire = (action: number): boolean => action === 1 || action >= 4;
const directionOf = (action: number): number => (action < 2 ? 0 : action % 2 === 0 ? -1 : 1);

const clip = (x: number, low: number, high: number): number => Math.max(low, Math.min(high, x));

function movePaddle(state: Float64Array, index: number, action: number): void {
  const moved = state[index] + PADDLE_SPEED * directionOf(action);
  state[index] = clip(moved, TOP, BOTTOM - PADDLE.height);
}

/** Puts the ball into play, away from the server. */
function serve(state: Float64Array, at: number, random: Random): void {
  const server = state[at + SERVER];
  state[at + X] = CENTRE.x;
  state[at + Y] = CENTRE.y;
  state[at + HITS] = 0;
  state[at + SPEED_X] = server === 0 ? 2 : -2;
  state[at + SPEED_Y] = STARTS[random.below(STARTS.length)];
  state[at + SERVER] = NOBODY;
  state[at + WAITED] = 0;
}

/** Moves the ball by its speed, off walls and paddles. */
function moveBall(state: Float64Array, at: number): void {
  let y = state[at + Y] + state[at + SPEED_Y];
  const lowest = BOTTOM - BALL.height;
  if (y < TOP || y > lowest) {
    y = y < TOP ? 2 * TOP - y : 2 * lowest - y;
    state[at + SPEED_Y] *= -1;
  }
  state[at + Y] = y;
  const speed = state[at + SPEED_X];
  const player = speed < 0 ? 0 : 1;
  // The ball's left edge where it touches the front of the paddle that it flies to.
  const front = player === 0 ? PADDLES_X[0] + PADDLE.width : PADDLES_X[1] - BALL.width;
  const [before, after] = [state[at + X], state[at + X] + speed];
  state[at + X] = after;
  const passes = player === 0 ? before >= front && after < front : before <= front && after > front;
  // From the paddle's middle to the ball's.
  const off = y + BALL.height / 2 - (state[at + PADDLES + player] + PADDLE.height / 2);
  const reach = (PADDLE.height + BALL.height) / 2;
  if (!passes || Math.abs(off) >= reach) return;
  state[at + HITS]++;
  const [, faster] = SPEEDS.find(([hits]) => state[at + HITS] >= hits)!;
  state[at + X] = 2 * front - after;
  state[at + SPEED_X] = player === 0 ? faster : -faster;
  state[at + SPEED_Y] = Math.round((STEEPEST * off) / reach);
}

const placeOf = (state: Float64Array, at: number): Place => ({
  paddles: [state[at + PADDLES], state[at + PADDLES + 1]],
  points: [state[at + POINTS], state[at + POINTS + 1]],
  ball: state[at + SERVER] === NOBODY ? { x: state[at + X], y: state[at + Y] } : undefined,
});

/**
 * Pong by rules of our own, on a screen like Atari's: two paddles, a ball, 21 points. It is not the Atari game: nothing
 * learned here can be compared with scores in it.
 *
 * agent_0 has the left paddle, agent_1 the right one. Actions: 0 nothing, 1 fire, 2 up, 3 down, 4 up and fire, 5 down
 * and fire; paddles move 4 pixels a frame. A ball that passes a paddle gives the other player a point: rewards +1 and
 * -1. Who lost the point serves the next ball, by firing; the first server is random. A server who lets 120 frames pass
 * has a reward of -1 each time. A served ball starts in the middle, away from the server, 2 pixels a frame to the side,
 * 1 or 2 up or down at random. Paddles send it back the steeper the further out they are hit, at 3 pixels a frame from
 * the 4th hit of a rally on, at 4 from the 12th. With 21 points of a player both are terminated.
 *
 * Observation of both: the screen, 210 rows of 160 pixels of red, green and blue, as bytes. State: upper edges of the
 * paddles, points, place and speed of the ball, server (-1 while the ball is in play), frames waited, hits.
 *
 * Source: number of actions, points, penalty and screen after PettingZoo's `pong_v3`.
 *
 * @throws ArgumentError when an option is unknown or invalid.
 *
 * @example
 * ```ts
 * import { pong } from '@descant/envs';
 * const game = pong();
 * game.reset({ options: { state: [106, 40, 0, 20, 150, 100, 2, 0, -1, 0, 0] } });
 * for (let t = 0; t < 4; t++) game.step({ agent_0: 0, agent_1: 0 });
 * game.step({ agent_0: 0, agent_1: 0 }).rewards; // => { agent_0: 1, agent_1: -1 }
 * ```
 */
export function pong(options: PongOptions = {}): KernelEnvironment {
  checkNames('pong', options, ['maxSteps']);
  const { maxSteps = 100_000 } = options;
  checkSteps('pong', 'maxSteps', maxSteps);
  return fromKernel({
    name: 'pong',
    agents: agentNames(2),
    observation: box({ shape: [HEIGHT, WIDTH, 3], dtype: 'uint8', low: 0, high: 255 }),
    actions: [discrete(6), discrete(6)],
    maxSteps,
    stateSize: STATE_SIZE,
    reset(state, at, random) {
      state.fill(0, at, at + STATE_SIZE);
      state.fill((TOP + BOTTOM - PADDLE.height) / 2, at + PADDLES, at + PADDLES + 2);
      state[at + SERVER] = random.below(2);
    },
    step(state, at, actions, actionsAt, random, rewards, terminated, agentsAt) {
      for (const player of [0, 1]) movePaddle(state, at + PADDLES + player, actions[actionsAt + player]);
      const server = state[at + SERVER];
      if (server !== NOBODY) {
        if (isFire(actions[actionsAt + server])) serve(state, at, random);
        else if (++state[at + WAITED] === PATIENCE) {
          state[at + WAITED] = 0;
          rewards[agentsAt + server] = -1;
        }
        return;
      }
      moveBall(state, at);
      const x = state[at + X];
      if (x > -BALL.width && x < WIDTH) return;
      const winner = x < 0 ? 1 : 0;
      rewards[agentsAt + winner] = 1;
      rewards[agentsAt + 1 - winner] = -1;
      state[at + SERVER] = 1 - winner;
      if (++state[at + POINTS + winner] === POINTS_TO_WIN) terminated.fill(1, agentsAt, agentsAt + 2);
    },
    observe(state, at, _time, out, outAt) {
      drawScreen(placeOf(state, at), out, outAt);
      out.copyWithin(outAt + PIXELS, outAt, outAt + PIXELS);
    },
    text(state, at) {
      const { points, paddles, ball } = placeOf(state, at);
      const where = ball ? `ball at (${ball.x}, ${ball.y})` : `agent_${state[at + SERVER]} serves`;
      return `${points.join(' : ')}, paddles at ${paddles.join(' and ')}, ${where}`;
    },
    draw(state, at) {
      const data = new Uint8Array(PIXELS);
      drawScreen(placeOf(state, at), data, 0);
      return { width: WIDTH, height: HEIGHT, data };
    },
  });
}
