import type { CycleReport } from '../report.ts';
import { lastingFailures, noticesOfImages } from './notices-of-images.ts';
import { lastingProblems, noticesOfProblems } from './notices-of-problems.ts';
import { noticesOfChecks, noticesOfWrites } from './notices-of-writes.ts';
import { indexOf, type NoticeOptions } from './observe-context.ts';
import type { ObservedNotice } from './observed-notice.ts';
import { draftOfStanding, type Standing } from './standing.ts';

export interface NoticesOfReport {
  readonly notices: readonly ObservedNotice[];
  readonly standing: Standing;
  /** All that fails and that people were notified of, new or not; absent where the report does not say all. */
  readonly lasting?: readonly ObservedNotice[];
}

/**
 * What a report has that people were not notified of, by what stands from earlier ones. Nothing for a dry run, for a report that was
 * seen last, and for what a partial one does not say.
 */
export function noticesOf(report: CycleReport, standing: Standing, options: NoticeOptions): NoticesOfReport {
  if (report.dryRun || report.cycle === standing.cycle) return { notices: [], standing };
  const index = indexOf(report, options);
  const draft = draftOfStanding(standing, options.now);
  const ofImages = noticesOfImages(index, draft);
  const events = [...noticesOfWrites(index), ...noticesOfChecks(index)].filter(({ notice }) =>
    draft.once(notice.key),
  );
  const notices = [...events, ...ofImages, ...noticesOfProblems(index, draft)];
  const after = draft.done(report.cycle);
  if (report.partial === true || report.failures.length > 0) return { notices, standing: after };
  const lasting = [...lastingFailures(index, after.entries), ...lastingProblems(index, after.entries)];
  return { notices, standing: after, lasting };
}
