/** M-FOS on the thesis' matrix games: one model against one opponent, trained and scored. */
import {
  type Game,
  iteratedChicken,
  iteratedMatchingPennies,
  iteratedPrisonersDilemma,
  lola,
  matrixGame,
  naive,
  namedPayoffs,
  type Rule,
} from '@descant/autodiff-games';
import { type Algorithm, metaGame, mFos, mFosSelfPlay } from '@descant/marl-algos';
import { foldIn, jit, minimum, mul, sub, type Tensor } from '@descant/tensor-ops';
import { adam } from '@descant/tensor-ops/optim';
import { z } from 'zod';
import type { Finding, TaskContext } from '../experiment.ts';
import { cellKey } from '../head-to-head/cell.ts';
import { trainInRun } from './training.ts';

export const gameNames = ['IPD', 'IMP', 'Chicken', 'iterated Chicken'] as const;
export type GameName = (typeof gameNames)[number];
export const opponents = ['naive', 'LOLA', 'M-FOS'] as const;
export type Opponent = (typeof opponents)[number];

/** The games with eta = alpha, on normalised values. */
const gamesOf: Readonly<Record<GameName, { readonly game: Game; readonly rate: number }>> = {
  IPD: { game: iteratedPrisonersDilemma(), rate: 25 },
  IMP: { game: iteratedMatchingPennies(), rate: 2.5 },
  Chicken: { game: matrixGame({ name: 'Chicken', payoffs: namedPayoffs.chicken }), rate: 1 },
  'iterated Chicken': { game: iteratedChicken(), rate: 1 },
};

/** Options of the experiment. */
export const mFosConfig = z.strictObject({
  games: z.array(z.enum(gameNames)).min(1).default(['IPD', 'IMP', 'Chicken']),
  opponents: z
    .array(z.enum(opponents))
    .min(1)
    .default([...opponents]),
  /** Models for each game and opponent; more are added by --resume. */
  models: z.int().min(1).max(1000).default(5),
  /** Which form of LOLA the opponent is. */
  lola: z.enum(['taylorFull', 'exact']).default('taylorFull'),
  /** Updates, which begin new plays each. */
  episodes: z.int().min(1).max(100_000).default(2048),
  plays: z.int().min(1).max(100_000).default(32),
  steps: z.int().min(2).max(10_000).default(100),
  hidden: z.int().min(1).max(10_000).default(64),
  learningRate: z.number().positive().default(0.01),
  /** Of two M-FOS agents that play each other. */
  selfPlayRate: z.number().positive().default(0.002),
  /** The share of the episodes after which learning rates fall in a line to 0; 1 for constant ones. */
  constantShare: z.number().min(0).max(1).default(0.5),
  /** Plays on which a trained model is scored. */
  pairs: z.int().min(2).max(100_000).default(4096),
});
export type MFosConfig = z.infer<typeof mFosConfig>;

/** What one model showed. */
export interface MFosFinding extends Finding {
  readonly game: GameName;
  readonly opponent: Opponent;
  readonly model: number;
  /** Mean rewards over all steps of the scored plays, of the agent and its opponent. */
  readonly scores: readonly [number, number];
  /** The same on the plays of training, each a mean of as many episodes as there are points fewer. */
  readonly curve: readonly { readonly episode: number; readonly scores: readonly [number, number] }[];
}

/** Practice against naive learners ends after this share of the episodes: 1 - 0.0015 n = 0 at n = 667 of 1024. */
const practice = 1 / (0.0015 * 1024);

/** K, gradient steps on the plays of an episode. */
const epochs = 4;

/** The learning rate of each gradient step: constant, then a line to 0. */
function schedule(rate: number, config: MFosConfig): number | ((step: Tensor) => Tensor) {
  const { episodes, constantShare } = config;
  if (constantShare === 1) return rate;
  const left = 1 / (1 - constantShare);
  return (step) => mul(rate, minimum(1, sub(left, mul(step, left / (epochs * episodes)))));
}

/** The algorithm of a cell, with so many plays in each update. */
export function mFosAlgorithm(
  name: GameName,
  opponent: Opponent,
  config: MFosConfig,
  plays = config.plays,
): Algorithm {
  const { game, rate } = gamesOf[name];
  const { steps, hidden, episodes } = config;
  const options = { plays, steps, hidden, epochs };
  if (opponent === 'M-FOS') {
    const optimizer = adam({ learningRate: schedule(config.selfPlayRate, config) });
    const annealing = 1 / (practice * episodes);
    return mFosSelfPlay(game, { ...options, optimizer, learningRate: rate, annealing }) as Algorithm;
  }
  const rule: Rule = opponent === 'naive' ? naive() : lola({ kind: config.lola, opponentRate: rate });
  const optimizer = adam({ learningRate: schedule(config.learningRate, config) });
  return mFos(metaGame({ game, opponent: rule, learningRate: rate }), { ...options, optimizer }) as Algorithm;
}

const pair = (metrics: Readonly<Record<string, number>>): [number, number] => [
  metrics['0.reward'],
  metrics['1.reward'],
];

/** Means over 16 parts of a training. */
function curveOf(history: readonly Readonly<Record<string, number>>[]): MFosFinding['curve'] {
  const length = Math.ceil(history.length / 16);
  return Array.from({ length: Math.ceil(history.length / length) }, (_, i) => {
    const part = history.slice(i * length, (i + 1) * length).map(pair);
    const mean = (seat: number) => part.reduce((total, scores) => total + scores[seat], 0) / part.length;
    return { episode: i * length + part.length, scores: [mean(0), mean(1)] };
  });
}

/** Trains a model and scores it on new plays, with actions drawn from its policy as in training. */
export async function trainAndScore(
  game: GameName,
  opponent: Opponent,
  model: number,
  config: MFosConfig,
  seed: number,
  context: TaskContext,
): Promise<MFosFinding> {
  const name = `${game}: M-FOS vs ${opponent}, model ${model + 1}`;
  const key = cellKey(seed, name);
  const { games: _, opponents: __, models: ___, pairs, ...dependencies } = config;
  const { state, history } = await trainInRun(
    {
      name: name.replaceAll(/[^A-Za-z0-9]+/g, '-'),
      algorithm: mFosAlgorithm(game, opponent, config),
      key,
      updates: config.episodes,
      config: dependencies,
    },
    context,
  );
  const scorer = mFosAlgorithm(game, opponent, config, pairs);
  const score = jit((trained: unknown, k: Tensor) => scorer.update(trained, k).metrics);
  const seen = score(state, foldIn(key, 2));
  const scores = pair(Object.fromEntries(Object.entries(seen).map(([metric, x]) => [metric, x.item()])));
  const curve = curveOf(history);
  const metrics = curve.map(({ episode, scores: [own, other] }) => ({
    group: game,
    opponent,
    model: model + 1,
    episode,
    own,
    other,
  }));
  return { game, opponent, model, scores, curve, rows: [], metrics };
}
