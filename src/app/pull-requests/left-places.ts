import { gitTargetOf, type GitPlace, type TrackedImage } from '../../core/policy.ts';
import { proposalBranches } from '../../core/pull-requests/group.ts';
import type { WriterSession } from '../../ports/writer.ts';
import type { Evaluation } from '../decide-images.ts';
import type { PullRequestServices } from './pull-request-services.ts';
import { viewKey } from './request-groups.ts';

export interface LeftOptions {
  readonly pullRequests: PullRequestServices;
  readonly session: Pick<WriterSession, 'heads'>;
  readonly signal: AbortSignal;
}

/**
 * Places that propose nothing, and where requests may be left from the time when they did: those that an entry of the
 * configuration covers, and those with a branch that Lynceus would have made for them. No other host is asked.
 */
export async function leftPlaces(
  evaluations: readonly Evaluation[],
  { pullRequests, session, signal }: LeftOptions,
): Promise<readonly GitPlace[]> {
  const found = new Map<string, GitPlace>();
  for (const { tracked, present } of evaluations) {
    const place = gitTargetOf(tracked)?.place;
    if (place === undefined || place.pullRequest !== undefined || present?.kind !== 'read') continue;
    const key = viewKey(place);
    if (found.has(key)) continue;
    if (await mayHaveRequests(tracked, place, { pullRequests, session, signal })) found.set(key, place);
  }
  return [...found.values()];
}

/** Anything thrown means no: nothing of an image depends on it. */
async function mayHaveRequests(
  tracked: TrackedImage,
  place: GitPlace,
  { pullRequests, session, signal }: LeftOptions,
): Promise<boolean> {
  const file = gitTargetOf(tracked)?.file;
  if (file === undefined) return false;
  try {
    if (pullRequests.covers?.(place.remote) === true) return true;
    const { commits } = await session.heads(place, signal);
    return proposalBranches(place.base, tracked.application, file).some((branch) => commits.has(branch));
  } catch {
    signal.throwIfAborted();
    return false;
  }
}
