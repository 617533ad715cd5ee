/** `descant coconet sample`: every task with every sampler. */
import {
  ancestral,
  ancestralGibbs,
  blockMasker,
  chronologicalSelector,
  complete,
  compose,
  decodeMelody,
  decodeMidi,
  harmonise,
  independentGibbs,
  infill,
  randomSelector,
  regenerate,
  revoice,
  type Sampler,
  type Task,
  transition,
  upsample,
} from '@descant/coconet';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../errors.ts';
import { maskFrom } from '../music/mask.ts';
import { bytesOf } from '../music/model.ts';
import { perform, type SampleFlags } from '../music/perform.ts';
import { gibbsSteps, readingNote, type WholeNumber, withSampleFlags } from './compose.ts';

const TASKS = [
  'compose',
  'harmonize',
  'complete',
  'transition',
  'revoice',
  'regenerate',
  'infill',
  'upsample',
] as const;
const SAMPLERS = ['gibbs', 'blocks', 'nade', 'chronological', 'ancestral-gibbs'] as const;

interface Flags extends SampleFlags {
  readonly task: (typeof TASKS)[number];
  readonly sampler: (typeof SAMPLERS)[number];
  readonly gibbs?: number;
  readonly inclusion: number;
  readonly block: number;
  readonly steps: number;
  readonly voices: number[];
  readonly from?: number;
  readonly to?: number;
  readonly factor: number;
  readonly second?: string;
  readonly mask?: string;
}

function voiceList(text: string): number[] {
  if (!/^\d+(,\d+)*$/.test(text))
    throw new InvalidArgumentError('It must be numbers with commas, such as 1,2.');
  return text.split(',').map(Number);
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError('It must lie in [0, 1].');
  return value;
}

function samplerOf({ sampler, gibbs, inclusion, block }: Flags, cells: number): Sampler {
  const steps = gibbsSteps(gibbs, cells);
  switch (sampler) {
    case 'gibbs':
      return independentGibbs({ steps });
    case 'blocks':
      return independentGibbs({ steps, masker: blockMasker({ steps: block }) });
    case 'nade':
      return ancestral(randomSelector());
    case 'chronological':
      return ancestral(chronologicalSelector());
    case 'ancestral-gibbs':
      return ancestralGibbs({ steps, inclusion, selector: randomSelector() });
  }
}

/** The task of the flags on a file, and the file's tempo. */
function taskOf(file: string | undefined, flags: Flags): { task: Task; tempo: number } {
  if (flags.task === 'compose') return { task: compose({ steps: flags.steps }), tempo: 60 };
  if (file === undefined) throw new UsageError(`the task ${flags.task} needs a MIDI file`);
  if (flags.task === 'harmonize') {
    const { melody, tempo } = decodeMelody(bytesOf(file));
    return { task: harmonise(melody), tempo };
  }
  const { score, tempo, report } = decodeMidi(bytesOf(file));
  const note = readingNote(report);
  if (note !== undefined) console.error(`${file}: ${note}`);
  const { steps, voices, from = 0, to = score.length, factor, second, mask } = flags;
  switch (flags.task) {
    case 'complete':
      return { task: complete(score, { steps }), tempo };
    case 'revoice':
      return { task: revoice(score, { voices }), tempo };
    case 'regenerate':
      return { task: regenerate(score, { from, to, voices }), tempo };
    case 'infill': {
      if (mask === undefined) throw new UsageError('the task infill needs a --mask file');
      const text = new TextDecoder().decode(bytesOf(mask));
      return { task: infill(score, maskFrom(text, score[0].length)), tempo };
    }
    case 'upsample':
      return { task: upsample(score, { factor }), tempo };
    case 'transition':
      if (second === undefined) throw new UsageError('the task transition needs a --second file');
      return { task: transition(score, decodeMidi(bytesOf(second)).score, { steps }), tempo };
  }
}

/** Adds `sample` to `descant coconet`. */
export function addSampleCommand(coconet: Command, wholeNumber: WholeNumber): void {
  withSampleFlags(coconet.command('sample'), wholeNumber)
    .description('complete a score: any task, any sampler')
    .argument('[score]', 'MIDI file in four voices; not needed to compose')
    .addOption(new Option('--task <name>', 'what is to be completed').choices([...TASKS]).default('compose'))
    .addOption(new Option('--sampler <name>', 'how').choices([...SAMPLERS]).default('gibbs'))
    .option('--gibbs <n>', 'steps of Gibbs sampling; default: one for each cell', wholeNumber)
    .option('--inclusion <rho>', 'ancestral-gibbs: probability that a cell stays', share, 0.5)
    .option('--block <n>', 'blocks: their length', wholeNumber, 4)
    .option('--steps <n>', 'compose, complete, transition: length of what is new', wholeNumber, 32)
    .option('--voices <list>', 'revoice, regenerate: voices from 0, the soprano', voiceList, [0, 1, 2, 3])
    .option('--from <n>', 'regenerate: first step', wholeNumber)
    .option('--to <n>', 'regenerate: step after the last', wholeNumber)
    .option('--mask <file>', 'infill: text, a line for each voice, x for steps to make anew, . for others')
    .option('--factor <n>', 'upsample: steps for each step', wholeNumber, 2)
    .option('--second <file>', 'transition: MIDI file of what comes after')
    .action(async (file: string | undefined, flags: Flags) => {
      const { task, tempo } = taskOf(file, flags);
      await perform(task, samplerOf(flags, task.free.length), flags, tempo);
    });
}
