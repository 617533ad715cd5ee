// turbo with its telemetry switched off, on any operating system; arguments and exit status pass through.
import { spawnSync } from 'node:child_process';

const { status, error } = spawnSync('turbo', process.argv.slice(2), {
  stdio: 'inherit',
  env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1' },
  shell: process.platform === 'win32',
});
if (error !== undefined) console.error(error.message);
process.exitCode = status ?? 1;
