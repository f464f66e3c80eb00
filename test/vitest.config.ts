import { defineConfig } from 'vitest/config';
import { summaryReporter } from './helpers/summary-reporter.ts';

const NEVER = ['test/bench/**', 'test/tools/**'];

/** Tests that start processes: each file in a small process of its own, because a large one takes long to fork. */
const WITH_PROCESSES = ['test/{app,cli,contract,flow,kube,leadership,manifests,writers}/**/*.test.ts'];

// oxlint-disable-next-line import/no-default-export -- vitest reads nothing else
export default defineConfig({
  test: {
    globalSetup: ['test/helpers/global-setup.ts'],
    reporters: ['default', summaryReporter],
    pool: 'forks',
    maxWorkers: 2,
    // Far more than any test takes: what fails for lack of time on a busy machine tells nothing.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: 'processes', include: WITH_PROCESSES, exclude: NEVER } },
      {
        extends: true,
        // Loading every module anew for each file takes longer than these tests.
        test: {
          name: 'plain',
          include: ['test/**/*.test.ts'],
          exclude: [...NEVER, ...WITH_PROCESSES],
          isolate: false,
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'html'],
      reportsDirectory: 'coverage',
    },
  },
});
