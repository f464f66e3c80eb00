import { changesOfReport, pausedBy } from '../core/status/changes-of-report.ts';
import { imageStatusId } from '../core/status/image-id.ts';
import type { ChangeStatus } from '../core/status/image-status.ts';
import { cutSentence } from '../core/status/json-facts.ts';
import type { StatusOverview } from '../core/status/status-pages.ts';
import type { CycleReport, ImageResult } from '../core/report.ts';
import type { Observer } from '../ports/observer.ts';
import type { Reporter } from '../ports/reporter.ts';
import type { StatusReader } from '../ports/status.ts';
import { confinedReader } from './confined-reader.ts';
import {
  emptyState,
  imagesOf,
  mergeInto,
  noteChange,
  overviewOf,
  pipelineOf,
  storyOf,
  type LiveStatus,
  type StatusState,
  type StatusStoreOptions,
} from './status-state.ts';
import { createKeptSearches, type KeptSearches } from './kept-searches.ts';
import { watchHosts, type WatchedHosts } from './watched-hosts.ts';

/** What is known of all images, from reports and what was written since. In memory alone; bounded by the number of images. */
export interface StatusStore {
  readonly reader: StatusReader;
  readonly reporter: Reporter;
  readonly observer: Observer;
  /** Keeps by what an image is decided, so that it can be explained. */
  readonly searched: KeptSearches['searched'];
  /** Shows what was just written, before the cycle ends. */
  wrote(results: readonly ImageResult[]): void;
  /** Adds what happened before. */
  remember(changes: readonly ChangeStatus[]): void;
  /** From now on this is asked. */
  follow(live: Partial<LiveStatus>): void;
}

export function createStatusStore(options: StatusStoreOptions): StatusStore {
  const state = emptyState(options);
  const hosts = watchHosts(options.clock);
  const searches = createKeptSearches();
  return {
    reader: readerOf(state, hosts, searches),
    searched: (tracked, search) => searches.searched(tracked, search),
    observer: hosts.observer,
    reporter: {
      report(report) {
        if (report.dryRun) return;
        searches.settle(report.images, report.partial !== true);
        takeReport(state, report);
      },
    },
    wrote(results) {
      searches.settle(results, false);
      mergeInto(state, results, false);
      const written = results.flatMap((result) =>
        result.outcome === 'updated' ? [imageStatusId(result)] : [],
      );
      state.written = new Set([...state.written, ...written]);
    },
    remember(changes) {
      const own = changes.filter(({ imageId }) => state.known.has(imageId));
      if (state.log.add(own)) noteChange(state, [...new Set(own.map(({ imageId }) => imageId))]);
    },
    follow(live) {
      state.live = { ...state.live, ...live };
    },
  };
}

function takeReport(state: StatusState, report: CycleReport): void {
  const isWhole = report.partial !== true;
  state.cycle = cycleOf(report);
  state.verificationsRunning = report.verifications?.running ?? state.verificationsRunning;
  state.paused = pausedBy(report.images) ?? (isWhole ? undefined : state.paused);
  if (isWhole) state.whole = { applications: report.applications, problems: report.problems };
  state.log.add(changesOfReport(report, state.options.clock.now()));
  mergeInto(state, report.images, isWhole);
  state.written = new Set();
}

function cycleOf({
  cycle,
  startedAt,
  seconds,
  failures,
  costs,
}: CycleReport): NonNullable<StatusOverview['cycle']> {
  const { registryRequests, gitFetches, gitPushes } = costs;
  return {
    id: cycle,
    startedAt,
    seconds,
    failures: failures.map(({ code, message }) => ({ code, message: cutSentence(message) })),
    costs: { registryRequests, gitFetches, gitPushes },
  };
}

function readerOf(
  state: StatusState,
  hosts: WatchedHosts,
  { explain }: Pick<KeptSearches, 'explain'>,
): StatusReader {
  const all: StatusReader = {
    overview: () => overviewOf(state),
    images: (query, part) => imagesOf(state).find(query, part),
    image(id) {
      const status = state.known.get(id)?.status;
      return status === undefined ? undefined : storyOf(state, status);
    },
    explanation: (id) => explain(id, { forTenants: false }),
    changes: (query, part) => state.log.find(query, part, (id) => state.known.get(id)?.status),
    pipeline: () => pipelineOf(state),
    registries: () => hosts.registries(),
    remotes: () => hosts.remotes(),
    confinedTo: (application) =>
      application === undefined
        ? all
        : confinedReader(application, {
            all,
            known: () => state.known,
            problems: () => state.whole.problems,
            log: state.log,
            explain,
            story: (image) => storyOf(state, image),
          }),
    subscribe(changed) {
      // Two that are the same function are two readers.
      const reader = (imageIds: readonly string[]): void => changed(imageIds);
      state.readers.add(reader);
      return () => void state.readers.delete(reader);
    },
  };
  return all;
}
