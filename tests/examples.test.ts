import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { compileExample } from '../scripts/examples/compile.ts';
import {
  type Example,
  examplesInMarkdown,
  examplesInSource,
  packageExamples,
} from '../scripts/examples/extract.ts';
import { typeErrors } from '../scripts/guards/docstrings.ts';
import { temporaryFolder } from '../scripts/lib/temporary.ts';
import { repositoryRoot, workspacePackages } from '../scripts/lib/workspace.ts';

const runtime = resolve(repositoryRoot, 'scripts/examples/expect-value.ts');

/** Writes an example as a module and runs it. */
function run(example: Example, folder: string, name: string): Promise<unknown> {
  const path = join(folder, name);
  writeFileSync(path, compileExample(example, runtime));
  return import(path);
}

/** Where examples come from, and the folder in which their imports of packages resolve. */
const origins = [
  ...workspacePackages()
    .filter(({ manifest }) => !manifest.private)
    .map(({ directory, manifest }) => ({ name: manifest.name, from: directory, base: directory })),
  { name: 'the repository', from: repositoryRoot, base: join(repositoryRoot, 'packages/lab') },
];

for (const { name, from, base } of origins) {
  const folder = join(base, '.examples', name);
  const examples = packageExamples(from).map((example, index) => ({ ...example, index }));

  describe(`examples of ${name}`, () => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    test('there is one in the README', () => {
      expect(examples[0]?.file).toMatch(/README\.md$/);
    });

    for (const example of examples) {
      test(`${example.file}:${example.line}`, async () => {
        await run(example, folder, `example-${example.index}.ts`);
      });
    }

    test('have no type errors', { timeout: 120_000 }, () => {
      const files = examples.map((example) => {
        const path = join(folder, `typed-${example.index}.ts`);
        writeFileSync(path, compileExample(example, runtime));
        return path;
      });
      const origin = (message: string) =>
        message.replace(/^.*\/typed-(\d+)\.ts:(\d+)/, (_, index, line) => {
          const example = examples[Number(index)]!;
          return `${example.file}:${example.line + Number(line) - 1}`;
        });
      expect(typeErrors(files).map(origin)).toEqual([]);
    });
  });
}

describe('the example runner', () => {
  const folder = temporaryFolder();
  let count = 0;
  const execute = (code: string) => run({ file: 'a.ts', line: 5, code }, folder, `case-${count++}.ts`);

  test.each([
    '1 + 1; // => 2',
    'console.log([1, [2.0000001]]); // => [1, [2]]',
    "const word: string = 'a' + 'b'; // => 'ab'",
    'const x = { a: 1, b: [true, null] };\nx;\n// => { a: 1, b: [true, null] }',
    '[0 / 0, -1 / 0, 1e-7]; // => [NaN, -Infinity, 0]',
    'await Promise.resolve(new Float32Array([1, 2])); // => [1, 2]',
    '({ toArray: () => [[1, 2]] }); // => [[1, 2]]',
    '({ item: () => -3 }); // => -3',
    '1797259609; // => 1797259609',
  ])('accepts %s', async (code) => {
    await execute(code);
  });

  test.each([
    ['\n1 + 1; // => 3', 'a.ts:6: the example states 3; got 2'],
    ['[1, [2.00001]]; // => [1, [2]]', 'a.ts:5: the example states [1, [2]]; got 2.00001 at [1][0]'],
    ['0.123456789; // => 0.12345678', 'a.ts:5: the example states 0.12345678; got 0.123456789'],
    ['1797259608; // => 1797259609', 'a.ts:5: the example states 1797259609; got 1797259608'],
    ["'ab'; // => 'ac'", `a.ts:5: the example states 'ac'; got "ab"`],
    ['Promise.resolve(2); // => 2', 'a.ts:5: the example states 2; got {}'],
    ['[1, 2]; // => [1]', 'a.ts:5: the example states [1]; got [1,2]'],
    ['({ a: 1, b: 2 }); // => { a: 1 }', 'a.ts:5: the example states { a: 1 }; got the keys ["a","b"]'],
    ['({ toArray: () => [1, 3] }); // => [1, 2]', 'a.ts:5: the example states [1, 2]; got 3 at [1]'],
    ["throw new Error('broken');", 'broken'],
  ])('rejects %s', async (code, message) => {
    await expect(execute(code)).rejects.toThrow(message);
  });

  test.each([
    ['// => 3', 'a.ts:5: "// =>" must follow an expression, a declaration or a console.log'],
    ['1; // => about one', 'a.ts:5: "// => about one" is not a literal value'],
    ['console.log(1, 2); // => 1', 'a.ts:5: "// =>" after console.log needs exactly one argument'],
    ['const [a] = [1]; // => 1', 'a.ts:5: "// =>" after a declaration needs one plain name'],
  ])('refuses %s', (code, message) => {
    expect(() => compileExample({ file: 'a.ts', line: 5, code }, runtime)).toThrow(message);
  });

  test('finds the fences of doc comments and of Markdown, and only the ts ones', () => {
    const source =
      'const a = 1;\n/**\n * Text.\n * @example\n * ```ts\n * f(1);\n *\n *   g();\n * ```\n */\nf();\n';
    expect(examplesInSource('f.ts', source)).toEqual([{ file: 'f.ts', line: 6, code: 'f(1);\n\n  g();' }]);
    const markdown = '# T\n```sh\nls\n```\n```ts\nx;\n```\n';
    expect(examplesInMarkdown('R.md', markdown)).toEqual([{ file: 'R.md', line: 6, code: 'x;' }]);
    expect(() => examplesInMarkdown('R.md', '```ts\nx;')).toThrow('R.md:1: the ```ts fence is never closed');
  });
});
