import { changesOfWriteResult } from '../core/status/change-status-of.ts';
import { countImages } from '../core/status/count-images.ts';
import { imageStatusId } from '../core/status/image-id.ts';
import type { CommitPageOf } from '../core/status/image-status-of.ts';
import type { ChangeStatus, ImageStatus } from '../core/status/image-status.ts';
import { mergeResults, type KnownImages } from '../core/status/merge-results.ts';
import { pipelineStages } from '../core/status/pipeline-stages.ts';
import { indexImages, type ImageIndex } from '../core/status/query-images.ts';
import type {
  ImageStory,
  PipelineStage,
  StatusOverview,
  VerificationStatus,
} from '../core/status/status-pages.ts';
import {
  endedVerification,
  verificationStatusOf,
  type RunningVerification,
} from '../core/status/verification-status.ts';
import type { ApplicationId } from '../core/policy.ts';
import type { CycleReport, ImageResult } from '../core/report.ts';
import type { WriteResult } from '../core/verification/write-result.ts';
import type { Clock } from '../ports/clock.ts';
import { createChangeLog, type ChangeLog } from './change-log.ts';

/** What is asked for when somebody reads, because it changes between cycles. */
export interface LiveStatus {
  readonly leads: () => boolean;
  /** What this process is called, such as the name of its pod; `undefined` where that is not known. */
  readonly leaderPlace: () => string | undefined;
  /** When the next cycle is due, in milliseconds since 1970. */
  readonly nextAt: () => number | undefined;
  /** The verification of an image's newest write that goes on; `undefined` for none. */
  readonly verificationOf: (
    image: Pick<ImageStatus, 'namespace' | 'application' | 'alias' | 'image'>,
  ) => RunningVerification | undefined;
  /** What is kept of how writes ended: of all, and of one Application, oldest write first. */
  readonly results: () => readonly WriteResult[];
  readonly resultsOf: (application: ApplicationId) => readonly WriteResult[];
}

export interface StatusStoreOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** Of Lynceus. */
  readonly version: string;
  /** Different for every process. */
  readonly process: string;
  readonly shard: string | undefined;
  readonly commitPageOf: CommitPageOf;
}

/** What is known now. Everything that is made of the images is forgotten when they change. */
export interface StatusState {
  readonly options: StatusStoreOptions;
  readonly log: ChangeLog;
  /** Called when something changed. */
  readonly readers: Set<(imageIds: readonly string[]) => void>;
  /** What of `live.results` was looked at: one that changes is another object. */
  readonly seenResults: WeakSet<WriteResult>;
  live: LiveStatus;
  known: KnownImages;
  made: { index?: ImageIndex; stages?: readonly PipelineStage[]; counts?: ReturnType<typeof countImages> };
  /** How often something changed. */
  changes: number;
  /** Images whose write is shown already, before the report of the cycle. */
  written: ReadonlySet<string>;
  /** Of the last report. */
  cycle: StatusOverview['cycle'];
  /** Of the last report of all Applications. */
  whole: Pick<CycleReport, 'applications' | 'problems'>;
  paused: string | undefined;
  verificationsRunning: number;
}

export function emptyState(options: StatusStoreOptions): StatusState {
  return {
    options,
    log: createChangeLog(),
    readers: new Set(),
    seenResults: new WeakSet(),
    live: {
      leads: () => true,
      leaderPlace: () => undefined,
      nextAt: () => undefined,
      verificationOf: () => undefined,
      results: () => [],
      resultsOf: () => [],
    },
    known: new Map(),
    made: {},
    changes: 0,
    written: new Set(),
    cycle: undefined,
    whole: { applications: 0, problems: [] },
    paused: undefined,
    verificationsRunning: 0,
  };
}

/** Puts results over what is known. */
export function mergeInto(state: StatusState, results: readonly ImageResult[], isWhole: boolean): void {
  const { options, log, live, written } = state;
  const merged = mergeResults(state.known, results, {
    at: options.clock.now(),
    isWhole,
    shown: written,
    lastCommit: (id) => log.lastCommit(id),
    commitPageOf: options.commitPageOf,
  });
  state.known = merged.known;
  if (isWhole) log.retain((id) => merged.known.has(id));
  log.add([...merged.changes, ...live.results().flatMap((result) => changesOfKept(state, result))]);
  noteChange(state, merged.changed);
}

export function noteChange(state: StatusState, imageIds: readonly string[]): void {
  state.changes += 1;
  state.made = {};
  for (const reader of state.readers) reader(imageIds);
}

function changesOfKept({ known, seenResults }: StatusState, result: WriteResult): readonly ChangeStatus[] {
  if (seenResults.has(result)) return [];
  const id = imageStatusId(result);
  if (!known.has(id)) return [];
  seenResults.add(result);
  return changesOfWriteResult(id, result);
}

export function imagesOf(state: StatusState): ImageIndex {
  state.made.index ??= indexImages([...state.known.values()].map(({ status }) => status));
  return state.made.index;
}

export function pipelineOf(state: StatusState): readonly PipelineStage[] {
  state.made.stages ??= pipelineStages(state.known);
  return state.made.stages;
}

export function overviewOf(state: StatusState): StatusOverview {
  const { options, live, known, cycle, whole, paused, made, changes, verificationsRunning } = state;
  const { version, shard, process } = options;
  const [place, nextAt] = [live.leaderPlace(), live.nextAt()];
  made.counts ??= countImages([...known.values()].map(({ status }) => status));
  return {
    version,
    revision: `${process}-${changes}`,
    ...(shard === undefined ? {} : { shard }),
    leader: { leads: live.leads(), ...(place === undefined ? {} : { place }) },
    ...(cycle === undefined ? {} : { cycle }),
    ...(nextAt === undefined ? {} : { nextAt: Math.round(nextAt) }),
    ...(paused === undefined ? {} : { paused }),
    applications: whole.applications,
    ...made.counts,
    problems: whole.problems.length,
    verificationsRunning,
  };
}

/** The story of an image that is shown as this. */
export function storyOf(state: StatusState, image: ImageStatus): ImageStory {
  const stages = pipelineOf(state);
  const stage = stages.find(({ imageId }) => imageId === image.id);
  const verification = verificationOf(state.live, image);
  return {
    image: withUpstreams(image, stage),
    changes: state.log.of(image.id),
    ...(verification === undefined ? {} : { verification }),
    promotedTo: stages.flatMap(({ imageId, upstreams }) => (upstreams.includes(image.id) ? [imageId] : [])),
  };
}

function verificationOf(live: LiveStatus, image: ImageStatus): VerificationStatus | undefined {
  const goesOn = live.verificationOf(image);
  if (goesOn !== undefined) return verificationStatusOf(goesOn);
  const last = live
    .resultsOf({ namespace: image.namespace, name: image.application })
    .findLast((result) => imageStatusId(result) === image.id && result.ending !== undefined);
  return last?.ending === undefined ? undefined : endedVerification(last.commit, last.ending);
}

function withUpstreams(image: ImageStatus, stage: PipelineStage | undefined): ImageStatus {
  const { policy } = image;
  if (policy === undefined || stage === undefined || stage.upstreams.length === 0) return image;
  return { ...image, policy: { ...policy, promoteFrom: stage.upstreams } };
}
