import { LynceusError } from '../../errors.ts';
import type { HostAbility, MergeMethod, PullRequestHost } from '../../ports/pull-request-host.ts';
import { basic } from '../basic.ts';
import { roomForHidden } from '../hidden-comments.ts';
import type { ApiCall, HostApi } from '../host-api.ts';
import type { HostKind, HostProject } from '../host-kind.ts';
import { saidBy } from '../refusal.ts';
import { pathOf, segmentsOf } from '../segments.ts';
import { closeRequest, rewriteRequest } from './change-pull-request.ts';
import { openPullRequest } from './open-pull-request.ts';
import { listEnded, listOpen, pullRequest, type DataCenterRepository } from './pull-requests.ts';

/** Bitbucket Data Center and Server. What is before `scm` in a URL of Git is the context path of the web pages. */
export const BITBUCKET_DATA_CENTER: HostKind = {
  hosts: [],
  apiUrlOf({ protocol, host, path }) {
    const segments = segmentsOf(path);
    const context = segments.slice(0, Math.max(0, segments.lastIndexOf('scm')));
    return `${protocol}://${host}${pathOf(context)}/rest/api/1.0`;
  },
  // An HTTP access token is a bearer token; a person's is taken in place of the password too.
  headersOf: ({ username, token }) => ({
    authorization: ['', 'x-token-auth'].includes(username) ? `Bearer ${token}` : basic(username, token),
    // Without it, what a browser could have sent is refused.
    'x-atlassian-token': 'no-check',
  }),
  open: createDataCenterHost,
};

const ABILITIES: ReadonlySet<HostAbility> = new Set(['reviewers', 'auto-merge', 'draft']);

/** Bitbucket refuses descriptions longer than 32,768 characters. */
const LIMITS = { title: 255, body: roomForHidden(32_768) };

/** `scm/acme/deploy` over HTTP, `acme/deploy` over SSH, `~jane/deploy` for a project of a person. */
function createDataCenterHost({ label, path: remote }: HostProject, api: HostApi): PullRequestHost {
  const [project, slug] = segmentsOf(remote).slice(-2);
  if (project === undefined || slug === undefined || project === 'scm') {
    throw new LynceusError(
      'config-invalid',
      `${label} is no repository of Bitbucket Data Center: PROJECT/REPOSITORY expected`,
    );
  }
  const path = `${pathOf(['projects', project, 'repos', slug])}/pull-requests`;
  const repository: DataCenterRepository = { label, project, slug, path, api };
  return {
    label,
    abilities: ABILITIES,
    limits: LIMITS,
    listOpen: (base, signal) => listOpen(repository, base, signal),
    listEnded: (head, base, signal) => listEnded(repository, { head, base }, signal),
    create: (draft, signal) => openPullRequest(repository, draft, signal),
    update: (number, text, signal) => rewriteRequest(repository, number, { text, signal }),
    close: (number, text, signal) => closeRequest(repository, number, { text, signal }),
    enableAutoMerge: (number, method, signal) => letMerge(repository, number, { method, signal }),
  };
}

const STRATEGIES: Readonly<Record<MergeMethod, string>> = {
  merge: 'no-ff',
  squash: 'squash',
  rebase: 'rebase-no-ff',
};

/**
 * Auto-merge is asked for with a merge (`autoMerge`, 8.15). Bitbucket merges at once where nothing is missing, older ones
 * do that alone; and answers 409 where something is and auto-merge is switched off.
 */
async function letMerge(
  { path, api }: DataCenterRepository,
  number: number,
  { method, signal }: { readonly method: MergeMethod; readonly signal: AbortSignal },
): ReturnType<PullRequestHost['enableAutoMerge']> {
  const one = `${path}/${number}`;
  const what = `let pull request #${number} merge by itself`;
  const asking: ApiCall = { method: 'GET', path: `${one}/auto-merge`, what, understands: [404] };
  const asked = await api.call(asking, signal);
  if (asked.status === 200 && asked.content !== undefined) return { kind: 'as-before' };
  const { version } = await api.read({ method: 'GET', path: one, what }, pullRequest, signal);
  const merging: ApiCall = {
    method: 'POST',
    path: `${one}/merge`,
    query: { version },
    body: { autoMerge: true, strategyId: STRATEGIES[method] },
    what,
    understands: [400, 409],
  };
  const { status, content } = await api.call(merging, signal);
  if (status < 300) return { kind: 'enabled' };
  return { kind: 'refused', reason: saidBy(content) || `status ${status}` };
}
