import { resultImageKey } from '../identity/result-image.ts';
import { joinKey } from '../identity/key.ts';
import { applicationKey } from '../identity/application.ts';
import { matchesRecord } from '../overrides/rollback.ts';
import { versionText } from '../presence.ts';
import type { ImageResult } from '../report.ts';
import type { VersionTimes } from '../tags/version-times.ts';
import type { DeliveredImage, Delivery, DeliveryResult } from './delivery.ts';

/** What was on its way and is no more. */
export interface LeftDelivery {
  readonly delivery: Delivery;
  /** `undefined`: it never was in the base branch, so that it is no delivery. */
  readonly result: DeliveryResult | undefined;
  /** What a person put back is the version before. */
  readonly isPutBack?: true;
}

/** Deliveries that are on their way, at most one for each image. */
export interface UnderWay {
  all(): readonly Delivery[];
  /** The one that has this image. */
  of(key: string): Delivery | undefined;
  replace(before: Delivery, after: Delivery): void;
  remove(delivery: Delivery): void;
  /** Adds what was just written, and lets go of what it takes the place of. */
  add(written: readonly Delivery[]): readonly LeftDelivery[];
  clear(): void;
}

/** More are forgotten, the oldest first. */
const MOST_UNDER_WAY = 10_000;

export function createUnderWay(): UnderWay {
  const deliveries = new Set<Delivery>();
  const byImage = new Map<string, Delivery>();

  function put(delivery: Delivery): void {
    deliveries.add(delivery);
    for (const { key } of delivery.images) byImage.set(key, delivery);
  }

  function remove(delivery: Delivery): void {
    deliveries.delete(delivery);
    for (const { key } of delivery.images) if (byImage.get(key) === delivery) byImage.delete(key);
  }

  function replace(before: Delivery, after: Delivery): void {
    remove(before);
    put(after);
  }

  return {
    all: () => [...deliveries],
    of: (key) => byImage.get(key),
    replace,
    remove,
    add(written) {
      const left = written.flatMap((delivery) => {
        const gone = delivery.images.flatMap(({ key }) =>
          without(byImage.get(key), key, { replace, remove }),
        );
        put(delivery);
        return gone;
      });
      for (const oldest of deliveries) {
        if (deliveries.size <= MOST_UNDER_WAY) break;
        remove(oldest);
      }
      return left;
    },
    clear() {
      deliveries.clear();
      byImage.clear();
    },
  };
}

/** Takes one image out of a delivery, which has ended when it was the last. */
function without(
  delivery: Delivery | undefined,
  key: string,
  { replace, remove }: Pick<UnderWay, 'replace' | 'remove'>,
): readonly LeftDelivery[] {
  if (delivery === undefined) return [];
  const images = delivery.images.filter((image) => image.key !== key);
  if (images.length > 0) {
    replace(delivery, { ...delivery, images });
    return [];
  }
  remove(delivery);
  return [{ delivery, result: supersededAs(delivery) }];
}

/** What was synced before there was something else has been deployed. */
export function supersededAs({ stage }: Pick<Delivery, 'stage'>): DeliveryResult | undefined {
  switch (stage) {
    case 'proposed':
      return undefined;
    case 'written':
      return 'superseded';
    case 'synced':
      return 'synced';
  }
}

/** What the results of a cycle say was written: one delivery for each Application and commit. */
export function writtenDeliveries(
  results: readonly { readonly result: ImageResult; readonly times: VersionTimes }[],
  now: number,
): readonly Delivery[] {
  const found = new Map<string, Delivery>();
  for (const { result, times } of results) {
    const image = deliveredImage(result, times);
    if (image === undefined) continue;
    const { application, commit } = result;
    const key = joinKey(applicationKey(application), commit);
    const known = found.get(key);
    found.set(key, {
      application,
      ...(commit === undefined ? {} : { commit }),
      stage: isProposed(result) ? 'proposed' : 'written',
      writtenAt: now,
      isVerified: known?.isVerified === true || isVerified(result),
      images: [...(known?.images ?? []), image],
    });
  }
  return [...found.values()];
}

/** The same version written once more, and one that a check took back, bring nothing new. */
const BRINGS: ReadonlySet<string> = new Set(['newer-version', 'digest-moved', 'first-write']);

function deliveredImage(result: ImageResult, times: VersionTimes): DeliveredImage | undefined {
  const { outcome, basis, current, candidate } = result;
  const to = versionText(candidate);
  if (outcome !== 'updated' || to === undefined || !BRINGS.has(basis?.reason.code ?? '')) return undefined;
  return { key: resultImageKey(result), from: versionText(current), to, times };
}

function isProposed({ pullRequest, place }: ImageResult): boolean {
  return pullRequest !== undefined || place?.git.push !== undefined;
}

/** Only what is in Git is verified. */
function isVerified({ basis, writer }: ImageResult): boolean {
  return writer === 'git' && basis?.policy.verify !== undefined;
}

/** Whether the target has what was delivered; `undefined` where its version is not known. */
export function hasArrived({ to }: DeliveredImage, { current }: ImageResult): boolean | undefined {
  return current === undefined ? undefined : matchesRecord(to, current);
}

/** Whether the target has what it had before. */
export function isPutBack({ from }: DeliveredImage, { current }: ImageResult): boolean {
  return from !== undefined && current !== undefined && matchesRecord(from, current);
}
