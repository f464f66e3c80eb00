import { asLynceusError } from '../errors.ts';
import type { ApiCall, HostApi } from './host-api.ts';
import type { ApiAnswer } from './refusal.ts';

/** With these a host refuses a label or a person that it does not know, or that cannot be asked; another attempt is refused too. */
export const NAME_REFUSED = [400, 404, 422];

export function refusesNames({ status }: Pick<ApiAnswer, 'status'>): boolean {
  return NAME_REFUSED.includes(status);
}

/** What a host knows of the names of reviewers. */
export interface FoundReviewers {
  /** The id of each name that stands for one person. */
  readonly ids: ReadonlyMap<string, string>;
  /** A sentence for each name that has none, or for why they could not be looked up. */
  readonly shortcomings: readonly string[];
  /** Names that could not be looked up: another attempt may find them. */
  readonly unasked: readonly string[];
}

/** A request without its labels or reviewers is better than none: `undefined` when it failed, and a sentence why. */
export async function orShortcoming<T>(
  shortcomings: string[],
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (thrown) {
    const error = asLynceusError(thrown);
    if (error.code === 'aborted') throw error;
    shortcomings.push(error.line);
    return undefined;
  }
}

export interface ReviewerLookUp {
  /** Who is asked, for messages. */
  readonly label: string;
  readonly isId: (name: string) => boolean;
  /**
   * Asks the host; answers the ids of each name, `undefined` for one that may be where it could not look, with a sentence in
   * `shortcomings`.
   */
  readonly find: (
    names: readonly string[],
    shortcomings: string[],
  ) => Promise<(name: string) => readonly string[] | undefined>;
}

/** Reviewers as ids. An id stays as it is; a name that stands for nobody, or for several, is left out with a sentence. */
export async function findReviewerIds(
  names: readonly string[],
  { label, isId, find }: ReviewerLookUp,
): Promise<FoundReviewers> {
  const ids = new Map(names.filter(isId).map((id) => [id, id]));
  const others = names.filter((name) => !isId(name));
  const shortcomings: string[] = [];
  if (others.length === 0) return { ids, shortcomings, unasked: [] };
  const idsOf = await orShortcoming(shortcomings, () => find(others, shortcomings));
  if (idsOf === undefined) return { ids, shortcomings, unasked: others };
  const unasked: string[] = [];
  for (const name of others) {
    const found = idsOf(name);
    const [id] = found ?? [];
    if (found === undefined) unasked.push(name);
    else if (id !== undefined && found.length === 1) ids.set(name, id);
    else
      shortcomings.push(
        `${label} knows ${found.length === 0 ? 'no' : 'several'} ${name} to ask for a review`,
      );
  }
  return { ids, shortcomings, unasked };
}

/** What is before the name of a team. */
export const TEAM = 'team/';

/** Asks for reviews at GitHub and Gitea. */
export function askForReviews(api: HostApi, path: string) {
  return (number: number, names: readonly string[], signal: AbortSignal): Promise<ApiAnswer> =>
    api.call(reviewCall(path, number, names), signal);
}

/** The call that asks for reviews at GitHub and Gitea; `team/NAME` is a team. */
export function reviewCall(path: string, number: number, names: readonly string[]): ApiCall {
  const body = {
    reviewers: names.filter((name) => !name.startsWith(TEAM)),
    team_reviewers: names.filter((name) => name.startsWith(TEAM)).map((name) => name.slice(TEAM.length)),
  };
  const what = `ask for reviews of pull request #${number}`;
  return {
    method: 'POST',
    path: `${path}/${number}/requested_reviewers`,
    body,
    what,
    understands: NAME_REFUSED,
  };
}
