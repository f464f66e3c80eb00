import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/** Counts of one run. What broke outside of a test (a file that does not load, an unhandled rejection) is a failure too. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Prints how long the run took, and `N passed, N failed` alone on the last line, for whoever reads only that one. */
export const summaryReporter: Reporter = {
  onTestRunEnd(modules, unhandledErrors) {
    process.stdout.write(`${wallTimeLine(process.uptime())}\n`);
    process.stdout.write(`${summaryLine(countTests(modules, unhandledErrors))}\n`);
  },
};

/** From the start of the process, in seconds: with all that is made ready before the first test. */
export function wallTimeLine(seconds: number): string {
  return `wall time of the suite on Node.js ${process.versions.node}: ${Math.round(seconds)} s`;
}

export function summaryLine({ passed, failed, skipped }: Counts): string {
  const line = `${passed} passed, ${failed} failed`;
  return skipped === 0 ? line : `${line}, ${skipped} skipped`;
}

function countTests(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): Counts {
  const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 };
  for (const module of modules) {
    for (const test of module.children.allTests()) counts[test.result().state] += 1;
    counts.failed += module.errors().length;
    for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
  }
  // Nothing ran, or a test never ended: that must not read as a clean run.
  const empty = counts.passed + counts.failed === 0 ? 1 : 0;
  return { passed: counts.passed, failed: counts.failed + counts.pending + empty, skipped: counts.skipped };
}
