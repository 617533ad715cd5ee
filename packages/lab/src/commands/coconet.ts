/** `descant coconet`: training, evaluating and sampling the network of @descant/coconet, and importing a corpus. */
import { importMidiFolder, writeWhole } from '@descant/coconet/node';
import type { Command } from 'commander';
import { addEvaluateCommand } from './coconet-evaluate.ts';
import { addSampleCommand } from './coconet-sample.ts';
import { addTrainCommand } from './coconet-train.ts';
import type { WholeNumber } from './compose.ts';

interface ImportFlags {
  readonly output: string;
  readonly seed: number;
  readonly lowest: number;
  readonly highest: number;
}

/** Adds `descant coconet` and its commands. */
export function addCoconetCommand(program: Command, wholeNumber: WholeNumber): void {
  const coconet = program.command('coconet').description('the network of @descant/coconet');
  addTrainCommand(coconet, wholeNumber);
  addEvaluateCommand(coconet, wholeNumber);
  addSampleCommand(coconet, wholeNumber);
  coconet
    .command('import')
    .description('a corpus from a folder of MIDI files in four voices')
    .argument('<folder>', 'with files *.mid and *.midi')
    .requiredOption('-o, --output <file>', 'JSON file of the corpus, for --data')
    .option('--seed <n>', 'of the split', wholeNumber, 0)
    .option('--lowest <pitch>', 'scores with lower pitches are dropped', wholeNumber, 36)
    .option('--highest <pitch>', 'scores with higher pitches are dropped', wholeNumber, 81)
    .action((folder: string, { output, seed, lowest, highest }: ImportFlags) => {
      const { corpus, files } = importMidiFolder(folder, {
        seed,
        lowestPitch: lowest,
        highestPitch: highest,
      });
      for (const { name, dropped, report } of files) {
        console.error(
          dropped === undefined ? `${name}: ${JSON.stringify(report)}` : `${name}: dropped, ${dropped}`,
        );
      }
      writeWhole(output, JSON.stringify(corpus));
      const { train, valid, test } = corpus;
      console.error(
        `${train.length} scores for training, ${valid.length} for validation, ${test.length} for tests`,
      );
    });
}
