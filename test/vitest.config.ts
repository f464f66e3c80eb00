import { defineConfig } from 'vitest/config';
import { summaryReporter } from './helpers/summary-reporter.ts';

// oxlint-disable-next-line import/no-default-export -- vitest reads nothing else
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/bench/**', 'test/tools/**'],
    globalSetup: ['test/helpers/global-setup.ts'],
    reporters: ['default', summaryReporter],
    pool: 'forks',
    // Loading every module anew for each file is a third of the time; what a file changes of the process it puts back.
    isolate: false,
    maxWorkers: 2,
    // Far more than any test takes: what fails for lack of time on a busy machine tells nothing.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'html'],
      reportsDirectory: 'coverage',
    },
  },
});
