import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that take longest, slowest first. They begin before the others of their group, so that no worker is
 * left with one of them while the others have nothing more to do.
 */
const SLOWEST = [
  'flow/daemon',
  'flow/webhooks',
  'flow/pull-requests',
  'flow/main-job',
  'flow/check-rollbacks',
  'flow/git-traffic',
  'flow/rollbacks',
  'flow/registry-traffic',
  'writers/git/robustness',
  'writers/git/killed',
  'writers/git/ssh-key',
  'writers/git/remotes',
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
