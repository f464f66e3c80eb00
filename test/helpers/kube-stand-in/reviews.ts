import type { KubeRequest } from './request.ts';

/** By token: the name of the user, and the paths that are no resources which they may get. */
export type People = Readonly<
  Record<
    string,
    { readonly user: string; readonly groups?: readonly string[]; readonly mayGet: readonly string[] }
  >
>;

interface Review {
  readonly spec?: {
    readonly token?: string;
    readonly user?: string;
    readonly groups?: readonly string[];
    readonly nonResourceAttributes?: { readonly path?: string; readonly verb?: string };
  };
}

/** The answer to a review of a token or of access, as the API server gives it; undefined for all else. */
export function answerReview(request: KubeRequest, body: string, people: People): unknown {
  if (request.verb !== 'create') return undefined;
  const kind = `${request.group}/${request.resource}`;
  if (kind === 'authentication.k8s.io/tokenreviews') {
    const review = JSON.parse(body) as Review;
    const person = people[review.spec?.token ?? ''];
    if (person === undefined)
      return { ...review, status: { user: {}, error: '[invalid bearer token, token lookup failed]' } };
    const { user, groups = ['system:authenticated'] } = person;
    return {
      ...review,
      status: { authenticated: true, user: { username: user, uid: `uid-of-${user}`, groups } },
    };
  }
  if (kind === 'authorization.k8s.io/subjectaccessreviews') {
    const review = JSON.parse(body) as Review;
    const { user, nonResourceAttributes: what } = review.spec ?? {};
    const person = Object.values(people).find((one) => one.user === user);
    const allowed = what?.verb === 'get' && (person?.mayGet.includes(what.path ?? '') ?? false);
    return { ...review, status: { allowed } };
  }
  return undefined;
}
