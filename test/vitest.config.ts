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

/**
 * More than two processors have to do where tests wait for processes that they started. Elsewhere the tests
 * themselves are the work, and each further worker loads and compiles the program once more.
 */
const MANY_WORKERS = { maxWorkers: 4, sequence: { groupOrder: 0 } };
const FEW_WORKERS = { maxWorkers: 2, sequence: { groupOrder: 1 } };
const WAITING: readonly string[] = ['flow', 'git'];

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
    sequence: { sequencer: SlowestFirst },
    // Far more than any test takes: what fails for lack of time on a busy machine tells nothing.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    teardownTimeout: 60_000,
    projects: [
      ...grouped.map(({ name, include }) => ({
        extends: true as const,
        test: { name, include, exclude: NEVER, ...(WAITING.includes(name) ? MANY_WORKERS : FEW_WORKERS) },
      })),
      {
        extends: true,
        test: {
          ...others,
          ...FEW_WORKERS,
          exclude: [...NEVER, ...grouped.flatMap(({ include }) => include)],
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
