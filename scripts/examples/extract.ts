import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { displayPath, sourceFiles } from '../lib/workspace.ts';

export interface Example {
  /** Path relative to the repository, for messages. */
  readonly file: string;
  /** Line of the file on which the code begins, counted from 1. */
  readonly line: number;
  readonly code: string;
}

/** Every ```ts fence of Markdown text. */
export function examplesInMarkdown(file: string, text: string): Example[] {
  return fences(file, text.split('\n'), 1);
}

/** Every ```ts fence in the doc comments of TypeScript text. */
export function examplesInSource(file: string, text: string): Example[] {
  return [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap((comment) => {
    const firstLine = text.slice(0, comment.index).split('\n').length;
    const lines = comment[0].split('\n').map((line) => line.replace(/^\s*\*(?!\/) ?/, ''));
    return fences(file, lines, firstLine);
  });
}

/** The examples of one package: its README first, then its sources. */
export function packageExamples(directory: string): Example[] {
  const read = (path: string) => [displayPath(path), readFileSync(path, 'utf8')] as const;
  const markdown = sourceFiles(directory, ['README.md']).filter(
    (path) => path === join(directory, 'README.md'),
  );
  return [
    ...markdown.flatMap((path) => examplesInMarkdown(...read(path))),
    ...sourceFiles(join(directory, 'src'), ['.ts']).flatMap((path) => examplesInSource(...read(path))),
  ];
}

function fences(file: string, lines: readonly string[], firstLine: number): Example[] {
  const found: Example[] = [];
  let open: number | undefined;
  lines.forEach((line, index) => {
    if (open === undefined) {
      if (/^\s*```ts\s*$/.test(line)) open = index;
    } else if (/^\s*```\s*$/.test(line)) {
      found.push({
        file,
        line: firstLine + open + 1,
        code: lines.slice(open + 1, index).join('\n'),
      });
      open = undefined;
    }
  });
  if (open !== undefined) throw new Error(`${file}:${firstLine + open}: the \`\`\`ts fence is never closed`);
  return found;
}
