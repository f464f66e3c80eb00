import pLimit from 'p-limit';
import { connectionKey, transportKey } from '../core/identity/branch.ts';
import { joinKey } from '../core/identity/key.ts';
import { groupBy } from '../core/plan/group-by.ts';
import { gitTargetOf, imagesInGit, type GitPlace, type TrackedImage } from '../core/policy.ts';
import type { WriterSession } from '../ports/writer.ts';

export interface UnifyOptions {
  /** How many logins are looked for at once. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
}

/** What finds logins; without it nothing is unified. */
export type LoginSession = Partial<Pick<WriterSession, 'loginKey'>>;

/**
 * Gives one source of credentials to all images of a remote for which one login is found, however they name it: Applications of
 * two AppProjects may share a repository Secret, and Secrets of two namespaces may hold one token. So they share fetch,
 * push and branch; so do an Application whose source the remote is and one that names it in an annotation. Where no login is found, that fails later for whom it concerns.
 */
export async function unifyLogins(
  images: readonly TrackedImage[],
  session: LoginSession,
  { concurrency, signal }: UnifyOptions,
): Promise<readonly TrackedImage[]> {
  const limit = pLimit(concurrency);
  const places = imagesInGit(images).map(({ target }) => target.place);
  const unified = new Map<string, Pick<GitPlace, 'credentials' | 'isOwnSource'>>();
  await Promise.all(
    [...groupBy(places, ({ remote }) => transportKey(remote)).values()].map(async (group) => {
      const sources = [...groupBy(group, connectionKey)].flatMap(([key, [place]]) =>
        place === undefined ? [] : [{ key, place }],
      );
      if (sources.length < 2) return;
      const found = await Promise.all(
        sources.map(({ key, place }) => limit(async () => ({ key, place, login: await loginOf(place) }))),
      );
      const known = found
        .filter(({ login }) => login !== undefined)
        .toSorted((a, b) => (a.key < b.key ? -1 : 1));
      for (const same of groupBy(known, ({ login }) => joinKey(login)).values()) {
        const [first] = same;
        if (first === undefined) continue;
        const isOwnSource = same.some(({ place }) => place.isOwnSource);
        for (const { key } of same) unified.set(key, { credentials: first.place.credentials, isOwnSource });
      }
    }),
  );

  async function loginOf(place: GitPlace): Promise<string | undefined> {
    try {
      return await session.loginKey?.(place, signal);
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  }

  return images.map((tracked) => {
    const target = gitTargetOf(tracked);
    const shared = target && unified.get(connectionKey(target.place));
    if (target === undefined || shared === undefined) return tracked;
    const place = { ...target.place, ...shared };
    return { ...tracked, destination: { ...tracked.destination, target: { ...target, place } } };
  });
}
