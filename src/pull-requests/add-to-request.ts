import type { RequestLacks } from '../core/pull-requests/marker.ts';
import { asLynceusError } from '../errors.ts';
import type { Added } from '../ports/pull-request-host.ts';
import type { HostApi } from './host-api.ts';
import type { Additions, HostDialect } from './host-dialect.ts';
import type { ApiAnswer } from './refusal.ts';
import type { FoundReviewers } from './reviewers.ts';

export interface AddOptions {
  readonly api: HostApi;
  readonly additions: Additions;
  readonly signal: AbortSignal;
}

/** What is to be added, with reviewers who were looked up. */
export interface FoundAdditions {
  readonly labels: readonly string[];
  readonly reviewers: FoundReviewers;
}

/** What the host knows of these names; without a look-up they are ids themselves. */
export async function lookUp(
  names: readonly string[],
  find: HostDialect<unknown>['findReviewers'],
  signal: AbortSignal,
): Promise<FoundReviewers> {
  if (find !== undefined && names.length > 0) return await find(names, signal);
  return { ids: new Map(names.map((name) => [name, name])), shortcomings: [], unasked: [] };
}

/**
 * Adds labels and reviewers to a request that is open. Of several of whom the host refuses some, each is asked for by
 * itself. What failed for another reason is in `lacks`, and so is who could not be looked up.
 */
export async function addToRequest(
  number: number,
  { labels, reviewers }: FoundAdditions,
  { api, additions, signal }: AddOptions,
): Promise<Added> {
  const shortcomings = [...reviewers.shortcomings];

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

  const { ids, unasked } = reviewers;
  const idsOf = (names: readonly string[]) => [...new Set(names.map((name) => ids.get(name) ?? name))];
  const { labels: addLabels } = additions;
  const left = {
    labels:
      addLabels === undefined
        ? []
        : await attempt(labels, (names) => addLabels(number, names, signal), 'label it'),
    reviewers: await attempt(
      [...ids.keys()],
      (names) => additions.reviewers(number, idsOf(names), signal),
      'ask for a review',
    ),
  };
  return { shortcomings, ...lacking({ ...left, reviewers: [...unasked, ...left.reviewers] }) };
}

/** As a field that is absent when there is nothing to try again. */
export function lacking(lacks: RequestLacks): Pick<Added, 'lacks'> {
  return lacks.labels.length + lacks.reviewers.length === 0 ? {} : { lacks };
}
