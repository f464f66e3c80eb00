import { LynceusError } from '../../errors.ts';
import type { HostAbility, PullRequestHost } from '../../ports/pull-request-host.ts';
import { basic } from '../basic.ts';
import { hideComments, roomForHidden } from '../hidden-comments.ts';
import type { ApiCall, HostApi } from '../host-api.ts';
import type { HostKind, HostLogin, HostProject } from '../host-kind.ts';
import { pathOf, segmentsOf } from '../segments.ts';
import { isAboutReviewers, openPullRequest } from './open-pull-request.ts';
import { listEnded, listOpen, pullRequest, type CloudRepository } from './pull-requests.ts';

/** bitbucket.org, whose SSH also listens at the port of HTTPS. */
export const BITBUCKET_CLOUD: HostKind = {
  hosts: ['bitbucket.org', 'altssh.bitbucket.org', 'altssh.bitbucket.org:443'],
  apiUrlOf: ({ protocol, host }) =>
    /(?:^|\.)bitbucket\.org$/.test(host) ? 'https://api.bitbucket.org/2.0' : `${protocol}://${host}/2.0`,
  headersOf: (login) => ({ authorization: authorizationOf(login) }),
  open: createCloudHost,
};

/** Names of Git logins that stand for a token and are nobody's. */
const NOBODY = new Set(['', 'x-token-auth', 'x-bitbucket-api-token-auth']);

/** `jane@acme.example:ATATT3x…`. */
const ADDRESS_AND_TOKEN = /^[^\s:@]+@[^\s:]+:\S+$/;

/**
 * An access token of a repository, project or workspace is a bearer token. An API token of a person is the password of
 * her mail address, which Git does not ask for: then the token is given as `ADDRESS:TOKEN`.
 */
function authorizationOf({ username, token }: HostLogin): string {
  if (ADDRESS_AND_TOKEN.test(token)) {
    const cut = token.indexOf(':');
    return basic(token.slice(0, cut), token.slice(cut + 1));
  }
  return NOBODY.has(username) ? `Bearer ${token}` : basic(username, token);
}

const ABILITIES: ReadonlySet<HostAbility> = new Set(['reviewers', 'draft']);

const LIMITS = { title: 255, body: roomForHidden(32_768) };

function createCloudHost({ label, path: slug }: HostProject, api: HostApi): PullRequestHost {
  const [workspace, name, ...more] = segmentsOf(slug);
  if (workspace === undefined || name === undefined || more.length > 0) {
    throw new LynceusError(
      'config-invalid',
      `${label} is no repository of Bitbucket Cloud: WORKSPACE/REPOSITORY expected`,
    );
  }
  const path = `/repositories${pathOf([workspace, name])}/pullrequests`;
  const repository: CloudRepository = { label, workspace, path, api };
  return {
    label,
    abilities: ABILITIES,
    limits: LIMITS,
    listOpen: (base, signal) => listOpen(repository, { base }, signal),
    listEnded: (head, base, signal) => listEnded(repository, { head, base }, signal),
    create: (draft, signal) => openPullRequest(repository, draft, signal),
    update: (number, text, signal) =>
      rewrite(repository, number, { text, signal, what: `update pull request #${number}` }),
    async close(number, { body, comment }, signal) {
      const what = `close pull request #${number}`;
      // First, because what is declined cannot be changed.
      await rewrite(repository, number, { text: { body }, signal, what });
      await api.call({ method: 'POST', path: `${path}/${number}/decline`, what }, signal);
      const content = { content: { raw: comment } };
      await api.call({ method: 'POST', path: `${path}/${number}/comments`, body: content, what }, signal);
    },
    enableAutoMerge: () =>
      Promise.resolve({ kind: 'refused', reason: 'Bitbucket Cloud merges nothing by itself' }),
  };
}

interface Rewriting {
  readonly text: { readonly title?: string; readonly body: string };
  readonly signal: AbortSignal;
  readonly what: string;
}

/** What a `PUT` leaves out is not always kept: without reviewers there are none. */
async function rewrite(
  { path, api }: CloudRepository,
  number: number,
  { text, signal, what }: Rewriting,
): Promise<void> {
  const one = `${path}/${number}`;
  const now = await api.read({ method: 'GET', path: one, what }, pullRequest, signal);
  const content = {
    title: text.title ?? now.title,
    description: hideComments(text.body),
    ...(now.draft === true ? { draft: true } : {}),
  };
  const reviewers = (now.reviewers ?? []).map(({ uuid }) => ({ uuid }));
  const call: ApiCall = {
    method: 'PUT',
    path: one,
    body: { ...content, reviewers },
    what,
    understands: [400],
  };
  let answer = await api.call(call, signal);
  // A reviewer who left would keep it as it is for ever.
  if (isAboutReviewers(answer)) answer = await api.call({ ...call, body: content }, signal);
  if (answer.status === 400) throw api.refusal(answer, what);
}
