/** What a run takes place in: versions, executor, machine. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { defaultExecutor } from '@descant/tensor-ops';
import type { RunDescription } from '../results/schema.ts';

/** The version of this package. Sources and built files both lie one or two folders below its manifest. */
export function ownVersion(): string {
  return manifestVersion(createRequire(import.meta.url).resolve('descant/package.json'));
}

/** The versions of everything that numbers depend on. */
function versions(): Record<string, string> {
  const require = createRequire(import.meta.url);
  const names = ['descant', '@descant/autodiff-games', '@descant/tensor-ops'];
  return Object.fromEntries(
    names.map((name) => [name, manifestVersion(require.resolve(`${name}/package.json`))]),
  );
}

function manifestVersion(path: string): string {
  const { version }: { version: string } = JSON.parse(readFileSync(path, 'utf8'));
  return version;
}

/** The part of config.json that describes where a run takes place. */
export function describeEnvironment(): Pick<RunDescription, 'versions' | 'executor' | 'node' | 'platform'> {
  return {
    versions: versions(),
    executor: defaultExecutor().name,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
  };
}
