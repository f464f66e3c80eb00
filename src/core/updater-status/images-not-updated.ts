import { cutText } from '../cut-text.ts';
import { applicationText } from '../identity/application.ts';
import { compareParts, joinKey } from '../identity/key.ts';
import type { ImageResult } from '../report.ts';
import { LONGEST_STATUS_TEXT, type ImageNotUpdated } from './status.ts';

/** What tells an image apart in a status, where texts are cut. */
export function statusImageKey({
  application,
  alias,
  image,
}: Pick<ImageResult, 'application' | 'alias' | 'image'>): string {
  return keyOf({ application: applicationText(application), alias: cut(alias), image: cut(image) });
}

/**
 * The images that did not move: those of this cycle, and of the ones before those that it did not look at. Failures first, then
 * what is held, then what was skipped, each by their names.
 */
export function imagesNotUpdated(
  previous: readonly ImageNotUpdated[],
  results: readonly ImageResult[],
  { listed, now }: { readonly listed: ReadonlySet<string>; readonly now: string },
): readonly ImageNotUpdated[] {
  const seen = results.filter(isLookedAt);
  const looked = new Set(seen.map(statusImageKey));
  const known = new Map(previous.map((entry) => [keyOf(entry), entry]));
  const kept = previous.filter((entry) => !looked.has(keyOf(entry)) && listed.has(keyOf(entry)));
  const found = seen.filter(isNotUpdated).map((result): ImageNotUpdated => {
    const before = known.get(statusImageKey(result));
    const { code, message } = result.forTenants ?? { code: result.code, message: result.reason };
    const isSame = before?.outcome === result.outcome && before.code === code;
    return {
      application: applicationText(result.application),
      alias: cut(result.alias),
      image: cut(result.image),
      outcome: result.outcome,
      code,
      reason: cut(message),
      since: isSame ? before.since : now,
    };
  });
  return [...found, ...kept].toSorted(
    (a, b) => rankOf(a) - rankOf(b) || compareParts(partsOf(a), partsOf(b)),
  );
}

/** An image that waits for its interval, or that an abort left undone, is as it was. */
function isLookedAt({ code }: ImageResult): boolean {
  return code !== 'not-due' && code !== 'aborted';
}

function isNotUpdated({ outcome }: ImageResult): boolean {
  return outcome === 'failed' || outcome === 'held' || outcome === 'skipped';
}

function rankOf({ outcome }: ImageNotUpdated): number {
  return outcome === 'failed' ? 0 : outcome === 'held' ? 1 : 2;
}

function partsOf({ application, alias, image }: ImageNotUpdated): readonly string[] {
  return [application, alias, image];
}

function keyOf({
  application,
  alias,
  image,
}: Pick<ImageNotUpdated, 'application' | 'alias' | 'image'>): string {
  return joinKey(application, alias, image);
}

function cut(text: string): string {
  return cutText(text, LONGEST_STATUS_TEXT);
}
