import { LynceusError } from '../errors.ts';
import {
  SUBJECT_ACCESS_REVIEWS,
  TOKEN_REVIEWS,
  type KubeClient,
  type KubeObject,
} from '../kube/kube-client.ts';
import type { AccessReview } from '../server/bearer-access.ts';

/** As controllers made with controller-runtime have it. */
const LONGEST = 10_000;

/**
 * Asks the API server whose the token is, and whether that user may `get` the path, a URL that is no resource. Throws
 * `kube-…` when it cannot be asked.
 */
export async function reviewScrape(
  kube: Pick<KubeClient, 'create'>,
  { token, path }: { readonly token: string; readonly path: string },
): Promise<AccessReview> {
  const signal = AbortSignal.timeout(LONGEST);
  const who = await kube.create(
    TOKEN_REVIEWS,
    { namespace: undefined, body: review('authentication.k8s.io', 'TokenReview', { token }) },
    signal,
  );
  const { authenticated, user } = statusOf(who);
  if (authenticated !== true) return 'unknown';
  const { username, uid, groups, extra } = (user ?? {}) as Readonly<Record<string, unknown>>;
  const asked = { user: username, uid, groups, extra, nonResourceAttributes: { path, verb: 'get' } };
  const what = await kube.create(
    SUBJECT_ACCESS_REVIEWS,
    { namespace: undefined, body: review('authorization.k8s.io', 'SubjectAccessReview', asked) },
    signal,
  );
  return statusOf(what)['allowed'] === true ? 'allowed' : 'denied';
}

function review(group: string, kind: string, spec: Readonly<Record<string, unknown>>): KubeObject {
  return { apiVersion: `${group}/v1`, kind, metadata: {}, spec };
}

function statusOf(answer: KubeObject): Readonly<Record<string, unknown>> {
  const { kind, status } = answer;
  if (typeof status === 'object' && status !== null) return status as Readonly<Record<string, unknown>>;
  throw new LynceusError('kube-failed', `the API server answered a ${String(kind)} without a status`);
}
