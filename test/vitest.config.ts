import { defineConfig } from 'vitest/config';
import { SlowestFirst } from './helpers/slowest-first.ts';
import { summaryReporter } from './helpers/summary-reporter.ts';

const NEVER = ['test/bench/**', 'test/tools/**'];

/**
 * Folders whose tests share their workers, and with them the modules that were loaded: loading all of them anew
 * for each file takes longer than most tests. A group loads a part of the program only, because a large process
 * takes long to start another one. The groups run in this order: those with the slowest files first.
 */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  flow: ['flow'],
  git: ['writers'],
  program: ['app', 'cli', 'contract', 'demo', 'docs', 'manifests'],
};

const grouped = Object.entries(GROUPS).map(([name, folders]) => ({
  name,
  include: folders.map((folder) => `test/${folder}/**/*.test.ts`),
}));

/** What is in no group. */
const others = { name: 'others', include: ['test/**/*.test.ts'] };

// oxlint-disable-next-line import/no-default-export -- vitest reads nothing else
export default defineConfig({
  test: {
    globalSetup: ['test/helpers/global-setup.ts'],
    reporters: ['default', summaryReporter],
    pool: 'forks',
    isolate: false,
    // Of use to the second run, which may be the one on another Node.js.
    experimental: { fsModuleCache: true },
    // More than two processors have to do: many tests wait for processes that they started.
    maxWorkers: 4,
    sequence: { sequencer: SlowestFirst },
    // Far more than any test takes: what fails for lack of time on a busy machine tells nothing.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    teardownTimeout: 60_000,
    projects: [
      ...grouped.map(({ name, include }) => ({
        extends: true as const,
        test: { name, include, exclude: NEVER },
      })),
      {
        extends: true,
        test: { ...others, exclude: [...NEVER, ...grouped.flatMap(({ include }) => include)] },
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
