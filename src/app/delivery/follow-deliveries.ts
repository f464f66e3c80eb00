import { resultImageKey } from '../../core/identity/result-image.ts';
import type { CycleToFollow } from '../../core/delivery/deliveries.ts';
import type { DeliveriesOfCycle } from '../../core/delivery/delivery.ts';
import { revisionsToRead, type VersionState } from '../../core/deployment/version-state.ts';
import { joinKey } from '../../core/identity/key.ts';
import { formatName } from '../../core/image/reference.ts';
import { gitTargetOf, type PresentImage, type TrackedImage } from '../../core/policy.ts';
import type { CycleReport } from '../../core/report.ts';
import { asLynceusError } from '../../errors.ts';
import type { WriterSession } from '../../ports/writer.ts';
import { NO_LIMITS } from '../cycle-limits.ts';
import { deployedImage } from '../deployment/read-deployed.ts';
import { readVersions, type ReadVersions, type VersionAt } from '../deployment/read-versions.ts';
import { createGitTurns } from '../git-turns.ts';
import type { CycleRun, CycleServices } from '../services.ts';
import { withSession } from '../with-session.ts';
import type { DeliveryServices } from './delivery-services.ts';

interface FollowOptions {
  readonly report: CycleReport;
  /** Every image of this process. */
  readonly known: readonly TrackedImage[];
  /** The cycle is for all Applications, and all of them could be read. */
  readonly isWhole: boolean;
}

/** Finds out what became of what was written, by this cycle or before. A defect stops nothing else; only an abort throws. */
export async function followDeliveries(
  { deliveries: services, git }: Pick<CycleServices, 'deliveries' | 'git'>,
  { report, known, isWhole }: FollowOptions,
  run: CycleRun,
): Promise<DeliveriesOfCycle | undefined> {
  if (services === undefined || report.dryRun) return undefined;
  const { deliveries, hasStatus } = services;
  try {
    if (isWhole) deliveries.retain(new Set(known.map(keyOf)));
    const wanted = deliveries.wanted();
    const images = wanted.size === 0 ? [] : known.filter((tracked) => wanted.has(keyOf(tracked)));
    const argocd = hasStatus ? await readStates(images, { ...services, git }, run) : undefined;
    return deliveries.follow({
      startedAt: report.startedAt,
      now: run.clock.now(),
      images: report.images,
      verified: report.verifications?.ended ?? [],
      rollbacks: report.rollbacks ?? [],
      ...(argocd === undefined ? {} : { argocd }),
    });
  } catch (thrown) {
    run.signal.throwIfAborted();
    run.log.error('what was written could not be followed in this cycle', { err: asLynceusError(thrown) });
    return undefined;
  }
}

function keyOf({ application, alias, image }: TrackedImage): string {
  return resultImageKey({ application, alias, image: formatName(image) });
}

type ReadOptions = Pick<DeliveryServices, 'versions'> & Pick<CycleServices, 'git'>;

/** A file is read at most once at each commit that Argo CD names, and only while Argo CD says that the Application is synced. */
async function readStates(
  images: readonly TrackedImage[],
  { versions, git }: ReadOptions,
  run: CycleRun,
): Promise<NonNullable<CycleToFollow['argocd']>> {
  const wished = images.map((tracked) => ({ tracked, revisions: revisionsOf(tracked) }));
  const news = wished.flatMap(({ tracked, revisions }) => {
    const unread = revisions.filter((revision) => !versions.has(joinKey(keyOf(tracked), revision)));
    return unread.length === 0 ? [] : [{ tracked, revisions: unread }];
  });
  const read: ReadVersions = news.length === 0 ? new Map() : await readInTurn(news, git, run);
  const kept = new Map<string, PresentImage | undefined>();
  const states = new Map<string, (version: string, writtenAt: number) => VersionState>();
  for (const { tracked, revisions } of wished) {
    const own = new Map<string, VersionAt>();
    for (const revision of revisions) {
      const key = joinKey(keyOf(tracked), revision);
      const found = read.get(tracked)?.get(revision) ?? { kind: 'read', image: versions.get(key) };
      own.set(revision, found);
      // What could not be read may be read the next time, unless it never can be.
      if (found.kind === 'read') kept.set(key, found.image);
      else if (!found.error.retryable) kept.set(key, undefined);
    }
    states.set(keyOf(tracked), deployedImage(tracked, own).stateOf);
  }
  versions.clear();
  for (const [key, image] of kept) versions.set(key, image);
  const byKey = new Map(images.map((tracked) => [keyOf(tracked), tracked]));
  return {
    stateOf: (key, version, writtenAt) => states.get(key)?.(version, writtenAt),
    syncedAt: (key) => byKey.get(key)?.observed.deployment?.history.at(-1)?.deployedAt,
  };
}

function revisionsOf(tracked: TrackedImage): readonly string[] {
  const { deployment, deployedSource } = tracked.observed;
  const isRead = deployment !== undefined && gitTargetOf(tracked) !== undefined;
  return isRead ? revisionsToRead(deployment, deployedSource) : [];
}

async function readInTurn(
  news: Parameters<typeof readVersions>[0],
  git: CycleServices['git'],
  { limits = NO_LIMITS, concurrency, signal }: CycleRun,
): ReturnType<typeof readVersions> {
  const turns = createGitTurns({ concurrency, limits, paces: new Map() });
  return await withSession(git.writer, (session) => {
    const bounded: Pick<WriterSession, 'readAt'> = turns.session(session, {
      namespace: '',
      name: 'delivery',
    });
    const { createMissing, limits: fileLimits } = git;
    return readVersions(news, bounded, { concurrency, signal, createMissing, limits: fileLimits });
  });
}
