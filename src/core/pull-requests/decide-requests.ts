import type { ClosedRequestFacts } from '../reason.ts';
import type { RequestText } from './describe-request.ts';
import { readMarker, sameProposal, type MarkedChange } from './marker.ts';
import type { PullRequest } from './request.ts';

/** What a group wants of its requests. */
export type GroupWish =
  /** There is a branch to be merged. */
  | { readonly kind: 'propose'; readonly head: string; readonly text: RequestText }
  /** The base says all of it, or people mind. */
  | { readonly kind: 'nothing' }
  /** Not everything could be found out: nothing is opened or closed. */
  | { readonly kind: 'unknown' };

export type RequestStep =
  | { readonly kind: 'open' }
  | { readonly kind: 'update'; readonly request: PullRequest }
  | { readonly kind: 'keep'; readonly request: PullRequest }
  | { readonly kind: 'close'; readonly request: PullRequest; readonly why: 'superseded' | 'nothing-left' };

/**
 * What becomes of the requests of one group. There is one living request a group:
 *
 *   wish      open requests of the group     steps
 *   --------  -----------------------------  -----------------------------------------------------------
 *   propose   none                           open
 *   propose   one from this branch           keep; update when it says something else
 *   propose   others beside it               close them as superseded
 *   propose   one from another branch        open, and close the other as superseded
 *   nothing   any                            close
 *   unknown   any                            -
 *
 * What people made of title and text stays until the versions change.
 */
export function decideRequests(wish: GroupWish, open: readonly PullRequest[]): readonly RequestStep[] {
  switch (wish.kind) {
    case 'unknown':
      return [];
    case 'nothing':
      return open.map((request) => ({ kind: 'close', request, why: 'nothing-left' }));
    case 'propose': {
      const living = open.find(({ head }) => head === wish.head);
      const others = open.filter((request) => request !== living);
      return [
        living === undefined
          ? { kind: 'open' }
          : { kind: saysIt(living, wish.text) ? 'keep' : 'update', request: living },
        ...others.map((request): RequestStep => ({ kind: 'close', request, why: 'superseded' })),
      ];
    }
  }
}

function saysIt({ body }: PullRequest, { marker }: RequestText): boolean {
  const found = readMarker(body);
  return found !== undefined && !found.withdrawn && sameProposal(found, marker);
}

/** The open requests of one group: those that say so, and any from its branch. */
export function ofGroup(
  open: readonly PullRequest[],
  { group, head }: { readonly group: string; readonly head: string | undefined },
): readonly PullRequest[] {
  return open.filter((request) => request.head === head || readMarker(request.body)?.group === group);
}

/** Why a change is not proposed again: a person closed a request with just this version, without merging it. */
export function refusedBefore(
  change: MarkedChange,
  ended: readonly PullRequest[],
): ClosedRequestFacts | undefined {
  const request = ended.find(({ state, body }) => {
    const marker = readMarker(body);
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
