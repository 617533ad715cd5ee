/** Counts checks, and ends with the one line `N passed, N failed` that CI reads. */
export class Tally {
  passed = 0;
  failed = 0;

  /** One check: its name and verdict are printed, with what explains a failure. */
  check(name: string, succeeded: boolean, detail = ''): void {
    if (succeeded) this.passed += 1;
    else this.failed += 1;
    if (!succeeded && detail.trim() !== '') console.log(detail.trimEnd());
    console.log(`${succeeded ? 'ok  ' : 'FAIL'} ${name}`);
  }

  add(passed: number, failed: number): void {
    this.passed += passed;
    this.failed += failed;
  }

  /** Prints the last line. Nothing checked at all is a failure. */
  finish(): void {
    console.log(`${this.passed} passed, ${this.failed} failed`);
    process.exitCode = this.failed === 0 && this.passed > 0 ? 0 : 1;
  }
}
