import { withdrawnBody } from '../../core/pull-requests/describe-request.ts';
import { readMarker } from '../../core/pull-requests/marker.ts';
import type { PullRequest } from '../../core/pull-requests/request.ts';
import { asLynceusError } from '../../errors.ts';
import { settingsOf, type RequestWork } from './request-work.ts';

export interface Closing {
  readonly request: PullRequest;
  /** For the log. */
  readonly why: string;
  /** What is written below the request, for people. */
  readonly comment: string;
  /** Whether its branch goes with it, where that is configured. */
  readonly deleteBranch: boolean;
}

/** Closes a request of ours, marked so that its changes do not count as refused. */
export async function closeRequest(
  { request, why, comment, deleteBranch }: Closing,
  work: RequestWork,
): Promise<void> {
  const { host, dryRun, log, signal } = work;
  log.info(dryRun ? 'pull request would be closed' : 'pull request closed', {
    url: request.url,
    reason: why,
  });
  if (dryRun) return;
  const marker = readMarker(request.body) ?? { group: '', changes: [], withdrawn: true };
  const body = withdrawnBody(request.body, marker, host.limits.body);
  await host.close(request.number, { body, comment }, signal);
  if (deleteBranch && settingsOf(work).deleteBranch) await removeBranch(request.head, work);
}

/** Deletes a branch of ours alone. A failure is logged and nothing more. */
export async function removeBranch(
  branch: string,
  { session, place, log, signal }: Pick<RequestWork, 'session' | 'place' | 'log' | 'signal'>,
): Promise<void> {
  try {
    if (await session.deleteBranch(place, branch, signal)) log.info('branch deleted', { branch });
  } catch (thrown) {
    const error = asLynceusError(thrown);
    if (error.code === 'aborted') throw error;
    log.warn('a branch could not be deleted', { branch, err: error });
  }
}
