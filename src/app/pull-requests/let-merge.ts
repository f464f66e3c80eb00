import type { RequestText } from '../../core/pull-requests/describe-request.ts';
import type { PullRequest } from '../../core/pull-requests/request.ts';
import type { RequestResult } from '../../core/report.ts';
import { asLynceusError } from '../../errors.ts';
import type { LogFields } from '../../ports/log.ts';
import { settingsOf, type RequestWork } from './request-work.ts';

export interface MergeWork extends Pick<
  RequestWork,
  'host' | 'place' | 'pullRequests' | 'dryRun' | 'log' | 'signal'
> {
  /** Not with commits of others on the branch, nor where a merge is somebody's approval. */
  readonly mayMerge: boolean;
}

/**
 * Lets a request merge by itself where that is configured. Hosts refuse it while they check whether a request can be
 * merged, so it is tried again in each cycle; why it is refused is a warning the first time only. `again`: what it was
 * to be merged with has changed.
 */
export async function letMerge(
  request: PullRequest,
  { text: { squash }, again }: { readonly text: Pick<RequestText, 'squash'>; readonly again: boolean },
  work: MergeWork,
): Promise<void> {
  const { host, dryRun, log, signal, mayMerge } = work;
  const { autoMerge } = settingsOf(work);
  const { url } = request;
  if (autoMerge === undefined || dryRun) return;
  if (!host.abilities.has('auto-merge')) {
    const reason = `${host.label} has no auto-merge: autoMerge has no effect there`;
    warnOnce('a pull request lacks something', { url, reason }, work);
    return;
  }
  if (!mayMerge || (request.autoMerge && !again)) return;
  try {
    const answer = await host.enableAutoMerge(request.number, { method: autoMerge, squash, again }, signal);
    if (answer.kind === 'enabled') log.info('pull request merges by itself when it is ready', { url });
    else if (answer.kind === 'refused')
      warnOnce('pull request does not merge by itself yet', { url, reason: answer.reason }, work);
  } catch (thrown) {
    const error = asLynceusError(thrown);
    if (error.code === 'aborted') throw error;
    warnOnce('pull request does not merge by itself', { url, reason: error.line, err: error }, work);
  }
}

/** What somebody else opened from our branch stays as it is: said once. */
export function leaveToOthers({ url }: PullRequest, work: MergeWork): RequestResult {
  const reason = 'somebody else opened it, so its text, labels and merging are left as they are';
  warnOnce('pull request is not ours', { url, reason }, work);
  return { action: 'keep', url };
}

interface Refusal extends LogFields {
  readonly url: string;
  readonly reason: string;
}

function warnOnce(message: string, refusal: Refusal, { pullRequests, log }: MergeWork): void {
  if (pullRequests.memory.isNews(refusal.url, refusal.reason)) log.warn(message, refusal);
  else log.debug(message, refusal);
}
