/** `descant coconet train`: training from the chorales or a corpus of one's own, resumable at any time. */
import { existsSync } from 'node:fs';
import {
  beginTraining,
  type Coconet,
  compose,
  conditionalsOf,
  decodeTraining,
  describe,
  encodeModel,
  encodeTraining,
  independentGibbs,
  pianoRollSvg,
  sample,
  stepOperations,
  type TrainingCheckpoint,
  train,
  type Validation,
} from '@descant/coconet';
import { loadChorales, writeWhole } from '@descant/coconet/node';
import { type Executor, key, setThreads } from '@descant/tensor-ops';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../errors.ts';
import { bytesOf, executorOf } from '../music/model.ts';
import { interruptible } from '../music/perform.ts';
import type { WholeNumber } from './compose.ts';

interface Flags {
  readonly out: string;
  readonly resume?: true;
  readonly data?: string;
  readonly layers: number;
  readonly channels: number;
  readonly dilations: [number, number][];
  readonly separable?: true;
  readonly seed: number;
  readonly batchSize: number;
  readonly cropSteps: number;
  readonly transpose: [number, number];
  readonly learningRate?: number;
  readonly averaging: number;
  readonly validationEpochs: number;
  readonly populationPasses: number;
  readonly patience: number;
  readonly giveUp: number;
  readonly minutes?: number;
  readonly samples?: string;
  readonly model?: string;
  readonly executor: 'wasm' | 'tensorflow';
  readonly threads: number;
}

/** Milliseconds between two writings of the checkpoint. */
const SAVE_EVERY = 60_000;

function json<T>(text: string): T {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError('It must be JSON, such as [[1,1],[2,4]].');
  }
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}

function range(text: string): [number, number] {
  const [, low, high] = /^(-?\d+),(\d+)$/.exec(text) ?? [];
  if (low === undefined) throw new InvalidArgumentError('It must be two numbers, such as -5,6.');
  return [Number(low), Number(high)];
}

/** A new training, or the one in the file. */
function startOf(flags: Flags): TrainingCheckpoint {
  const { out, resume, learningRate } = flags;
  if (resume) {
    const checkpoint = decodeTraining(bytesOf(out));
    return learningRate === undefined ? checkpoint : { ...checkpoint, learningRate };
  }
  if (existsSync(out)) throw new UsageError(`${out} exists; --resume goes on with it`);
  const { layers, channels, dilations, separable = false, seed, batchSize, cropSteps, averaging } = flags;
  const { validationEpochs, populationPasses, patience, giveUp } = flags;
  return beginTraining({
    description: describe({ layers, channels, dilations, separable }),
    ...{ seed, batchSize, cropSteps, averaging, validationEpochs, populationPasses, patience, giveUp },
    transposition: flags.transpose,
    ...(learningRate === undefined ? {} : { learningRate }),
  });
}

const modelOf = ({ config, state, statistics }: TrainingCheckpoint): Coconet => ({
  description: config.description,
  parameters: state.average,
  statistics,
});

/** A piano roll of a sample of the model as it is. */
async function rollOf(checkpoint: TrainingCheckpoint, executor: Executor | undefined): Promise<string> {
  const model = modelOf(checkpoint);
  const task = compose({ steps: 32, instruments: model.description.instruments });
  const conditionals = conditionalsOf(model, executor ? { executor } : {});
  const [score] = await sample(conditionals, [task], independentGibbs({ steps: 64 }), {
    key: key(checkpoint.step),
  });
  return pianoRollSvg(score, { title: `step ${checkpoint.step}` });
}

/** Measures steps, and says how long the next ones will take. */
function stopwatch(operations: number) {
  let [since, steps] = [performance.now(), 0];
  return {
    tick: () => ++steps,
    lap(): string {
      const seconds = (performance.now() - since) / 1000 / steps;
      [since, steps] = [performance.now(), 0];
      return `${seconds.toFixed(2)} s a step, ${(operations / seconds / 1e9).toFixed(1)} GFLOP/s`;
    },
  };
}

const report = (v: Validation): string =>
  `step ${v.step}, epoch ${v.epoch.toFixed(1)}: training ${v.trainingLoss.toFixed(4)}, ` +
  `validation ${v.validationLoss.toFixed(4)} nats a cell, learning rate ${v.learningRate}`;

async function run(flags: Flags, signal: AbortSignal): Promise<void> {
  const { out, data, samples, minutes = Number.POSITIVE_INFINITY } = flags;
  const start = startOf(flags);
  const { train: scores, valid } = await loadChorales(data === undefined ? {} : { path: data });
  const executor = await executorOf(flags.executor);
  await setThreads(flags.threads);
  const operations = stepOperations(start.config);
  const interval = Math.ceil((scores.length * start.config.validationEpochs) / start.config.batchSize);
  console.log(`${new Date().toISOString()} ${JSON.stringify(start.config)} from step ${start.step}`);
  console.log(
    `${(operations / 1e9).toFixed(1)} GFLOP a step, ${((operations * interval) / 1e12).toFixed(1)} TFLOP from one ` +
      `validation to the next (${interval} steps)`,
  );
  const watch = stopwatch(operations);
  const began = performance.now();
  let saved = began;
  let last = start;
  const save = () => {
    writeWhole(out, encodeTraining(last));
    saved = performance.now();
  };
  try {
    for await (const { checkpoint, validation } of train(start, {
      scores: { train: scores, valid },
      signal,
      ...(executor ? { executor } : {}),
    })) {
      last = checkpoint;
      watch.tick();
      if (checkpoint.step - start.step === 5) console.log(`first steps: ${watch.lap()}`);
      if (validation) {
        console.log(`${new Date().toISOString()} ${report(validation)}; ${watch.lap()}`);
        if (samples !== undefined)
          writeWhole(`${samples}/step-${checkpoint.step}.svg`, await rollOf(checkpoint, executor));
      }
      if (performance.now() - saved > SAVE_EVERY) save();
      if (performance.now() - began > 60_000 * minutes) break;
    }
  } finally {
    // Also after a loss that was not a number: the last step before it is what is kept.
    if (last !== start) save();
  }
  if (flags.model !== undefined) writeWhole(flags.model, encodeModel(modelOf(last), { quantised: true }));
  console.log(`step ${last.step}: ${out}${flags.model === undefined ? '' : `, ${flags.model}`}`);
}

/** Adds `train` to `descant coconet`. */
export function addTrainCommand(coconet: Command, wholeNumber: WholeNumber): void {
  coconet
    .command('train')
    .description('train a network on the chorales; Ctrl-C ends it after the step, --resume goes on')
    .requiredOption('--out <file>', 'checkpoint, written every minute')
    .option('--resume', 'go on with the checkpoint; of the other flags only --learning-rate counts')
    .option('--data <file>', 'corpus; default: that of DESCANT_CHORALES, or a download')
    .option('--layers <n>', 'L', wholeNumber, 16)
    .option('--channels <n>', 'H', wholeNumber, 48)
    .option('--dilations <json>', 'of the 3 x 3 layers in time and pitch, repeated', json, [[1, 1]])
    .option('--separable', 'depthwise and 1 x 1 convolutions after the first two layers')
    .option('--seed <n>', 'of parameters and batches', wholeNumber, 0)
    .option('--batch-size <n>', 'crops in a step', wholeNumber, 16)
    .option('--crop-steps <n>', 'T', wholeNumber, 32)
    .option('--transpose <low,high>', 'random transposition in semitones', range, [-5, 6])
    .option('--learning-rate <x>', 'Adam’s (default: 2^-4, the paper’s)', number)
    .option(
      '--averaging <x>',
      'share of the running average of the parameters that a step keeps',
      number,
      0.999,
    )
    .option('--validation-epochs <n>', 'epochs from one validation to the next', wholeNumber, 5)
    .option('--population-passes <n>', 'passes that estimate the population statistics', wholeNumber, 3)
    .option(
      '--patience <n>',
      'validations without improvement after which the rate is halved',
      wholeNumber,
      5,
    )
    .option('--give-up <n>', 'validations without improvement after which training ends', wholeNumber, 25)
    .option('--minutes <n>', 'end after this time', number)
    .option('--threads <n>', 'threads of WebAssembly', wholeNumber, 1)
    .option('--samples <folder>', 'a piano roll of a sample after each validation')
    .option('--model <file>', 'at the end, the averaged model with weights of 8 bits')
    .addOption(
      new Option('--executor <name>', 'where it runs').choices(['wasm', 'tensorflow']).default('wasm'),
    )
    .action((flags: Flags) => interruptible((signal) => run(flags, signal)));
}
