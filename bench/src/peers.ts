/** The peers that packages are measured beside, where they are found, and how they are installed. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from './harness/cache-folder.ts';
import type { ParticipantCommand } from './harness/participant.ts';

const SET_UP = 'npm run bench -- setup-peers';
/** With the BLAS that Debian falls back to, PyTorch's products of matrices are ten times slower. */
const TORCH_PACKAGES = ['python3-torch', 'libopenblas0-pthread'];
const JAX_VERSION = '0.10.2';

/** How many threads a participant uses: read by numerical libraries when they start, and by our own scripts. */
export function threadEnvironment(threads: number): Readonly<Record<string, string>> {
  const names = ['DESCANT_BENCH_THREADS', 'OMP_NUM_THREADS', 'MKL_NUM_THREADS', 'OPENBLAS_NUM_THREADS'];
  return Object.fromEntries(names.map((name) => [name, String(threads)]));
}

/** A participant's name, with the number of threads where it is not one. */
export const threadedName = (name: string, threads: number): string =>
  threads === 1 ? name : `${name}, ${threads} threads`;

const jaxFolder = () => cacheFolder('jax');
const torchPython = () => process.env.DESCANT_TORCH_PYTHON || '/usr/bin/python3';
const jaxPython = () => process.env.DESCANT_JAX_PYTHON || join(jaxFolder(), 'bin', 'python');

/** PyTorch and JAX, each running its script for the workload. */
export function peers(workload: string, threads = 1): readonly ParticipantCommand[] {
  const script = (peer: string) => fileURLToPath(new URL(`../peers/${workload}_${peer}.py`, import.meta.url));
  return [
    {
      name: threadedName('PyTorch', threads),
      program: torchPython(),
      args: [script('torch')],
      env: threadEnvironment(threads),
      install: `${SET_UP} (Debian: apt-get install ${TORCH_PACKAGES.join(' ')}; elsewhere set DESCANT_TORCH_PYTHON to a python that imports torch)`,
    },
    {
      name: threadedName('JAX', threads),
      program: jaxPython(),
      args: [script('jax')],
      env: threadEnvironment(threads),
      install: `${SET_UP} (or set DESCANT_JAX_PYTHON to a python that imports jax)`,
    },
  ];
}

/** Installs the peers that are missing; returns whether all are there in the end. */
export function setUpPeers(): boolean {
  const installed = [
    ready(torchPython(), 'torch') || installTorch(),
    ready(jaxPython(), 'jax') || installJax(),
  ];
  return installed.every(Boolean);
}

function ready(python: string, module: string): boolean {
  const here = existsSync(python) && spawnSync(python, ['-c', `import ${module}`]).status === 0;
  if (here) console.log(`${module} is installed for ${python}`);
  return here;
}

function installTorch(): boolean {
  if (process.env.DESCANT_TORCH_PYTHON) {
    console.error(`DESCANT_TORCH_PYTHON = ${torchPython()} does not import torch; install it there`);
    return false;
  }
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    console.error(
      'torch: needs Debian and root; run: apt-get update && apt-get install ' + TORCH_PACKAGES.join(' '),
    );
    return false;
  }
  return (
    attempt('apt-get', ['update', '-q']) &&
    attempt('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...TORCH_PACKAGES]) &&
    ready(torchPython(), 'torch')
  );
}

function installJax(): boolean {
  if (process.env.DESCANT_JAX_PYTHON) {
    console.error(`DESCANT_JAX_PYTHON = ${jaxPython()} does not import jax; install it there`);
    return false;
  }
  return (
    attempt('python3', ['-m', 'venv', jaxFolder()]) &&
    attempt(jaxPython(), ['-m', 'pip', 'install', '-q', `jax==${JAX_VERSION}`]) &&
    ready(jaxPython(), 'jax')
  );
}

function attempt(program: string, args: readonly string[]): boolean {
  console.log(`> ${program} ${args.join(' ')}`);
  const { status, error } = spawnSync(program, args, {
    stdio: 'inherit',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (status !== 0) console.error(`${program} failed: ${error?.message ?? `exit status ${status}`}`);
  return status === 0;
}
