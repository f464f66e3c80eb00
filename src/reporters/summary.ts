import type { CycleReport, ImageResult } from '../core/report.ts';
import { separateProblems } from '../core/separate-problems.ts';

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
