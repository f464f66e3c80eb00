import type { ClosedRequestFacts } from '../reasons/reason.ts';
import type { RequestText } from './describe-request.ts';
import { markerIn, sameProposal, type MarkedChange, type RequestMarker } from './marker.ts';
import type { PullRequest } from './request.ts';

/** The desired state of the request of a group. */
export type DesiredRequest =
  /** A branch is to be merged. */
  | { readonly kind: 'propose'; readonly head: string; readonly text: RequestText }
  /** The base has all of it, or it is held or refused. */
  | { readonly kind: 'nothing' }
  /** Something of it failed: nothing is opened or closed. */
  | { readonly kind: 'unknown' };

export type RequestStep =
  | { readonly kind: 'open' }
  | { readonly kind: 'update'; readonly request: PullRequest }
  | { readonly kind: 'keep'; readonly request: PullRequest }
  | { readonly kind: 'close'; readonly request: PullRequest; readonly why: 'superseded' | 'nothing-left' };

/**
 * What is done to the requests of one group. A group has one open request:
 *
 *   desired   open requests of the group     steps
 *   --------  -----------------------------  -----------------------------------------------------------
 *   propose   none                           open
 *   propose   one from this branch           keep; update when it proposes something else
 *   propose   others beside it               close them as superseded
 *   propose   one from another branch        open, and close the other as superseded
 *   propose   somebody else's, from this     keep, as it is: a host takes no second one
 *             branch
 *   nothing   any                            close
 *   unknown   any                            -
 *
 * Title and text as people changed them stay until the versions change. What somebody else opened is never changed or closed.
 */
export function decideRequests(
  desired: DesiredRequest,
  open: readonly PullRequest[],
): readonly RequestStep[] {
  switch (desired.kind) {
    case 'unknown':
      return [];
    case 'nothing':
      return open
        .filter(({ isOurs }) => isOurs)
        .map((request) => ({ kind: 'close', request, why: 'nothing-left' }));
    case 'propose': {
      const current = open.find(({ head }) => head === desired.head);
      const others = open.filter((request) => request !== current && request.isOurs);
      return [
        current === undefined ? { kind: 'open' } : { kind: stepFor(current, desired), request: current },
        ...others.map((request): RequestStep => ({ kind: 'close', request, why: 'superseded' })),
      ];
    }
  }
}

function stepFor(
  current: PullRequest,
  { text }: Extract<DesiredRequest, { kind: 'propose' }>,
): 'keep' | 'update' {
  return !current.isOurs || proposesSame(current, text.marker) ? 'keep' : 'update';
}

/** Whether an open request has just this proposal, which we have not withdrawn. */
export function proposesSame(request: PullRequest, marker: RequestMarker): boolean {
  const found = markerIn(request);
  return found !== undefined && !found.withdrawn && sameProposal(found, marker);
}

/** The open requests of one group: those whose marker names it, and any from its branch. */
export function ofGroup(
  open: readonly PullRequest[],
  { group, head }: { readonly group: string; readonly head: string | undefined },
): readonly PullRequest[] {
  return open.filter((request) => request.head === head || markerIn(request)?.group === group);
}

/** Why a change is not proposed again: a person closed a request with just this version, without merging it. */
export function refusedBefore(
  change: MarkedChange,
  ended: readonly PullRequest[],
): ClosedRequestFacts | undefined {
  const request = ended.find((one) => {
    const { state } = one;
    const marker = markerIn(one);
    if (state !== 'closed' || marker === undefined || marker.withdrawn) return false;
    return marker.changes.some(
      ({ application, alias, image, to }) =>
        application === change.application &&
        alias === change.alias &&
        image === change.image &&
        to === change.to,
    );
  });
  if (request === undefined) return undefined;
  return { url: request.url, version: change.to, closedBy: request.endedBy };
}
