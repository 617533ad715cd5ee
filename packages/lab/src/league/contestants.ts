/** Contestants of leagues from what the command line says. */
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import {
  type Agent,
  gruNetwork,
  loadAgent,
  mcts,
  ppo,
  type Responder,
  trainedResponse,
} from '@descant/marl-algos';
import { adam } from '@descant/tensor-ops/optim';
import { UsageError } from '../errors.ts';
import type { LeagueGame } from './games.ts';

/** Told how far a responder is. */
export type OnShare = (done: number, all: number) => void;

/** The search of the paper: 1000 simulations. */
const search = (simulations: number, onStep: OnShare): Responder => mcts({ simulations, onStep });

/** A GRU that PPO trains against the other, 300 updates of 128 plays by default. */
function training({ environment }: LeagueGame, seat: number, updates: number, onShare: OnShare): Responder {
  const { observationShape: inputShape, actions, dtype } = environment;
  const units = inputShape.length > 1 ? 64 : 16;
  const network = (outputs: number) => gruNetwork({ inputShape, units, outputs, dtype });
  const optimizer = adam({ learningRate: 0.01 });
  const settings = { lambda: 0.95, entropyWeight: 0.01, epochs: 4, minibatches: 1 };
  return trainedResponse({
    name: `trained ${updates}`,
    network: network(actions[seat]),
    learner: (game) => ppo(game, { ...settings, optimizer, critic: network(1), criticOptimizer: optimizer }),
    plays: 128,
    updates,
    onUpdate: ({ done }) => onShare(done, updates),
  });
}

const RESPONDERS: Readonly<
  Record<string, (game: LeagueGame, seat: number, amount: number | undefined, on: OnShare) => Responder>
> = {
  mcts: (_game, _seat, simulations = 1000, on) => search(simulations, on),
  trained: (game, seat, updates = 300, on) => training(game, seat, updates, on),
};

/** An agent from a file, or from one file for each seat. */
function fromFiles(spec: string, { environment }: LeagueGame, seat: number): Agent {
  const [given, rest] = spec.includes('=') ? spec.split('=', 2) : [undefined, spec];
  const files = rest.split(',');
  if (files.length > 2) throw new UsageError(`${spec}: one file, or one for each of the two seats`);
  const file = files[seat] ?? files[0];
  if (!existsSync(file)) throw new UsageError(`no file at ${file}`);
  const name = given ?? files.map((path) => basename(path).replace(/(\.agent)?\.safetensors$/, '')).join('+');
  return loadAgent(name, readFileSync(file), environment, seat);
}

/**
 * A contestant for a seat: an opponent or responder by its name, or an agent's file.
 *
 * @param spec - Such as `always-defect`, `mcts:1000`, `agent.safetensors` or `ours=red.safetensors,blue.safetensors`.
 * @throws UsageError when there is no such name or file.
 */
export function contestant(spec: string, game: LeagueGame, seat: number, on: OnShare): Agent | Responder {
  if (/\.safetensors$/.test(spec)) return fromFiles(spec, game, seat);
  if (Object.hasOwn(game.opponents, spec)) {
    return { name: spec, network: game.opponents[spec](seat), parameters: null };
  }
  const [, name, amount] = /^([a-z]+)(?::([1-9]\d*))?$/.exec(spec) ?? [];
  if (name !== undefined && Object.hasOwn(RESPONDERS, name)) {
    return RESPONDERS[name](game, seat, amount === undefined ? undefined : Number(amount), on);
  }
  const known = [...Object.keys(game.opponents), ...Object.keys(RESPONDERS).map((key) => `${key}:<n>`)];
  throw new UsageError(
    `no contestant is called ${spec}; there are ${known.join(', ')}, and files of agents (*.safetensors)`,
  );
}
