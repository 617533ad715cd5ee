import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { changesetsWithoutNumerics } from '../scripts/guards/changesets.ts';
import { dependencyBreaches } from '../scripts/guards/dependency-direction.ts';
import { undocumentedFunctions } from '../scripts/guards/docstrings.ts';
import { longFiles } from '../scripts/guards/line-count.ts';
import { temporaryFolder } from '../scripts/lib/temporary.ts';
import { repositoryRoot, type WorkspacePackage, workspacePackages } from '../scripts/lib/workspace.ts';

const packages = workspacePackages();

describe('dependencies point one way', () => {
  test('in this repository', () => {
    expect(packages.map(({ manifest }) => manifest.name)).toContain('@descant/tensor-ops');
    expect(dependencyBreaches(packages)).toEqual([]);
  });

  test('a manifest, an import, a type import, a path and an unknown package are each caught', () => {
    const root = temporaryFolder({
      'low/src/index.ts': "import type { High } from 'high/deep';\nexport const x = import('high');\n",
      'low/src/nested/a.ts': "export * from '../../../high/src/index.ts';\nimport './b.ts';\n",
    });
    const low: WorkspacePackage = {
      directory: join(root, 'low'),
      manifest: { name: 'low', version: '0.0.0', devDependencies: { high: 'workspace:^' } },
    };
    const high: WorkspacePackage = {
      directory: join(root, 'high'),
      manifest: { name: 'high', version: '0.0.0', dependencies: { low: 'workspace:^' } },
    };
    const stray: WorkspacePackage = {
      directory: join(root, 'stray'),
      manifest: { name: 'stray', version: '0.0.0' },
    };
    const messages = dependencyBreaches([low, high, stray], { low: [], high: ['low'] });
    expect(messages.map((message) => message.replace(/^.*\/low\//, 'low/'))).toEqual([
      'low: package.json depends on high',
      'low/src/index.ts: imports high/deep',
      'low/src/index.ts: imports high',
      'low/src/nested/a.ts: imports ../../../high/src/index.ts, outside its package',
      'stray: has no row in allowedDependencies',
    ]);
  });
});

describe('no source file is longer than 400 lines', () => {
  test('in this repository', () => {
    expect(longFiles(repositoryRoot, 400)).toEqual([]);
  });

  test('401 lines are caught, 400 are not', () => {
    const folder = temporaryFolder({
      'src/long.ts': '// line\n'.repeat(401),
      'src/right.ts': '// line\n'.repeat(400),
      'dist/long.js': '// line\n'.repeat(999),
    });
    expect(longFiles(folder, 400)).toEqual([expect.stringMatching(/src\/long\.ts: 401 lines$/)]);
  });
});

describe('every exported function has a docstring with an example', () => {
  const documented = packages.filter(({ manifest }) => manifest.exports !== undefined);

  test.each(documented)('$manifest.name', ({ directory, manifest }) => {
    const entries = Object.values(manifest.exports!).flatMap((target) =>
      typeof target === 'string' ? [] : [resolve(directory, target['@descant/source']!)],
    );
    expect(entries.filter((entry) => !existsSync(entry))).toEqual([]);
    expect(undocumentedFunctions(entries)).toEqual([]);
  });

  test('functions without description, without example or hidden in a namespace are caught', () => {
    const folder = temporaryFolder({
      'index.ts': [
        "export { good, bare, wordy } from './parts.ts';",
        "export * as inner from './inner.ts';",
        '/** A number needs no example. */',
        'export const three = 3;',
      ].join('\n'),
      'parts.ts': [
        '/**',
        ' * Adds one.',
        ' *',
        ' * @example',
        ' * ```ts',
        ' * good(1); // => 2',
        ' * ```',
        ' */',
        'export function good(x: number): number { return x + 1; }',
        'export const bare = (x: number): number => x;',
        '/**',
        ' * Describes itself but shows nothing.',
        ' *',
        ' * @example wordy(1)',
        ' */',
        'export const wordy = (x: number): number => x;',
      ].join('\n'),
      'inner.ts': '/** Is a function. */\nexport function hidden(): void {}\n',
    });
    const found = undocumentedFunctions([join(folder, 'index.ts')]).map((line) => line.replace(/^.*\//, ''));
    expect(found).toEqual([
      'parts.ts:10: bare has no description',
      'parts.ts:16: wordy has no `@example` with a ```ts block',
      'inner.ts:2: hidden has no `@example` with a ```ts block',
    ]);
  });
});

describe('every changeset has a line "Numerics:"', () => {
  test('in this repository', () => {
    expect(changesetsWithoutNumerics(join(repositoryRoot, '.changeset'))).toEqual([]);
  });

  test('a changeset without the line or with an empty one is caught', () => {
    const folder = temporaryFolder({
      'right.md': '---\na: patch\n---\n\nText.\n\nNumerics: none.\n',
      'absent.md': '---\na: patch\n---\n\nText about Numerics: none.\n',
      'empty.md': '---\na: patch\n---\n\nNumerics:\n',
      'config.json': '{}',
    });
    expect(changesetsWithoutNumerics(folder)).toEqual(['absent.md', 'empty.md']);
  });
});
