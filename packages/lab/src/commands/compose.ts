/** `descant compose` and `descant harmonize`. */
import { compose, decodeMelody, harmonise, independentGibbs, type ReadReport } from '@descant/coconet';
import { type Command, InvalidArgumentError } from 'commander';
import { bytesOf } from '../music/model.ts';
import { withMusicFlags } from '../music/outputs.ts';
import { perform, type SampleFlags } from '../music/perform.ts';

/** Reads whole numbers of flags. */
export type WholeNumber = (text: string) => number;

interface ComposeFlags extends SampleFlags {
  readonly steps: number;
  readonly gibbs?: number;
}

function temperature(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value < Number.POSITIVE_INFINITY))
    throw new InvalidArgumentError('It must be a number of at least 0.');
  return value;
}

/** Adds the flags of `SampleFlags`. */
export const withSampleFlags = (command: Command, wholeNumber: WholeNumber): Command =>
  withMusicFlags(command)
    .option('--seed <n>', 'seed of all random numbers', wholeNumber, 0)
    .option('--temperature <x>', '0 takes the most probable pitches', temperature, 0.99)
    .option('--model <file>', 'a model of your own; default: the one of @descant/coconet');

/** Gibbs steps: the rule of thumb, one for each cell. */
export const gibbsSteps = (given: number | undefined, cells: number): number => given ?? cells;

/** What reading a file changed, in words, or nothing. */
export function readingNote({
  percussion,
  moved,
  farthest,
  vanished,
  crowded,
}: ReadReport): string | undefined {
  const changes = [
    [moved, `notes moved to the grid of sixteenths, by ${farthest.toFixed(2)} steps at most`],
    [vanished, 'notes too short for the grid left out'],
    [percussion, 'notes of percussion left out'],
    [crowded, 'cells in which several notes sounded, one kept'],
  ] as const;
  const found = changes.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return found.length === 0 ? undefined : found.join('; ');
}

/** Adds both commands. */
export function addComposeCommands(program: Command, wholeNumber: WholeNumber): void {
  withSampleFlags(program.command('compose'), wholeNumber)
    .description('make a chorale of nothing')
    .option('--steps <n>', 'length in sixteenths', wholeNumber, 64)
    .option('--gibbs <n>', 'steps of Gibbs sampling; default: one for each cell', wholeNumber)
    .action(async (flags: ComposeFlags) => {
      const task = compose({ steps: flags.steps });
      const sampler = independentGibbs({ steps: gibbsSteps(flags.gibbs, task.free.length) });
      await perform(task, sampler, flags, 60);
    });

  withSampleFlags(program.command('harmonize'), wholeNumber)
    .alias('harmonise')
    .description('add three voices to a melody, which stays as it is')
    .argument('<melody>', 'MIDI file with one note at a time')
    .option('--gibbs <n>', 'steps of Gibbs sampling; default: one for each cell', wholeNumber)
    .action(async (file: string, flags: ComposeFlags) => {
      const { melody, tempo, report } = decodeMelody(bytesOf(file));
      const note = readingNote(report);
      if (note !== undefined) console.error(`${file}: ${note}`);
      const task = harmonise(melody);
      const sampler = independentGibbs({ steps: gibbsSteps(flags.gibbs, task.free.length) });
      await perform(task, sampler, flags, tempo);
    });
}
