import { readFileSync } from 'node:fs';

interface VitestReport {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[] | null;
    }[];
  }[];
}

export interface TestCounts {
  readonly passed: number;
  readonly failures: readonly string[];
  readonly skipped: readonly string[];
}

/**
 * What a run of vitest amounted to, from its JSON report and from whether the process succeeded. A
 * missing or unreadable report, a run without tests, a file that does not load and an error outside
 * the tests each count as a failure.
 */
export function countTests(reportPath: string, processSucceeded: boolean): TestCounts {
  let report: VitestReport;
  try {
    report = JSON.parse(readFileSync(reportPath, 'utf8')) as VitestReport;
  } catch (error) {
    return { passed: 0, failures: [`no report of the tests: ${(error as Error).message}`], skipped: [] };
  }
  const failures: string[] = [];
  const skipped: string[] = [];
  let passed = 0;
  for (const file of report.testResults) {
    const before = failures.length;
    for (const result of file.assertionResults) {
      if (result.status === 'passed') passed += 1;
      else if (result.status === 'failed')
        failures.push(`${result.fullName}: ${result.failureMessages?.[0]}`);
      else skipped.push(result.fullName);
    }
    if (file.status !== 'passed' && failures.length === before)
      failures.push(`${file.name}: ${file.message}`);
  }
  if (passed === 0 && failures.length === 0) failures.push('no test ran');
  if (failures.length === 0 && !(report.success && processSucceeded)) {
    failures.push('vitest reported an error outside the tests');
  }
  return { passed, failures, skipped };
}
