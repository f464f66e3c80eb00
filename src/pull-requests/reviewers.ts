import { asLynceusError } from '../errors.ts';
import type { ApiCall } from './host-api.ts';

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
  /** Asks the host; answers the ids of each name. */
  readonly find: (names: readonly string[]) => Promise<(name: string) => readonly string[]>;
}

/** Reviewers as ids. An id stays as it is; a name that stands for nobody, or for several, is left out with a sentence. */
export async function findReviewerIds(
  names: readonly string[],
  shortcomings: string[],
  { label, isId, find }: ReviewerLookUp,
): Promise<readonly string[]> {
  const ids = names.filter(isId);
  const others = names.filter((name) => !isId(name));
  if (others.length === 0) return ids;
  const idsOf = await orShortcoming(shortcomings, () => find(others));
  if (idsOf === undefined) return ids;
  for (const name of others) {
    const found = idsOf(name);
    if (found.length === 1) ids.push(...found);
    else
      shortcomings.push(
        `${label} knows ${found.length === 0 ? 'no' : 'several'} ${name} to ask for a review`,
      );
  }
  return ids;
}

/** What is before the name of a team. */
export const TEAM = 'team/';

/** The call that asks for reviews at GitHub and Gitea, if any; `team/NAME` is a team. */
export function reviewCalls(path: string, number: number, names: readonly string[]): readonly ApiCall[] {
  if (names.length === 0) return [];
  const body = {
    reviewers: names.filter((name) => !name.startsWith(TEAM)),
    team_reviewers: names.filter((name) => name.startsWith(TEAM)).map((name) => name.slice(TEAM.length)),
  };
  const what = `ask for reviews of pull request #${number}`;
  return [{ method: 'POST', path: `${path}/${number}/requested_reviewers`, body, what }];
}
