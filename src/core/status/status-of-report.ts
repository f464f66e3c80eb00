import type { CycleReport } from '../report.ts';
import { countImages } from './count-images.ts';
import type { ImageStatus } from './image-status.ts';
import { cutSentence } from './json-facts.ts';
import { mergeResults } from './merge-results.ts';
import { pipelineStages } from './pipeline-stages.ts';
import { indexImages } from './query-images.ts';
import type { ImageQuery, ImageStory, StatusOverview } from './status-pages.ts';

/** The status by one report alone, where nobody remembers what was before. */
export interface ReportedStatus {
  readonly status: StatusOverview;
  readonly images: readonly ImageStatus[];
  /** Of the same images. */
  readonly stories: readonly ImageStory[];
}

/** `at` is when the report was made, in milliseconds since 1970; `version` is that of Lynceus. */
export function statusOfReport(
  report: CycleReport,
  query: ImageQuery,
  { at, version }: { readonly at: number; readonly version: string },
): ReportedStatus {
  const { known } = mergeResults(new Map(), report.images, {
    at,
    isWhole: true,
    shown: new Set(),
    lastCommit: () => undefined,
    commitPageOf: () => undefined,
  });
  const stages = pipelineStages(known);
  const all = [...known.values()].map(({ status }) => status);
  const { items } = indexImages(all).find(query, { limit: Number.POSITIVE_INFINITY });
  const { cycle: id, startedAt, seconds, failures, costs } = report;
  return {
    status: {
      version,
      revision: id,
      leader: { leads: false },
      cycle: {
        id,
        startedAt,
        seconds,
        failures: failures.map(({ code, message }) => ({ code, message: cutSentence(message) })),
        costs,
      },
      applications: report.applications,
      ...countImages(all),
      problems: report.problems.length,
      verificationsRunning: 0,
    },
    images: items,
    stories: items.map((image) => ({
      image,
      changes: [],
      promotedTo: stages.flatMap(({ imageId, upstreams }) => (upstreams.includes(image.id) ? [imageId] : [])),
    })),
  };
}
