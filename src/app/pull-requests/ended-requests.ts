import { fixedPush } from '../../core/git/branch-name.ts';
import { placeKey } from '../../core/identity/branch.ts';
import type { GitPlace } from '../../core/policy.ts';
import type { PullRequest } from '../../core/pull-requests/request.ts';
import type { HostTurns } from './host-turns.ts';
import type { PullRequestServices } from './pull-request-services.ts';

/**
 * Merged and closed requests of the branch that a place pushes, newest first. None where it has no pull request, or a branch for
 * each version: there the host cannot be asked for one branch. Throws `LynceusError` when the host cannot be asked.
 */
export type EndedRequests = (place: GitPlace, signal: AbortSignal) => Promise<readonly PullRequest[]>;

/** Each branch is asked for once. */
export function createEndedRequests(
  { hosts }: Pick<PullRequestServices, 'hosts'>,
  turns: HostTurns,
): EndedRequests {
  const asked = new Map<string, Promise<readonly PullRequest[]>>();
  return async (place, signal) => {
    const head = fixedPush(place.push);
    if (place.pullRequest === undefined || head === undefined) return [];
    const key = placeKey(place);
    const known = asked.get(key);
    if (known !== undefined) return await known;
    const asking = turns.run(place, signal, async (own) => {
      const host = await hosts.find(place, own);
      return await host.listEnded(head, place.base, own);
    });
    asked.set(key, asking);
    return await asking;
  };
}
