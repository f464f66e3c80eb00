import { createFlights } from '../../async/flights.ts';
import { placeKey } from '../../core/identity/branch.ts';
import { imageKey } from '../../core/identity/image.ts';
import { recordedPlaceOf } from '../../core/overrides/find-hold.ts';
import type { RecordedHistory } from '../../core/overrides/record-index.ts';
import { uniqueNames } from '../../core/overrides/unique-names.ts';
import { knownRecords } from '../../core/overrides/rollback.ts';
import { formatName } from '../../core/image/reference.ts';
import type { Fence } from '../../core/permissions/fence.ts';
import { groupBy } from '../../core/plan/group-by.ts';
import { gitTargetOf, type TrackedImage } from '../../core/policy.ts';
import { sameName, type Presence } from '../../core/presence.ts';
import { imageText } from '../../core/promotion/promotion-faults.ts';
import { healthyResult } from '../../core/promotion/healthy-result.ts';
import { upstreamTimeline } from '../../core/promotion/timeline.ts';
import type { UpstreamTimeline } from '../../core/promotion/upstream-version.ts';
import { inForce } from '../../core/selection/decision.ts';
import { fileRequestOf, type EditOptions } from '../../edits/index.ts';
import { asLynceusError, LynceusError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { WriteResults } from '../../ports/write-results.ts';
import type { WriterSession } from '../../ports/writer.ts';
import { batchesOf, type Batch } from '../batches.ts';
import type { GitTurns } from '../git-turns.ts';
import { orError } from '../or-error.ts';
import { permitBranches, permitFiles, type FollowedBranches } from '../permit-places.ts';
import { readPresent } from '../read-present.ts';
import { resolveBranches } from '../resolve-branches.ts';
import type { CycleRun } from '../services.ts';
import { readDeployed, type DeployedImage } from '../deployment/read-deployed.ts';
import { createUpstreamHistories, type UpstreamHistories } from './upstream-histories.ts';

/** What upstream images had. Each is read once, however many images are promoted from it. */
export interface UpstreamVersions {
  /** An error is that of reading it. */
  timelineOf(upstream: TrackedImage, signal: AbortSignal): Promise<UpstreamTimeline | LynceusError>;
}

export interface UpstreamOptions extends Pick<CycleRun, 'concurrency'>, EditOptions {
  readonly session: WriterSession;
  readonly git: GitTurns;
  readonly fence: Fence;
  readonly followed: FollowedBranches;
  /** All images that are known, of which names are to be told apart. */
  readonly known: readonly TrackedImage[];
  /** Whether commits of ours have records; absent means that they have. */
  readonly trailers?: boolean;
  /** Absent where nothing is kept of writes. */
  readonly results?: Pick<WriteResults, 'of' | 'keep'> | undefined;
  /** Absent: none is kept for the next cycle. */
  readonly histories?: UpstreamHistories | undefined;
  readonly clock: Clock;
}

interface ImageInForce {
  /** With its branch by its name. */
  readonly tracked: TrackedImage;
  readonly presence: Presence;
  readonly path: string | undefined;
}

type Timelines = ReadonlyMap<string, UpstreamTimeline | LynceusError>;

/**
 * Reads what upstream images had: the files, the records in the history of their branches, and what is known of their deployment.
 * Each remote is read when the first image asks, in its own turn and with its own logins, and its failure is one of the images that
 * are promoted from there.
 */
export function createUpstreamVersions(
  upstreams: readonly TrackedImage[],
  options: UpstreamOptions,
): UpstreamVersions {
  const batches = new Map(
    batchesOf(upstreams, []).flatMap((batch) =>
      batch.images.map((image) => [imageKey(image), batch] as const),
    ),
  );
  const flights = createFlights<Timelines>();
  const read = new Map<Batch, Timelines>();

  return {
    async timelineOf(upstream, signal) {
      const key = imageKey(upstream);
      const batch = batches.get(key);
      if (batch === undefined) throw new Error('this image was not to be read');
      const found =
        read.get(batch) ??
        (await flights.join(batch.asker.name, signal, async (own) => {
          const timelines = await readBatch(batch, options, own);
          read.set(batch, timelines);
          return timelines;
        }));
      return found.get(key) ?? new LynceusError('internal', 'an upstream image was not read');
    },
  };
}

async function readBatch(batch: Batch, options: UpstreamOptions, signal: AbortSignal): Promise<Timelines> {
  const { images } = batch;
  try {
    const session = options.git.session(options.session, batch.asker);
    const named = await resolveBranches(images, session, { concurrency: options.concurrency, signal });
    const resolved = permitBranches(named, options.fence, options.followed);
    const present = permitFiles(
      await readPresent(resolved.images, session, {
        ...options,
        onProgress: () => undefined,
        signal,
        known: undefined,
      }),
      options.fence,
    );
    const whole = [...present].flatMap(([tracked, now]) =>
      now.kind === 'read' ? [{ tracked, presence: now.presence, path: now.path }] : [],
    );
    const histories = await readHistories(whole, session, { ...options, signal });
    const deployed = await readDeployed(
      whole.map(({ tracked }) => tracked),
      session,
      { ...options, signal },
    );
    const failed = [
      ...resolved.failed,
      ...[...present].flatMap(([tracked, now]) =>
        now.kind === 'failed' ? [[tracked, now.error] as const] : [],
      ),
    ];
    const { results, clock } = options;
    const context = { histories, deployed, isNameUnique: namesOf(options), results, now: clock.now() };
    return new Map([
      ...failed.map(([tracked, error]) => [imageKey(tracked), error] as const),
      ...whole.map((one) => [imageKey(one.tracked), timelineOf(one, context)] as const),
    ]);
  } catch (thrown) {
    signal.throwIfAborted();
    const error = asLynceusError(thrown);
    return new Map(images.map((tracked) => [imageKey(tracked), error]));
  }
}

/** Of all known images, counted when the first is asked for. */
function namesOf({ known, trailers = true }: UpstreamOptions): (tracked: TrackedImage) => boolean {
  return trailers ? uniqueNames(known) : () => false;
}

type Histories = ReadonlyMap<string, RecordedHistory | LynceusError>;

/** The history of each branch once, and further back where an image has no record in the recent part. */
async function readHistories(
  images: readonly ImageInForce[],
  session: WriterSession,
  { histories = createUpstreamHistories(), signal }: UpstreamOptions & { readonly signal: AbortSignal },
): Promise<Histories> {
  const inGit = images.flatMap(({ tracked, path }) => {
    const target = gitTargetOf(tracked);
    return target === undefined ? [] : [{ tracked, path, target }];
  });
  const places = groupBy(inGit, ({ target }) => placeKey(target.place));
  const found = await Promise.all(
    [...places].map(async ([key, group]) => {
      const [first] = group;
      if (first === undefined) throw new Error('a place without images');
      const { place } = first.target;
      const paths = group.flatMap(({ path, target }) => path ?? fileRequestOf(target.file).candidates);
      const read = (reach: 'recent' | 'far') =>
        orError(signal, () => histories.read(place, { paths, reach }, { session, signal }));
      const recent = await read('recent');
      if (recent instanceof Error) return [key, recent] as const;
      const isEnough = group.every(({ tracked, path }) => {
        const at = recordedPlaceOf(tracked, { path, history: recent });
        return at === undefined || knownRecords(at).length > 0;
      });
      return [key, isEnough ? recent : await read('far')] as const;
    }),
  );
  return new Map(found);
}

function timelineOf(
  { tracked, presence, path }: ImageInForce,
  {
    histories,
    deployed,
    isNameUnique,
    results,
    now,
  }: {
    readonly histories: Histories;
    readonly deployed: ReadonlyMap<TrackedImage, DeployedImage>;
    readonly isNameUnique: (tracked: TrackedImage) => boolean;
    readonly results: UpstreamOptions['results'];
    readonly now: number;
  },
): UpstreamTimeline | LynceusError {
  try {
    const target = gitTargetOf(tracked);
    const history = target && histories.get(placeKey(target.place));
    if (history instanceof Error) return history;
    const state = deployed.get(tracked);
    if (state === undefined) throw new LynceusError('internal', 'an upstream image was not looked up');
    const { alias, application, image, observed, policy } = tracked;
    const kept = (results?.of(application) ?? []).filter(
      (one) => one.alias === alias && sameName(one.image, formatName(image)),
    );
    const versions = upstreamTimeline({
      place: history && recordedPlaceOf(tracked, { path, history, isNameUnique: isNameUnique(tracked) }),
      strategy: policy.strategy,
      present: inForce(presence, observed),
      results: kept,
      stateOf: state.stateOf,
    });
    results?.keep(versions.flatMap((version) => healthyResult(tracked, version, { kept, now }) ?? []));
    const unread = state.error === undefined ? {} : { deploymentUnread: state.error };
    return { upstream: imageText(tracked), ...unread, versions };
  } catch (thrown) {
    return asLynceusError(thrown);
  }
}
