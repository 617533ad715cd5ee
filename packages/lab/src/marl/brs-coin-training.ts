/** Trainings of best response shaping in the coin game, as far as a budget of minutes goes. */
import type { TracedEnvironment } from '@descant/envs';
import {
  type Algorithm,
  a2c,
  brs,
  coinMemoryNetwork,
  gruNetwork,
  type Network,
  onePolicy,
  sampledGame,
} from '@descant/marl-algos';
import { adam } from '@descant/tensor-ops/optim';

/** How agents are trained. */
export interface BrsCoinSettings {
  /** Minutes of one core for all trainings of BRS and BRS-SP. */
  readonly budget: number;
  readonly seeds: number;
  /** Simulations of a question. */
  readonly samples: number;
  readonly network: 'coin-memory' | 'gru';
  readonly units: number;
  readonly learningRate: number;
}

/** The thesis'. */
export const DISCOUNT = 0.96;
const LARGEST_BATCH = 128;

/** Batch of a training of one minute; it grows with the root of the time, and so does the number of updates. */
const PLAYS_OF_A_MINUTE = 16;

/** Milliseconds of one core for an update of one play, by simulations and units; measured with 32 units. */
const milliseconds = ({ samples, units }: Pick<BrsCoinSettings, 'samples' | 'units'>): number =>
  (1 + 1.25 * samples) * (0.5 + units / 64);

/** Plays of a batch and updates of each training for a budget. */
export function brsCoinBudget(settings: BrsCoinSettings) {
  const minutes = settings.budget / (2 * settings.seeds);
  const plays = Math.min(LARGEST_BATCH, Math.max(4, Math.round(PLAYS_OF_A_MINUTE * Math.sqrt(minutes))));
  const updates = Math.max(2, Math.floor((60_000 * minutes) / (plays * milliseconds(settings))));
  return { minutes, plays, updates };
}

export const brsCoinMethods = ['BRS', 'BRS-SP', 'naive'] as const;
export type BrsCoinMethod = (typeof brsCoinMethods)[number];

/** A policy, or with one output a critic, of the settings. */
export const brsCoinNetwork = ({ network, units }: BrsCoinSettings, outputs: number): Network =>
  (network === 'gru'
    ? gruNetwork({ inputShape: [4, 3, 3], units, outputs })
    : coinMemoryNetwork({ hidden: [units], outputs })) as Network;

/** What is trained: the agent's policy is the state's `parameters`. */
export function brsCoinAlgorithm(
  method: BrsCoinMethod,
  settings: BrsCoinSettings,
  environment: TracedEnvironment,
): Algorithm<{ readonly parameters: unknown }> {
  const { plays, updates } = brsCoinBudget(settings);
  const policies = brsCoinNetwork(settings, environment.actions[0]);
  const critic = brsCoinNetwork(settings, 1);
  const game = sampledGame({ environment, policies, plays, discount: DISCOUNT });
  const fast = adam({ learningRate: settings.learningRate });
  const slow = adam({ learningRate: settings.learningRate * 0.3 });
  if (method === 'naive') {
    const naive = a2c(game, { optimizer: fast, critic, criticOptimizer: slow });
    return onePolicy(game, naive) as Algorithm<{ readonly parameters: unknown }>;
  }
  const selfPlay = method === 'BRS-SP';
  return brs(game, {
    critic,
    detectiveUnits: Math.min(settings.units, 64),
    // Places that the training is too short to fill would only cost time.
    capacity: Math.min(selfPlay ? 512 : 2048, updates + 1),
    questions: { samples: settings.samples, reseed: !selfPlay },
    optimizers: {
      policy: fast,
      detection: fast,
      detective: slow,
      values: slow,
      ...(selfPlay ? { selfPlay: fast } : {}),
    },
  }) as Algorithm<{ readonly parameters: unknown }>;
}
