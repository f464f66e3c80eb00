import type { RequestLacks } from '../core/pull-requests/marker.ts';
import { asLynceusError } from '../errors.ts';
import type { Added } from '../ports/pull-request-host.ts';
import type { HostApi } from './host-api.ts';
import type { Additions } from './host-dialect.ts';
import type { ApiAnswer } from './refusal.ts';

export interface AddOptions {
  readonly api: HostApi;
  readonly additions: Additions;
  readonly signal: AbortSignal;
}

/** With these a host refuses a name that it does not know, or that cannot be asked; another attempt is refused too. */
const REFUSED = [400, 404, 422];

/**
 * Adds labels and reviewers to a request that is open. Of several reviewers of whom the host refuses some, the others are
 * asked one by one. What failed for another reason is in `lacks`.
 */
export async function addToRequest(
  number: number,
  { labels, reviewers }: RequestLacks,
  { api, additions, signal }: AddOptions,
): Promise<Added> {
  const shortcomings: string[] = [];

  /** Those that are to be tried again. */
  async function attempt(
    names: readonly string[],
    ask: (names: readonly string[]) => Promise<ApiAnswer>,
    what: string,
  ): Promise<readonly string[]> {
    if (names.length === 0) return [];
    try {
      const answer = await ask(names);
      if (answer.status < 300) return [];
      if (names.length === 1) {
        shortcomings.push(`${api.refusal(answer, what).message} (${names.join('')})`);
        return [];
      }
    } catch (thrown) {
      const error = asLynceusError(thrown);
      if (error.code === 'aborted') throw error;
      shortcomings.push(error.line);
      return names;
    }
    const left: string[] = [];
    for (const name of names) left.push(...(await attempt([name], ask, what)));
    return left;
  }

  const lacking = {
    labels: await attempt(
      labels,
      (names) => {
        const adding = additions.labels(number, names);
        return typeof adding === 'function' ? adding(signal) : api.call(adding, signal);
      },
      'label it',
    ),
    reviewers: await attempt(
      reviewers,
      async (names) => {
        let answer: ApiAnswer = { status: 204, headers: {}, content: undefined };
        for (const call of additions.reviewers(number, names)) {
          if (answer.status < 300) answer = await api.call({ ...call, understands: REFUSED }, signal);
        }
        return answer;
      },
      'ask for a review',
    ),
  };
  const isComplete = lacking.labels.length + lacking.reviewers.length === 0;
  return { shortcomings, ...(isComplete ? {} : { lacks: lacking }) };
}
