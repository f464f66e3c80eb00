import { formatName } from '../image/reference.ts';
import type { TrackedImage } from '../policy.ts';
import type { WriteResult } from '../verification/write-result.ts';
import type { UpstreamVersion } from './upstream-version.ts';

/** So much later a time of health is worth keeping anew. */
const WORTH_KEEPING = 5 * 60_000;

/**
 * What is to be kept of the version in force of an image that others are promoted from, so that it counts when another version has taken
 * its place. `undefined` when nothing is new, and for a version that no commit of ours wrote.
 */
export function healthyResult(
  { application, alias, image }: Pick<TrackedImage, 'application' | 'alias' | 'image'>,
  { isInForce, version, commit, reached }: UpstreamVersion,
  { kept, now }: { readonly kept: readonly WriteResult[]; readonly now: number },
): WriteResult | undefined {
  const { written, synced, healthy } = reached;
  if (!isInForce || commit === undefined || written?.since === undefined || synced === undefined)
    return undefined;
  const known = kept.findLast((one) => one.version === version && one.commit === commit);
  const base = known ?? {
    application,
    alias,
    image: formatName(image),
    version,
    commit,
    writtenAt: written.since,
  };
  const syncedAt = base.syncedAt ?? synced.since;
  const withSync: WriteResult = syncedAt === undefined ? base : { ...base, syncedAt };
  if (healthy?.since === undefined || healthy.since > now)
    return syncedAt === known?.syncedAt ? undefined : withSync;
  const lived = { since: healthy.since, until: now };
  const before = base.healthy;
  const isLonger = before === undefined || lived.until - lived.since > before.until - before.since;
  const isNews = before === undefined || now - before.until >= WORTH_KEEPING || before.since !== lived.since;
  if (isLonger && isNews) return { ...withSync, healthy: lived };
  return syncedAt === known?.syncedAt ? undefined : withSync;
}
