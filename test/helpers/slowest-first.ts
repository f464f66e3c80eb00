import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that take longest, slowest first. They begin before the others of their group, so that no worker is
 * left with one of them while the others have nothing more to do.
 */
const SLOWEST = [
  'flow/pull-requests',
  'flow/promotion',
  'flow/registry-traffic',
  'flow/shares',
  'flow/rollbacks',
  'flow/overrides',
  'flow/webhooks',
  'flow/check-rollbacks',
  'flow/main-job',
  'flow/verification',
  'flow/git-traffic',
  'flow/daemon',
  'flow/delivery-metrics',
  'flow/safety-net',
  'writers/git/branches-of-others',
  'writers/git/signing',
  'writers/git/robustness',
  'writers/git/commit-api',
  'writers/git/own-branch',
  'writers/git/limits',
  'writers/git/remotes',
  'writers/git/signed-records',
  'writers/git/killed',
  'writers/git/ssh-key',
  'cli/demo-command',
  'cli/main',
  'contract/strategies',
  'contract/bulkheads',
];

/** Runs the groups in the order of the configuration, and in each group the slowest files first. */
export class SlowestFirst extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(specifications);
    const groups = this.ctx.projects.map(({ name }) => name);
    return sorted.toSorted(
      (a, b) =>
        groups.indexOf(a.project.name) - groups.indexOf(b.project.name) ||
        slowness(b.moduleId) - slowness(a.moduleId),
    );
  }
}

function slowness(path: string): number {
  const index = SLOWEST.findIndex((slow) => path.endsWith(`/test/${slow}.test.ts`));
  return index === -1 ? 0 : SLOWEST.length - index;
}
