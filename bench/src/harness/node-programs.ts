/** Versions of Node to measure with, and our own programs made ready for them. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { build } from 'esbuild';
import { cacheFolder } from './cache-folder.ts';

/**
 * A Node of the given major version: this one, one on PATH, or the npm package `node`, which is installed into
 * the user's cache folder when it is not there yet. Undefined when npm cannot install it.
 */
export function findNode(major: number): string | undefined {
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'node'));
  const home = cacheFolder(`node-${major}`);
  const fetched = join(home, 'node_modules', 'node', 'bin', 'node');
  const candidates = [process.execPath, ...onPath, fetched];
  const found = candidates.find((program) => hasMajor(program, major));
  if (found !== undefined) return found;
  mkdirSync(home, { recursive: true });
  try {
    const options = ['--no-audit', '--no-fund', '--prefix', home];
    execFileSync('npm', ['install', ...options, `node@${major}`], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  return hasMajor(fetched, major) ? fetched : undefined;
}

function hasMajor(program: string, major: number): boolean {
  if (!existsSync(program)) return false;
  return execFileSync(program, ['--version'], { encoding: 'utf8' }).startsWith(`v${major}.`);
}

/** Bundles a TypeScript program with the packages' sources into one file that every supported Node runs. */
export async function bundleProgram(source: string, target: string): Promise<void> {
  await build({
    entryPoints: [source],
    outfile: target,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@descant/source'],
    logLevel: 'silent',
  });
}
