import { applicationKey } from './identity/application.ts';
import { joinKey } from './identity/key.ts';
import type { ApplicationId } from './policy.ts';
import type { Problem } from './problem.ts';
import type { CycleReport } from './report.ts';

/** Problems of which there is no failed image, so that one fault counts once. */
export function separateProblems(report: Pick<CycleReport, 'images' | 'problems'>): readonly Problem[] {
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
