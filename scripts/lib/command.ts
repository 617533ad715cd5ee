import { spawn } from 'node:child_process';
import { repositoryRoot } from './workspace.ts';

export interface CommandResult {
  readonly succeeded: boolean;
  /** Standard output and standard error, as they came. */
  readonly output: string;
}

/**
 * Runs a program to its end. A program that cannot be started, is killed, exceeds its time or exits
 * with another status than 0 has not succeeded.
 */
export function runCommand(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; timeout?: number; show?: boolean } = {},
): Promise<CommandResult> {
  const { cwd = repositoryRoot, env = {}, timeout = 600_000, show = false } = options;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
      timeout,
    });
    let output = '';
    for (const [stream, target] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ] as const) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        output += text;
        if (show) target.write(text);
      });
    }
    child.on('error', (error) => resolve({ succeeded: false, output: `${output}${error.message}\n` }));
    child.on('close', (status, signal) => {
      const end = signal === null ? '' : `${program} was ended by ${signal}\n`;
      resolve({ succeeded: status === 0, output: output + end });
    });
  });
}
