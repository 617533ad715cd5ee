import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';

export const repositoryRoot = resolve(import.meta.dirname, '../..');

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface WorkspacePackage {
  readonly directory: string;
  readonly manifest: Manifest;
}

/** The packages named by pnpm-workspace.yaml: packages/*, apps/* and bench, in alphabetical order. */
export function workspacePackages(root = repositoryRoot): WorkspacePackage[] {
  const groups = ['packages', 'apps'].map((name) => join(root, name)).filter((path) => existsSync(path));
  const directories = groups.flatMap((group) => readdirSync(group).map((name) => join(group, name)));
  return [...directories, join(root, 'bench')]
    .filter((directory) => existsSync(join(directory, 'package.json')))
    .map((directory) => ({ directory, manifest: readManifest(directory) }));
}

export function readManifest(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest;
}

const generated = new Set(['node_modules', 'dist', 'coverage', 'runs', 'docs']);

/** Every hand-written file below a directory whose name ends in one of the given extensions. */
export function sourceFiles(directory: string, extensions: readonly string[]): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      if (generated.has(entry.name) || entry.name.startsWith('.')) return [];
      const path = join(directory, entry.name);
      if (entry.isDirectory()) return sourceFiles(path, extensions);
      return extensions.some((extension) => entry.name.endsWith(extension)) ? [path] : [];
    });
}

/** A path as reports print it: relative to the repository, with forward slashes. */
export function displayPath(path: string, root = repositoryRoot): string {
  return relative(root, path).split(sep).join('/');
}
