// Runs the tests of the tensorflow executor on TensorFlow itself: builds the binding of
// @tensorflow/tfjs-node, whose own installation fetches libtensorflow from elsewhere, against the
// libtensorflow of PyPI's tensorflow-cpu wheel. Where that cannot be had, says why and ends well.
// The last line printed is `N passed, N failed`.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './lib/command.ts';
import { Tally } from './lib/tally.ts';
import { temporaryFolder } from './lib/temporary.ts';
import { countTests } from './lib/vitest-report.ts';
import { repositoryRoot } from './lib/workspace.ts';

const TFJS_NODE = '@tensorflow/tfjs-node@4.22.0';
const NODE_HEADERS = 'node-api-headers@1.5.0';
/** Its C interface is the one that tfjs-node 4.22 was written for, and more. */
const WHEEL = 'tensorflow-cpu==2.15.1';
const WHEEL_PLATFORM = ['--python-version', '3.11', '--platform', 'manylinux2014_x86_64'];
const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

/** Unpacks the libraries and the C headers of the wheel, the first argument, into the second. */
const UNPACK = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    wanted = [n for n in wheel.namelist() if n.startswith('tensorflow/libtensorflow') or
              (n.startswith('tensorflow/include/') and n.endswith('.h') and
               ('/tensorflow/c/' in n or '/platform/' in n or '/tsl/c/' in n))]
    wheel.extractall(sys.argv[2], wanted)
`;

const packageFolder = join(repositoryRoot, 'packages/tensor-ops');
const link = join(packageFolder, 'node_modules/@tensorflow/tfjs-node');
const tally = new Tally();
const folder = temporaryFolder({ 'package.json': '{ "private": true }\n' });
try {
  const problem = await fetchAll();
  if (problem === undefined) {
    await buildBinding();
    await runTests();
    tally.finish();
  } else {
    console.log(`skipped: the tests on tfjs-node: ${problem}`);
    console.log('0 passed, 0 failed');
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Fetches the package, the headers and the wheel; the reason why that is impossible, if it is. */
async function fetchAll(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'the wheel is for Linux on x64';
  if (existsSync(link)) return `${link} is there already, so that the ordinary tests run on it`;
  if (!(await runCommand('g++', ['--version'])).succeeded) return 'g++ is not installed';
  const commands: readonly (readonly [string, readonly string[]])[] = [
    ['npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', TFJS_NODE, NODE_HEADERS]],
    [
      'python3',
      ['-m', 'pip', 'download', '-q', '--no-deps', '--only-binary=:all:', ...WHEEL_PLATFORM, WHEEL],
    ],
  ];
  for (const [program, args] of commands) {
    const { succeeded, output } = await runCommand(program, args, { cwd: folder });
    if (!succeeded) return `${program} cannot fetch ${args.at(-1)}: ${output.trim().split('\n').at(-1)}`;
  }
  return undefined;
}

async function buildBinding(): Promise<void> {
  const wheel = readdirSync(folder).find((name) => name.endsWith('.whl')) ?? '';
  const unpacked = await runCommand('python3', ['-c', UNPACK, wheel, '.'], { cwd: folder });
  tally.check('the wheel unpacks', unpacked.succeeded, unpacked.output);
  const home = join(folder, 'node_modules/@tensorflow/tfjs-node');
  const libraries = join(folder, 'tensorflow');
  const output = join(home, 'lib/napi-v8');
  mkdirSync(output, { recursive: true });
  const built = await runCommand('g++', [
    ...['-shared', '-fPIC', '-O2', '-std=c++17', '-DNAPI_VERSION=8'],
    ...[join(folder, 'node_modules/node-api-headers/include'), home, join(libraries, 'include')].map(
      (i) => `-I${i}`,
    ),
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(home, 'binding', name)),
    ...['-o', join(output, 'tfjs_binding.node'), `-L${libraries}`, `-Wl,-rpath,${libraries}`],
    ...LIBRARIES.map((name) => `-l:${name}`),
  ]);
  tally.check(`the binding of ${TFJS_NODE} builds against ${WHEEL}`, built.succeeded, built.output);
}

async function runTests(): Promise<void> {
  const report = join(folder, 'report.json');
  symlinkSync(join(folder, 'node_modules/@tensorflow/tfjs-node'), link);
  try {
    const args = ['run', 'tests/tensorflow', `--outputFile.json=${report}`];
    const { succeeded, output } = await runCommand('vitest', args, { cwd: packageFolder });
    const { passed, failures } = countTests(report, succeeded);
    tally.add(passed, failures.length);
    for (const failure of failures) console.log(failure);
    const ran = existsSync(report) && readFileSync(report, 'utf8').includes('tensorflow (tensorflow)');
    tally.check('the tests ran on TensorFlow', ran, output);
  } finally {
    rmSync(link);
  }
}
