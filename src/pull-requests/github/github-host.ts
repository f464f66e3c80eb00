import * as z from 'zod';
import type { HostAbility, MergeMethod, PullRequestHost } from '../../ports/pull-request-host.ts';
import type { ApiCall, HostApi } from '../host-api.ts';
import type { HostKind, HostProject } from '../host-kind.ts';
import { saidBy } from '../refusal.ts';
import { openPull } from './open-pull.ts';
import { listEndedPulls, listOpenPulls, pull, toRequest, type GitHubRepository } from './pulls.ts';

/** github.com, and GitHub Enterprise at `https://HOST/api/v3`. */
export const GITHUB: HostKind = {
  hosts: ['github.com'],
  apiUrlOf: ({ protocol, host }) =>
    host === 'github.com' ? 'https://api.github.com' : `${protocol}://${host}/api/v3`,
  headersOf: ({ token }) => ({
    accept: 'application/vnd.github+json',
    authorization: `Bearer ${token}`,
    'x-github-api-version': '2022-11-28',
  }),
  open: createGitHubHost,
};

const ABILITIES: ReadonlySet<HostAbility> = new Set(['labels', 'reviewers', 'auto-merge', 'draft']);

const LIMITS = { title: 255, body: 65_536 };

function createGitHubHost({ label, path: slug }: HostProject, api: HostApi): PullRequestHost {
  const path = `/repos/${slug.split('/').map(encodeURIComponent).join('/')}`;
  const repository: GitHubRepository = { path, owner: slug.split('/')[0] ?? '', api };
  return {
    label,
    abilities: ABILITIES,
    limits: LIMITS,
    async listOpen(base, signal) {
      const found = await listOpenPulls(repository, { base, per_page: 100 }, signal);
      return found.map((one) => toRequest(one));
    },
    listEnded: (head, base, signal) => listEndedPulls(repository, { head, base }, signal),
    create: (draft, signal) => openPull(repository, draft, signal),
    async update(number, { title, body }, signal) {
      const what = `update pull request #${number}`;
      await api.call(
        { method: 'PATCH', path: `${path}/pulls/${number}`, body: { title, body }, what },
        signal,
      );
    },
    async close(number, { body, comment }, signal) {
      const what = `close pull request #${number}`;
      const closing = { state: 'closed', body };
      await api.call({ method: 'PATCH', path: `${path}/pulls/${number}`, body: closing, what }, signal);
      // Last, so that a repetition after a failure does not comment twice.
      const comments = `${path}/issues/${number}/comments`;
      await api.call({ method: 'POST', path: comments, body: { body: comment }, what }, signal);
    },
    enableAutoMerge: (number, method, signal) => letMerge(repository, number, { method, signal }),
  };
}

const MUTATION =
  'mutation($id: ID!, $method: PullRequestMergeMethod!) { enablePullRequestAutoMerge(input: { pullRequestId: $id, mergeMethod: $method }) { clientMutationId } }';

const METHODS: Readonly<Record<MergeMethod, string>> = { merge: 'MERGE', squash: 'SQUASH', rebase: 'REBASE' };

const graphAnswer = z.object({ errors: z.array(z.object({ message: z.string() })).optional() });

/** The REST API cannot do this. GraphQL is beside it: `api.github.com/graphql`, `HOST/api/graphql`. */
async function letMerge(
  { path, api }: GitHubRepository,
  number: number,
  { method, signal }: { readonly method: MergeMethod; readonly signal: AbortSignal },
): ReturnType<PullRequestHost['enableAutoMerge']> {
  const what = `let pull request #${number} merge by itself`;
  const one: ApiCall = { method: 'GET', path: `${path}/pulls/${number}`, what };
  const { node_id: id } = await api.read(one, pull, signal);
  const graph: ApiCall = {
    method: 'POST',
    path: api.baseUrl.endsWith('/v3') ? '/../graphql' : '/graphql',
    body: { query: MUTATION, variables: { id, method: METHODS[method] } },
    what,
  };
  const { errors = [] } = await api.read(graph, graphAnswer, signal);
  return errors.length === 0 ? { kind: 'enabled' } : { kind: 'refused', reason: saidBy(errors) };
}
