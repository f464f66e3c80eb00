import type { ImageResult, CycleReport } from '../core/report.ts';
import type { ApplicationId } from '../core/policy.ts';
import type { Problem } from '../core/problem.ts';

/** A cycle in numbers. */
export interface CycleSummary {
  readonly applications: number;
  readonly imagesConsidered: number;
  readonly imagesSkipped: number;
  /** Written, not only decided: none in a dry run. */
  readonly imagesUpdated: number;
  /** What a dry run would write. */
  readonly imagesToUpdate: number;
  readonly imagesHeld: number;
  readonly errors: number;
}

export function summarize(report: CycleReport): CycleSummary {
  const count = (outcome: ImageResult['outcome']): number =>
    report.images.filter((image) => image.outcome === outcome).length;
  return {
    applications: report.applications,
    imagesConsidered: report.images.length,
    imagesSkipped: count('skipped'),
    imagesUpdated: count('updated'),
    imagesToUpdate: count('update'),
    imagesHeld: count('held'),
    errors: count('failed') + report.failures.length + separateProblems(report).length,
  };
}

/** Problems that no failed image tells of already, so that one fault counts once. */
export function separateProblems(report: CycleReport): readonly Problem[] {
  const failed = new Set(report.images.filter(({ outcome }) => outcome === 'failed').map(ownerOf));
  return report.problems.filter((problem) => !failed.has(ownerOf(problem)));
}

function ownerOf({
  application,
  alias,
}: {
  readonly application: ApplicationId;
  readonly alias: string | undefined;
}): string {
  return JSON.stringify([application.namespace, application.name, alias]);
}

/** `argocd/shop`, or `shop` when the manifest names no namespace. */
export function applicationText({ namespace, name }: ApplicationId): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}
