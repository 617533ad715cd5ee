import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const cli = resolve(import.meta.dirname, '../../src/cli.ts');

/** A new empty folder holding the given files. */
export function temporaryFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'descant-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** Starts `descant` from the sources; with `terminal`, it takes its output streams for a terminal. */
export function startDescant(args: readonly string[], cwd: string, terminal = false): ChildProcess {
  const pretence = 'data:text/javascript,process.stdout.isTTY = process.stderr.isTTY = true';
  const flags = ['--conditions=@descant/source', ...(terminal ? ['--import', pretence] : [])];
  return spawn(process.execPath, [...flags, cli, ...args], { cwd });
}

/** Waits for a process to end. */
export function outcome(
  child: ChildProcess,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  return new Promise((done) => child.on('close', (code) => done({ code, stdout, stderr })));
}

/** Runs `descant` to its end. */
export const descant = (args: readonly string[], cwd = temporaryFolder()) => outcome(startDescant(args, cwd));

/** The only run in a folder of runs. */
export function onlyRun(folder: string): string {
  const runs = readdirSync(folder);
  if (runs.length !== 1) throw new Error(`expected one run in ${folder}; got ${runs.length}`);
  return join(folder, runs[0]);
}
