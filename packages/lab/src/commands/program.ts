/** The command line of `descant`. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { messageOf, UsageError } from '../errors.ts';
import type { Experiment } from '../experiment.ts';
import { experiments, findExperiment } from '../experiments/registry.ts';
import { tournament, tournamentConfig } from '../experiments/tournament.ts';
import { ownVersion } from '../run/environment.ts';
import type { StartOptions } from '../run/start-run.ts';
import { addCoconetCommand } from './coconet.ts';
import { compare } from './compare.ts';
import { addComposeCommands } from './compose.ts';
import { addEnvCommand } from './env.ts';
import { addLeagueCommand } from './league.ts';
import { type OutputOptions, reproduce } from './reproduce.ts';
import { rerun } from './rerun.ts';

/** Options of runs; those of experiments that have a flag of their own are among them. */
interface RunFlags extends OutputOptions {
  readonly seed?: number;
  readonly quick?: true;
  readonly full?: true;
  readonly resume?: string;
  readonly set: Record<string, unknown>;
  readonly pairs?: number;
  readonly steps?: number;
  readonly budget?: number;
  readonly precision?: 'float32' | 'float64';
}

interface TournamentFlags extends RunFlags {
  readonly rule: string[];
  readonly game: string[];
  readonly learningRate?: number;
}

/** The exit code for a command that cannot be understood. */
const usageCode = 2;

/** Runs one command line, e.g. `['reproduce', 'lola-exact']`, and returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = new Command('descant')
    .description('Run, compare and reproduce experiments on learning in games.')
    .version(ownVersion())
    .exitOverride()
    .showHelpAfterError('(descant --help lists the commands)');

  withRunFlags(program.command('reproduce').argument('<experiment>', 'its name; see `descant list`'))
    .description('run a published experiment and print paper beside measured')
    .action(async (name: string, flags: RunFlags) => {
      const experiment = findExperiment(name);
      const request = requestOf(flags, configOf(experiment, flags));
      exitCode = (await reproduce(experiment, request, flags)).exitCode;
    });

  withOutputFlags(program.command('rerun').argument('<run>', 'folder of the run'))
    .description('repeat a run and check that its results come out the same')
    .action(async (folder: string, flags: OutputOptions) => {
      exitCode = await rerun(folder, flags);
    });

  program
    .command('compare')
    .description('differences between two runs, with standard errors')
    .argument('<A>', 'folder or results.json of a run')
    .argument('<B>', 'folder or results.json of another run')
    .action((a: string, b: string) => compare(a, b));

  withRunFlags(program.command('tournament'))
    .description('play your own rules and games head to head with the standard ones')
    .option('--rule <file>', 'TypeScript or JavaScript file that exports rules; repeatable', append, [])
    .option('--game <file>', 'file that exports two-player games; repeatable', append, [])
    .option(
      '--learning-rate <number>',
      'step size, and the standard rules’ opponent rate, on your games',
      positive,
    )
    .action(async (flags: TournamentFlags) => {
      const { rule, game, learningRate } = flags;
      const given = {
        ...(learningRate === undefined ? {} : { learningRate }),
        ...configOf(tournament, flags),
      };
      // A resumed run has its files in its configuration.
      const config = flags.resume === undefined ? tournamentConfig(given, { rule, game }) : given;
      exitCode = (await reproduce(tournament, requestOf(flags, config), flags)).exitCode;
    });

  program
    .command('list')
    .description('list the experiments with their options')
    .action(() => {
      for (const { name, description, defaults, quick, full } of experiments) {
        const lines = [name, description, `options: ${describe(defaults)}`, `--quick: ${describe(quick)}`];
        if (full) lines.push(`--full: ${describe(full)}`);
        console.log(`${lines.join('\n  ')}\n`);
      }
    });

  addComposeCommands(program, wholeNumber);
  addCoconetCommand(program, wholeNumber);
  const exit = (code: number) => {
    exitCode = code;
  };
  addEnvCommand(program, wholeNumber, exit);
  addLeagueCommand(program, wholeNumber, assign, exit);

  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander has already printed its message.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usageCode;
    console.error(`error: ${messageOf(error)}`);
    return error instanceof UsageError ? usageCode : 1;
  }
}

function withOutputFlags(command: Command): Command {
  return command
    .option('--out <folder>', 'where the run’s folder is made', 'runs')
    .option('--png', 'leave the report’s pictures as PNG files, too')
    .option('--json', 'print results.json to standard output instead of the table')
    .option('--threads <n>', 'threads of WebAssembly; results are the same with any number', wholeNumber, 1);
}

function withRunFlags(command: Command): Command {
  return withOutputFlags(command)
    .option('--quick', 'a run of some seconds, with the options that `descant list` gives for it')
    .addOption(
      new Option('--full', 'a run as large as the paper’s, where the default is smaller').conflicts('quick'),
    )
    .option('--resume <run>', 'go on with this run: finished tasks are kept, further ones are added')
    .option('--seed <n>', 'seed of all random numbers (default: 0)', wholeNumber)
    .option('--pairs <n>', 'pairs of learners in each cell', wholeNumber)
    .option('--steps <n>', 'learning steps', wholeNumber)
    .option('--budget <minutes>', 'minutes of one core, by which the size of a training is chosen', Number)
    .addOption(new Option('--precision <type>', 'number format').choices(['float32', 'float64']))
    .option('--set <option=value>', 'any option of the experiment; repeatable', assign, {});
}

/** The configuration that the flags give; what is left out takes the experiment's default. */
function configOf(experiment: Experiment, flags: RunFlags): Record<string, unknown> {
  const { pairs, steps, budget, precision, quick, full, set } = flags;
  if (full && !experiment.full) {
    throw new UsageError(`--full: ${experiment.name} has no larger run than its default`);
  }
  const given = Object.entries({ pairs, steps, budget, precision }).filter(
    ([, value]) => value !== undefined,
  );
  return {
    ...(quick && experiment.quick),
    ...(full && experiment.full),
    ...Object.fromEntries(given),
    ...set,
  };
}

/** What is to be run, without what was not asked for. */
function requestOf(
  { seed, resume }: RunFlags,
  config: object,
): Pick<StartOptions, 'seed' | 'config' | 'resume'> {
  return { config, ...(seed === undefined ? {} : { seed }), ...(resume === undefined ? {} : { resume }) };
}

const append = (file: string, before: string[]): string[] => [...before, file];

/** `name=value` among earlier ones; a value that is not JSON is a text. */
function assign(text: string, before: Record<string, unknown>): Record<string, unknown> {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError('It must be <option>=<value>.');
  try {
    return { ...before, [name]: JSON.parse(value) };
  } catch {
    return { ...before, [name]: value };
  }
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('It must be a whole number of at least 0.');
  }
  return value;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('It must be a positive number.');
  return value;
}

/** `pairs 1024, steps 500`. */
const describe = (options: Readonly<Record<string, unknown>>): string =>
  Object.entries(options)
    .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(', ') || 'as by default';
