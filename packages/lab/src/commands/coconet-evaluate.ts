/** `descant coconet evaluate`: framewise likelihoods of a model or a baseline. */
import {
  type Conditioning,
  type Corpus,
  estimateFramewiseNll,
  type FrameOrder,
  type FramewiseResult,
  framewiseNll,
  type Nll,
  type Resolution,
} from '@descant/coconet';
import { loadChorales } from '@descant/coconet/node';
import { key, setThreads } from '@descant/tensor-ops';
import { type Command, Option } from 'commander';
import { BASELINES, type BaselineName } from '../music/baselines.ts';
import { conditionalsFrom } from '../music/model.ts';
import { interruptible, showProgress } from '../music/perform.ts';
import type { WholeNumber } from './compose.ts';

interface Flags {
  readonly model?: string;
  readonly data?: string;
  readonly baseline?: BaselineName;
  readonly split: keyof Corpus;
  readonly resolution: Resolution;
  readonly order: FrameOrder;
  readonly orderings: number;
  readonly conditioning: Conditioning;
  readonly frames: number;
  readonly uniform?: true;
  readonly exhaustive?: true;
  readonly seed: number;
  readonly json?: true;
  readonly threads: number;
}

const show = ({ mean, standardError }: Nll): string => `${mean.toFixed(3)} ± ${standardError.toFixed(3)}`;

function table({ single, ensemble, orderings, n }: FramewiseResult): string {
  const lines = [`M = 1   ${show(single)}`, `M = ${orderings}   ${show(ensemble)}`];
  return `${(orderings === 1 ? lines.slice(0, 1) : lines).join('\n')}\nnats for each frame, ${n} frames`;
}

/** Adds `evaluate` to `descant coconet`. */
export function addEvaluateCommand(coconet: Command, wholeNumber: WholeNumber): void {
  coconet
    .command('evaluate')
    .description('framewise negative log-likelihood on the chorales')
    .option('--model <file>', 'a model of your own; default: the one of @descant/coconet')
    .addOption(new Option('--baseline <name>', 'a baseline in its place').choices(Object.keys(BASELINES)))
    .option('--data <file>', 'corpus; default: that of DESCANT_CHORALES, or a download')
    .addOption(new Option('--split <name>', 'scores').choices(['train', 'valid', 'test']).default('test'))
    .addOption(
      new Option('--resolution <name>', 'steps')
        .choices(['quarter', 'eighth', 'sixteenth'])
        .default('sixteenth'),
    )
    .addOption(
      new Option('--order <name>', 'of the frames').choices(['random', 'chronological']).default('random'),
    )
    .option('--orderings <n>', 'M', wholeNumber, 5)
    .addOption(
      new Option('--conditioning <name>', 'what a voice sees of those before it in its frame')
        .choices(['sampled', 'argmax', 'teacherForced'])
        .default('sampled'),
    )
    .option('--frames <n>', 'frames drawn, from strata by the loss of a Markov chain', wholeNumber, 500)
    .option('--uniform', 'frames drawn uniformly, with replacement: larger standard errors')
    .option('--exhaustive', 'every frame; takes hours')
    .option('--seed <n>', 'seed of all random numbers', wholeNumber, 0)
    .option('--json', 'print JSON')
    .option('--threads <n>', 'threads of WebAssembly', wholeNumber, 1)
    .action(async (flags: Flags) => {
      const { model, data, baseline, split, resolution, frames, uniform, exhaustive, seed, json } = flags;
      await setThreads(flags.threads);
      const corpus = await loadChorales({ resolution, ...(data === undefined ? {} : { path: data }) });
      const conditionals =
        baseline === undefined ? await conditionalsFrom(model) : BASELINES[baseline](corpus.train);
      const { order, orderings, conditioning } = flags;
      const scores = corpus[split];
      const total = orderings * (exhaustive ? scores.flat().length : frames);
      const result = await interruptible((signal) => {
        const onProgress = (done: number) => showProgress(`${done} of ${total} predictions of a frame`);
        const options = { key: key(seed), order, orderings, conditioning, signal, onProgress };
        return exhaustive
          ? framewiseNll(conditionals, scores, options)
          : estimateFramewiseNll(conditionals, scores, {
              ...options,
              frames,
              ...(uniform ? {} : { stratifyBy: BASELINES.markov(corpus.train) }),
            });
      });
      showProgress('');
      console.log(
        json ? JSON.stringify({ order, conditioning, resolution, split, seed, ...result }) : table(result),
      );
    });
}
