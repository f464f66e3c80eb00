import { isDeepStrictEqual } from 'node:util';
import { bodyWithMarker } from '../../core/pull-requests/describe-request.ts';
import { readMarker, type RequestLacks } from '../../core/pull-requests/marker.ts';
import type { PullRequest } from '../../core/pull-requests/request.ts';
import { asLynceusError } from '../../errors.ts';
import { settingsOf, type RequestWork } from './request-work.ts';

type AddWork = Pick<RequestWork, 'host' | 'place' | 'pullRequests' | 'dryRun' | 'log' | 'signal'>;

/**
 * Tries again to add the labels and reviewers that could not be added when a request was opened. Only those who are
 * configured still are asked for a review.
 */
export async function addLacking(request: PullRequest, work: AddWork): Promise<void> {
  const { host, dryRun, log, signal } = work;
  const lacks = readMarker(request.body)?.lacks;
  if (lacks === undefined || dryRun || !work.pullRequests.memory.isDue(request.url)) return;
  const { reviewers } = settingsOf(work);
  const wanted = { ...lacks, reviewers: lacks.reviewers.filter((name) => reviewers.includes(name)) };
  const added = await host.add(request.number, wanted, signal);
  for (const reason of added.shortcomings)
    log.warn('a pull request lacks something', { url: request.url, reason });
  if (!isDeepStrictEqual(added.lacks, lacks)) await rememberLacks(request, added.lacks, work);
}

/** Writes into the request what it lacks still. A failure costs only that it is not tried again. */
export async function rememberLacks(
  { number, url, title, body }: PullRequest,
  lacks: RequestLacks | undefined,
  { host, log, signal }: Pick<AddWork, 'host' | 'log' | 'signal'>,
): Promise<void> {
  const found = readMarker(body);
  if (found === undefined) return;
  const { lacks: _before, ...marker } = found;
  const next = lacks === undefined ? marker : { ...marker, lacks };
  try {
    await host.update(number, { title, body: bodyWithMarker(body, next, host.limits.body) }, signal);
  } catch (thrown) {
    const error = asLynceusError(thrown);
    if (error.code === 'aborted') throw error;
    log.warn('what a pull request lacks is not tried again', { url, err: error });
  }
}
