/** `npm run bench -- tensor-ops [options]`, `npm run bench -- envs`, `npm run bench -- uoro`, `npm run bench -- memory`, `npm run bench -- setup-peers`. */
import { renameSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { measureCoconet } from './coconet/report.ts';
import { printEnvsReport } from './envs/print.ts';
import { measureEnvs } from './envs/suite.ts';
import { Disagreement } from './harness/agreement.ts';
import { measureMarl } from './marl/suite.ts';
import { measureMemoryOfW3 } from './memory/report.ts';
import { setUpPeers } from './peers.ts';
import type { Definition } from './tensor-ops/definition.ts';
import { networks } from './tensor-ops/networks.ts';
import { printReport } from './tensor-ops/print.ts';
import { measureTensorOps } from './tensor-ops/suite.ts';
import { w1 } from './tensor-ops/w1-definition.ts';
import { measureUoro } from './uoro/suite.ts';

const USAGE = `npm run bench -- tensor-ops    @descant/tensor-ops beside PyTorch and JAX
  --json FILE         write all measurements to FILE
  --rounds N          interleaved rounds (default 9)
  --milliseconds N    time of each measurement (default 200)
  --only NAMES        these cases of the networks alone, e.g. W2,W3,LSTM
npm run bench -- envs          @descant/envs: steps per second, beside JAX; the same options but for --only
npm run bench -- coconet       a training step and a forward pass beside PyTorch, and harmonising; --rounds N, --milliseconds N
npm run bench -- uoro          online gradients of an LSTM beside PyTorch; --rounds N, --milliseconds N
npm run bench -- marl          coin game plays by two GRU policies beside PyTorch and JAX, an update of LOLA-DiCE; the same options as uoro
npm run bench -- memory        10,000 steps of W3: heap and WebAssembly memory must not grow (a minute)
npm run bench -- setup-peers   install PyTorch and JAX for the comparison`;

/** Time to run before the first measurement of a case: V8 optimises meanwhile. */
const WARM_MILLISECONDS = 300;

/** Suites whose report is text, with a verdict on their bars. */
const WITH_BARS: Readonly<Record<string, typeof measureUoro>> = {
  coconet: measureCoconet,
  marl: measureMarl,
  uoro: measureUoro,
};

/** The command line is not one of those in `USAGE`. */
class UsageError extends Error {}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        json: { type: 'string' },
        rounds: { type: 'string', default: '9' },
        milliseconds: { type: 'string', default: '200' },
        only: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new UsageError(`bench: --${option} must be a positive whole number; got "${text}"`);
}

/** The workloads, or the named cases of the networks. */
function chosen(only: string | undefined): readonly Definition[] {
  if (only === undefined) return [w1, networks];
  const names = only.split(',');
  const cases = networks.cases().filter(({ parameters }) => names.includes(String(parameters.workload)));
  if (cases.length !== names.length)
    throw new UsageError(`bench: --only must name cases of the networks; got "${only}"`);
  return [{ ...networks, cases: () => cases }];
}

async function main(): Promise<void> {
  const { values, positionals } = readArguments();
  const command = positionals.join(' ');
  if (command === 'setup-peers') {
    process.exitCode = setUpPeers() ? 0 : 1;
  } else if (command === 'memory') {
    const { text, reached } = await measureMemoryOfW3();
    console.log(text);
    process.exitCode = reached ? 0 : 1;
  } else if (command === 'tensor-ops' || command === 'envs' || command in WITH_BARS) {
    const timing = {
      rounds: positive('rounds', values.rounds),
      milliseconds: positive('milliseconds', values.milliseconds),
      warmMilliseconds: WARM_MILLISECONDS,
    };
    const tell = (line: string) => console.error(line);
    const measure = WITH_BARS[command];
    if (measure !== undefined) {
      const { text, reached } = await measure(timing, tell);
      console.log(text);
      process.exitCode = reached ? 0 : 1;
      return;
    }
    if (command === 'envs') {
      const report = await measureEnvs(timing, tell);
      if (values.json !== undefined) writeJson(values.json, report);
      console.log(printEnvsReport(report));
      return;
    }
    const report = await measureTensorOps(timing, tell, chosen(values.only));
    if (values.json !== undefined) writeJson(values.json, report);
    console.log(printReport(report));
  } else {
    throw new UsageError(
      `bench: the command must be tensor-ops, envs, coconet, uoro, marl, memory or setup-peers; got "${command}"`,
    );
  }
}

/** Paths are relative to where npm was called, not to this package. */
function writeJson(file: string, report: unknown): void {
  const path = resolve(process.env.INIT_CWD ?? '.', file);
  writeFileSync(`${path}.partial`, `${JSON.stringify(report, null, 2)}\n`);
  renameSync(`${path}.partial`, path);
}

try {
  await main();
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exitCode = 2;
  } else if (error instanceof Disagreement) {
    console.error(error.message);
    process.exitCode = 1;
  } else throw error;
}
