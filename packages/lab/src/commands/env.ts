/** `descant env`: listing, playing and checking environments. */
import { renameSync, writeFileSync } from 'node:fs';
import {
  checkEnv,
  encodeGif,
  encodePng,
  makeEnvironment,
  type ParallelEnvironment,
  type Policy,
  random,
  recordFrames,
  registry,
} from '@descant/envs';
import { type Command, Option } from 'commander';
import { messageOf, UsageError } from '../errors.ts';
import { formatNumber } from '../report/format.ts';
import { loadEnvironments, loadPolicy } from '../user-modules.ts';

/** Flags of `descant env play`. */
interface PlayFlags {
  readonly policy: string;
  readonly render: 'text' | 'svg' | 'png' | 'gif' | 'none';
  readonly out?: string;
  readonly seed: number;
  readonly steps?: number;
}

/** What a path of a module looks like, as opposed to the name of an environment. */
const isPath = (name: string): boolean => /[./\\]/.test(name);

/** Adds `descant env` and its commands; `exit` is told the exit code. */
export function addEnvCommand(
  program: Command,
  wholeNumber: (text: string) => number,
  exit: (code: number) => void,
): void {
  const env = program.command('env').description('environments: list them, play in them, check your own');

  env
    .command('list')
    .description('list the environments')
    .action(async () => console.log(await environmentList()));

  env
    .command('play')
    .description('play one episode and show it')
    .argument('<environment>', 'its name (see `descant env list`), or a file that exports one')
    .option(
      '--policy <policy>',
      'random, or a file that exports `policy(observation, random, agent)`',
      'random',
    )
    .addOption(
      new Option('--render <form>', 'text on the terminal; or a file: svg and png of the end, gif of all')
        .choices(['text', 'svg', 'png', 'gif', 'none'])
        .default('text'),
    )
    .option('--out <file>', 'where svg, png or gif goes; default: the environment’s name')
    .option('--seed <n>', 'seed of the episode and of random policies', wholeNumber, 0)
    .option('--steps <n>', 'stop after this many steps; default: at the end of the episode', wholeNumber)
    .action(async (name: string, flags: PlayFlags) => play(await find(name), flags));

  env
    .command('check')
    .description('check the environments that a file exports, or one of the list')
    .argument('<module>', 'the file, or a name')
    .action(async (name: string) => exit((await check(name)) ? 0 : 1));
}

async function find(name: string): Promise<ParallelEnvironment> {
  if (isPath(name)) return (await loadEnvironments(name))[0][1];
  if (!registry.some((entry) => entry.name === name)) {
    throw new UsageError(`no environment is called ${name}; \`descant env list\` shows their names`);
  }
  return makeEnvironment(name);
}

async function environmentList(): Promise<string> {
  const entries = registry.map(async ({ name, description }) => {
    const head = `${name}\n  ${description}\n`;
    let environment: ParallelEnvironment;
    try {
      environment = await makeEnvironment(name);
    } catch (error) {
      // An optional package may be missing: the list is for finding that out as well.
      return `${head}  not available: ${messageOf(error)}\n`;
    }
    const { possibleAgents, maxSteps } = environment;
    const agents = `${possibleAgents.length} agent${possibleAgents.length === 1 ? '' : 's'}`;
    const actions = `actions ${environment.actionSpace(possibleAgents[0]).describe()}`;
    const limit = maxSteps === Number.POSITIVE_INFINITY ? 'no limit of steps' : `at most ${maxSteps} steps`;
    environment.close();
    return `${head}  ${agents}, ${actions}, ${limit}\n`;
  });
  return (await Promise.all(entries)).join('\n');
}

async function policyOf(name: string, environment: ParallelEnvironment): Promise<Policy> {
  if (name === 'random')
    return (_observation, stream, agent) => environment.actionSpace(agent).sample(stream);
  if (isPath(name)) return loadPolicy(name);
  throw new UsageError(`--policy must be random or a file; got ${name}`);
}

async function play(environment: ParallelEnvironment, flags: PlayFlags): Promise<void> {
  const { render, seed, steps = Number.POSITIVE_INFINITY } = flags;
  const policy = await policyOf(flags.policy, environment);
  const game = render === 'gif' ? recordFrames(environment) : environment;
  // Not the stream of the seed itself, which the environment may use.
  const stream = random(seed + 1_000_003);
  let { observations } = game.reset({ seed });
  const returns = new Map(game.possibleAgents.map((agent) => [agent, 0]));
  if (render === 'text') console.log(`${game.render('text')}\n`);
  let t = 0;
  while (game.agents.length > 0 && t < steps) {
    const actions = Object.fromEntries(
      game.agents.map((agent) => [agent, policy(observations[agent], stream, agent)]),
    );
    const step = game.step(actions);
    observations = step.observations;
    t++;
    for (const [agent, reward] of Object.entries(step.rewards)) {
      returns.set(agent, (returns.get(agent) ?? 0) + reward);
    }
    if (render === 'text') {
      const told = Object.keys(actions).map(
        (agent) => `${agent} ${showAction(actions[agent])} -> ${formatNumber(step.rewards[agent])}`,
      );
      console.log(`step ${t}: ${told.join(', ')}\n${game.render('text')}\n`);
    }
  }
  const sums = [...returns].map(([agent, sum]) => `${agent} ${formatNumber(sum)}`).join(', ');
  const end = game.agents.length > 0 ? 'stopped' : 'over';
  console.log(`${game.name}, seed ${seed}: ${end} after ${t} steps; returns ${sums}`);
  if (render !== 'text' && render !== 'none') {
    const file = flags.out ?? `${game.name}.${render}`;
    writeWhole(file, await picture(game, render));
    console.log(`${render}: ${file}`);
  }
  game.close();
}

async function picture(game: ParallelEnvironment, form: 'svg' | 'png' | 'gif'): Promise<string | Uint8Array> {
  if (form === 'svg') return game.render('svg');
  if (form === 'png') return encodePng(game.render('rgb'));
  return encodeGif((game as ReturnType<typeof recordFrames>).frames);
}

/** Writes a file under a temporary name and renames it: it is whole or not there. */
function writeWhole(file: string, content: string | Uint8Array): void {
  writeFileSync(`${file}.partial`, content);
  renameSync(`${file}.partial`, file);
}

const showAction = (action: unknown): string =>
  typeof action === 'number'
    ? String(action)
    : `[${Array.from(action as ArrayLike<number>, formatNumber).join(', ')}]`;

/** Checks environments and prints what is wrong; returns whether nothing is. */
async function check(name: string): Promise<boolean> {
  const found = isPath(name) ? await loadEnvironments(name) : [[name, await find(name)] as const];
  let passed = true;
  for (const [exported, environment] of found) {
    const problems = checkEnv(environment);
    if (problems.length === 0) console.log(`${exported}: no problems`);
    else console.log([`${exported}:`, ...problems].join('\n  '));
    passed &&= problems.length === 0;
  }
  return passed;
}
