import { resultImageKey } from '../identity/result-image.ts';
import { applicationKey } from '../identity/application.ts';
import { joinKey } from '../identity/key.ts';
import type { ImageResult, RollbackResult } from '../report.ts';
import type { VersionTimes } from '../tags/version-times.ts';
import type { EndedVerification } from '../verification/verification-report.ts';
import type { DeliveriesOfCycle, Delivery, DeliveryResult } from './delivery.ts';
import { createOpenFailures, type OpenFailures, type StateOf } from './failures.ts';
import { createFirstSights } from './first-sights.ts';
import { leadTimes } from './lead-times.ts';
import { createPersonRollbacks } from './person-rollbacks.ts';
import {
  createUnderWay,
  hasArrived,
  isPutBack,
  supersededAs,
  writtenDeliveries,
  type UnderWay,
} from './under-way.ts';

/** What happened in a cycle. Times are milliseconds since 1970. */
export interface CycleToFollow {
  readonly startedAt: number;
  readonly now: number;
  readonly images: readonly ImageResult[];
  readonly verified: readonly EndedVerification[];
  readonly rollbacks: readonly RollbackResult[];
  /** Absent: nobody says what is deployed. */
  readonly argocd?: {
    readonly stateOf: StateOf;
    /** When it synced the Application of an image last; `undefined` where it does not say. */
    readonly syncedAt: (key: string) => number | undefined;
  };
}

/**
 * Follows what was written until it has ended. All of it is in memory, and bounded by the number of images: what a process had on its way
 * when it ended is not told by the next one, unless a verification that is found again tells of it.
 */
export interface Deliveries {
  /** Keys of the images of which `stateOf` is asked. */
  wanted(): ReadonlySet<string>;
  follow(cycle: CycleToFollow): DeliveriesOfCycle;
  /** Lets go of images that are not among these. */
  retain(keys: ReadonlySet<string>): void;
  /** This process begins to lead: what it knew before may be over. */
  clear(): void;
}

/** What is found. */
interface News {
  readonly leadTimes: DeliveriesOfCycle['leadTimes'][number][];
  readonly ended: DeliveriesOfCycle['ended'][number][];
  readonly rolledBack: DeliveriesOfCycle['rolledBack'][number][];
}

/** What one cycle is told by, and of what. */
interface Work {
  readonly now: number;
  readonly underWay: UnderWay;
  readonly failures: OpenFailures;
  readonly news: News;
}

export function createDeliveries(): Deliveries {
  const underWay = createUnderWay();
  const failures = createOpenFailures();
  const sights = createFirstSights();
  const persons = createPersonRollbacks();
  const checks = createRecentKeys();

  return {
    wanted: () =>
      new Set(
        [
          ...underWay.all().flatMap(({ stage, images }) => (stage === 'written' ? images : [])),
          ...failures.all().flatMap(({ images }) => images),
        ].map(({ key }) => key),
      ),
    follow(cycle) {
      const { now, startedAt, images, argocd } = cycle;
      const news: News = { leadTimes: [], ended: [], rolledBack: [] };
      const work: Work = { now, underWay, failures, news };
      const seen = images.map((result) => {
        const isKnown = sights.isKnown(resultImageKey(result));
        const putBack = lookAtTarget(result, work);
        const times = sights.see(result, startedAt);
        return { result, isKnown, times, ...(putBack === undefined ? {} : { putBack }) };
      });
      takeUp(seen, work);
      lookAtArgoCd(argocd, work);
      endVerified(cycle, work);
      takeBack(cycle.rollbacks, checks, work);
      for (const { application, images: taken, ...runs } of persons.find(seen)) {
        news.rolledBack.push({ application, by: 'person' });
        failures.open({ application, by: 'person', since: now, images: taken, ...runs });
        for (const { key, version } of taken) endAs('rolled-back', deliveryOf(key, version, underWay), work);
      }
      const restored = failures.settle({ now, images, stateOf: argocd?.stateOf });
      return { ...news, restored, underWay: countStages(underWay) };
    },
    retain(keys) {
      sights.retain(keys);
      persons.retain(keys);
      for (const delivery of underWay.all())
        if (!delivery.images.some(({ key }) => keys.has(key))) underWay.remove(delivery);
    },
    clear() {
      for (const part of [underWay, failures, sights, persons]) part.clear();
    },
  };
}

/** What a person, or a host, made of a delivery; returns the version that was put back. */
function lookAtTarget(result: ImageResult, work: Work): string | undefined {
  const { now, underWay, news } = work;
  const key = resultImageKey(result);
  const delivery = underWay.of(key);
  const image = delivery?.images.find((one) => one.key === key);
  if (delivery === undefined || image === undefined) return undefined;
  const arrived = hasArrived(image, result);
  if (delivery.stage === 'proposed') {
    if (result.code === 'proposal-closed') underWay.remove(delivery);
    if (arrived !== true) return undefined;
    const { commit: _ofTheBranch, ...merged } = delivery;
    const written: Delivery = { ...merged, stage: 'written', writtenAt: now };
    underWay.replace(delivery, written);
    news.leadTimes.push(...leadTimes(written, 'commit', now));
    return undefined;
  }
  if (arrived !== false) return undefined;
  const putBack = isPutBack(image, result);
  endAs(putBack ? 'rolled-back' : supersededAs(delivery), delivery, work);
  return putBack ? image.to : undefined;
}

function takeUp(
  seen: readonly { readonly result: ImageResult; readonly times: VersionTimes }[],
  { now, underWay, news }: Work,
): void {
  const written = writtenDeliveries(seen, now);
  for (const { delivery, result } of underWay.add(written)) tellEnd(delivery, result, news);
  for (const delivery of written)
    if (delivery.stage === 'written') news.leadTimes.push(...leadTimes(delivery, 'commit', now));
}

/** A verification that is found again so long after its write was told by an earlier process. */
const LONG_OVER = 24 * 3_600_000;

function endVerified(
  { verified, rollbacks }: Pick<CycleToFollow, 'verified' | 'rollbacks'>,
  work: Work,
): void {
  const { now, underWay, failures, news } = work;
  for (const one of verified) {
    const { application, kind, ending, images } = one;
    if (kind === 'rollback') continue;
    const versions = new Map(
      images.map((image) => [resultImageKey({ application, ...image }), image.version]),
    );
    const delivery = [...versions]
      .map(([key, version]) => deliveryOf(key, version, underWay))
      .find((found) => found !== undefined);
    if (delivery === undefined && now - one.writtenAt > LONG_OVER) continue;
    const isTakenBack = rollbacks.some(
      (rollback) =>
        isMade(rollback) &&
        rollback.failedCommit === one.commit &&
        applicationKey(rollback.application) === applicationKey(application),
    );
    const result = ending.outcome === 'failed' && isTakenBack ? 'rolled-back' : ending.outcome;
    if (delivery === undefined) news.ended.push({ application, result });
    else endAs(result, delivery, work);
    if (delivery !== undefined && ending.outcome === 'verified')
      news.leadTimes.push(...leadTimes(delivery, 'verified', ending.at));
    if (ending.outcome !== 'failed') continue;
    const failed = [...versions].map(([key, version]) => ({ key, version }));
    failures.open({ application, by: 'check', since: ending.at, images: failed });
  }
}

function isMade({ outcome }: RollbackResult): boolean {
  return outcome === 'written' || outcome === 'proposed';
}

/** What checks took back; also what the same commit wrote, and nobody verified. */
function takeBack(rollbacks: readonly RollbackResult[], checks: RecentKeys, work: Work): void {
  for (const { application, failedCommit, images } of rollbacks.filter(isMade)) {
    if (checks.isNew(joinKey(applicationKey(application), failedCommit)))
      work.news.rolledBack.push({ application, by: 'check' });
    for (const { from, ...image } of images)
      endAs('rolled-back', deliveryOf(resultImageKey({ application, ...image }), from, work.underWay), work);
  }
}

function deliveryOf(key: string, version: string, underWay: UnderWay): Delivery | undefined {
  const delivery = underWay.of(key);
  return delivery?.images.some((image) => image.key === key && image.to === version) === true
    ? delivery
    : undefined;
}

/** What nobody syncs, merges or closes for so long is not followed any more. */
const LONGEST = 30 * 24 * 3_600_000;

/** What is written has been synced, or nobody says so. */
function lookAtArgoCd(argocd: CycleToFollow['argocd'], work: Work): void {
  const { now, underWay, news } = work;
  for (const delivery of underWay.all()) {
    const { stage, images, writtenAt, isVerified } = delivery;
    if (now - writtenAt > LONGEST) underWay.remove(delivery);
    if (stage !== 'written' || now - writtenAt > LONGEST) continue;
    if (argocd === undefined) {
      if (!isVerified) endAs('written', delivery, work);
      continue;
    }
    const states = images.map(({ key, to }) => argocd.stateOf(key, to, writtenAt));
    if (!states.every((state) => state?.stage === 'synced' || state?.stage === 'healthy')) continue;
    const at = Math.max(writtenAt, ...images.map(({ key }) => argocd.syncedAt(key) ?? 0));
    news.leadTimes.push(...leadTimes(delivery, 'synced', at));
    if (isVerified) underWay.replace(delivery, { ...delivery, stage: 'synced' });
    else endAs('synced', delivery, work);
  }
}

function endAs(
  result: DeliveryResult | undefined,
  delivery: Delivery | undefined,
  { underWay, news }: Pick<Work, 'underWay' | 'news'>,
): void {
  if (delivery === undefined) return;
  underWay.remove(delivery);
  tellEnd(delivery, result, news);
}

function tellEnd({ application }: Delivery, result: DeliveryResult | undefined, news: News): void {
  if (result !== undefined) news.ended.push({ application, result });
}

function countStages(underWay: UnderWay): DeliveriesOfCycle['underWay'] {
  const counts = { proposed: 0, written: 0, synced: 0 };
  for (const { stage } of underWay.all()) counts[stage] += 1;
  return counts;
}

interface RecentKeys {
  isNew(key: string): boolean;
}

/** The last keys are remembered. */
function createRecentKeys(): RecentKeys {
  const recent = new Set<string>();
  return {
    isNew(key) {
      if (recent.has(key)) return false;
      recent.add(key);
      const [oldest] = recent;
      if (recent.size > MOST_RECENT && oldest !== undefined) recent.delete(oldest);
      return true;
    },
  };
}

const MOST_RECENT = 1_000;
