import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import ts from 'typescript';
import { displayPath, sourceFiles, type WorkspacePackage } from '../lib/workspace.ts';

/** What each package may depend on. A new package needs a row here. */
const allowedDependencies: Readonly<Record<string, readonly string[]>> = {
  '@descant/tensor-ops': [],
  '@descant/autodiff-games': ['@descant/tensor-ops'],
  '@descant/estimators': ['@descant/tensor-ops'],
  '@descant/uoro': ['@descant/tensor-ops'],
  '@descant/coconet': ['@descant/tensor-ops'],
  '@descant/envs': ['@descant/tensor-ops'],
  '@descant/marl-algos': [
    '@descant/tensor-ops',
    '@descant/autodiff-games',
    '@descant/envs',
    '@descant/estimators',
  ],
  descant: [
    '@descant/tensor-ops',
    '@descant/autodiff-games',
    '@descant/coconet',
    '@descant/envs',
    '@descant/estimators',
    '@descant/marl-algos',
    '@descant/uoro',
  ],
  '@descant/bench': [
    '@descant/tensor-ops',
    '@descant/autodiff-games',
    '@descant/envs',
    '@descant/coconet',
    '@descant/marl-algos',
    '@descant/uoro',
  ],
};

/** Every breach of the one-way dependency rule, in manifests and in the sources' imports. */
export function dependencyBreaches(
  packages: readonly WorkspacePackage[],
  allowed: Readonly<Record<string, readonly string[]>> = allowedDependencies,
): string[] {
  const names = new Set(packages.map(({ manifest }) => manifest.name));
  return packages.flatMap(({ directory, manifest }) => {
    const row = allowed[manifest.name];
    if (row === undefined) return [`${manifest.name}: has no row in allowedDependencies`];
    const permitted = new Set([...row, manifest.name]);
    const forbidden = (target: string) => names.has(target) && !permitted.has(target);
    const declared = {
      ...manifest.dependencies,
      ...manifest.devDependencies,
      ...manifest.peerDependencies,
      ...manifest.optionalDependencies,
    };
    const inManifest = Object.keys(declared)
      .filter(forbidden)
      .map((target) => `${manifest.name}: package.json depends on ${target}`);
    const inSource = sourceFiles(resolve(directory, 'src'), ['.ts']).flatMap((file) =>
      importedModules(file).flatMap((specifier) => {
        if (specifier.startsWith('.')) {
          const inside = relative(directory, resolve(dirname(file), specifier));
          return inside.startsWith('..')
            ? [`${displayPath(file)}: imports ${specifier}, outside its package`]
            : [];
        }
        return forbidden(packageOf(specifier)) ? [`${displayPath(file)}: imports ${specifier}`] : [];
      }),
    );
    return [...inManifest, ...inSource];
  });
}

function importedModules(file: string): string[] {
  return ts
    .preProcessFile(readFileSync(file, 'utf8'), true, true)
    .importedFiles.map((entry) => entry.fileName);
}

/** `@scope/name/sub/path` and `name/sub/path` without the sub-path. */
function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}
