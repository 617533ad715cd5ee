import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCommand } from '../scripts/lib/command.ts';
import { temporaryFolder } from '../scripts/lib/temporary.ts';
import { countTests } from '../scripts/lib/vitest-report.ts';

const passing = { fullName: 'adds', status: 'passed', failureMessages: [] };
const failing = { fullName: 'multiplies', status: 'failed', failureMessages: ['expected 4'] };
const skipping = { fullName: 'divides', status: 'pending', failureMessages: [] };

function count(report: unknown, processSucceeded = true) {
  const folder = temporaryFolder({ 'r.json': typeof report === 'string' ? report : JSON.stringify(report) });
  return countTests(join(folder, 'r.json'), processSucceeded);
}

function file(status: string, ...assertionResults: object[]) {
  return { name: 'a.test.ts', status, message: 'cannot load', assertionResults };
}

describe('counting the tests of a vitest report', () => {
  test('passed, failed and skipped ones', () => {
    const testResults = [file('failed', passing, failing, skipping), file('passed', passing)];
    expect(count({ success: false, testResults }, false)).toEqual({
      passed: 2,
      failures: ['multiplies: expected 4'],
      skipped: ['divides'],
    });
  });

  test.each([
    ['a missing report', '', true, 'no report of the tests'],
    ['a truncated report', '{"success": true, "testRes', true, 'no report of the tests'],
    ['no tests at all', { success: true, testResults: [] }, true, 'no test ran'],
    ['only skipped tests', { success: true, testResults: [file('passed', skipping)] }, true, 'no test ran'],
    [
      'a file that does not load',
      { success: false, testResults: [file('failed'), file('passed', passing)] },
      false,
      'a.test.ts: cannot load',
    ],
    [
      'an unhandled error',
      { success: true, testResults: [file('passed', passing)] },
      false,
      'vitest reported an error outside the tests',
    ],
  ])('%s is a failure', (_, report, succeeded, message) => {
    expect(count(report, succeeded).failures).toEqual([expect.stringContaining(message)]);
  });
});

describe('running a program', () => {
  const node = (code: string, timeout?: number) =>
    runCommand(process.execPath, ['-e', code], timeout === undefined ? {} : { timeout });

  test('succeeds only on exit status 0', async () => {
    expect(await node('console.log(1); console.error(2)')).toMatchObject({ succeeded: true });
    expect(await node('process.exitCode = 3')).toMatchObject({ succeeded: false });
    expect(await node('process.kill(process.pid, "SIGKILL")')).toMatchObject({ succeeded: false });
    expect(await node('setTimeout(() => {}, 60000)', 200)).toMatchObject({ succeeded: false });
    const missing = await runCommand('no-such-program', []);
    expect(missing).toMatchObject({ succeeded: false, output: expect.stringContaining('ENOENT') });
  });
});
