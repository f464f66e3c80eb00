import { applicationKey } from '../core/identity/application.ts';
import { joinKey } from '../core/identity/key.ts';
import type { ApplicationId } from '../core/policy.ts';
import type { Problem } from '../core/problem.ts';
import type { CycleReport, ImageResult } from '../core/report.ts';

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

/** Problems of which there is no failed image, so that one fault counts once. */
export function separateProblems(report: CycleReport): readonly Problem[] {
  const failed = new Set(report.images.filter(({ outcome }) => outcome === 'failed').map(aliasKey));
  return report.problems.filter((problem) => !failed.has(aliasKey(problem)));
}

/** Equal for an image and the problems of its alias; a problem without an alias is of the whole Application. */
function aliasKey({
  application,
  alias,
}: {
  readonly application: ApplicationId;
  readonly alias: string | undefined;
}): string {
  return joinKey(applicationKey(application), alias);
}
