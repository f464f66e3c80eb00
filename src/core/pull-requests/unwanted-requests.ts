import { joinKey } from '../identity/key.ts';
import { markedOwner, markerIn } from './marker.ts';
import type { PullRequest } from './request.ts';
import type { TrackedImage } from '../policy.ts';

export interface UnwantedInput {
  readonly open: readonly PullRequest[];
  /** Groups whose requests are dealt with, and head branches of theirs. */
  readonly groups: ReadonlySet<string>;
  readonly heads: ReadonlySet<string>;
  /** Images of which it is known in this cycle what becomes of them. */
  readonly known: readonly TrackedImage[];
}

/**
 * Open requests of ours that belong to no group any more: pull requests were turned off, or their changes are grouped in
 * another way. Only those all of whose images are known: an Application that is not read now may want its request.
 */
export function unwantedRequests({ open, groups, heads, known }: UnwantedInput): readonly PullRequest[] {
  const owners = new Set(known.map((tracked) => ownerKey(markedOwner(tracked))));
  return open.filter((request) => {
    const { head } = request;
    const marker = markerIn(request);
    if (marker === undefined || marker.withdrawn || marker.changes.length === 0) return false;
    if (groups.has(marker.group) || heads.has(head)) return false;
    return marker.changes.every((change) => owners.has(ownerKey(change)));
  });
}

function ownerKey({ application, alias, image }: ReturnType<typeof markedOwner>): string {
  return joinKey(application, alias, image);
}
