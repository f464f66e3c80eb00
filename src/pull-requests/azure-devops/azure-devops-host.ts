import type { HostAbility, MergeMethod, PullRequestHost } from '../../ports/pull-request-host.ts';
import { basic } from '../basic.ts';
import type { ApiCall, HostApi } from '../host-api.ts';
import type { HostKind, HostProject } from '../host-kind.ts';
import { saidBy } from '../refusal.ts';
import { pathOf } from '../segments.ts';
import { azurePlaceOf, requireAzurePlace } from './azure-place.ts';
import { openPullRequest } from './open-pull-request.ts';
import { listEnded, listOpen, readOne, VERSION, type AzureRepository } from './pull-requests.ts';

const SSH_HOSTS: readonly string[] = ['ssh.dev.azure.com', 'vs-ssh.visualstudio.com'];

const ENTRA = /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/;

/** Azure DevOps Services and Server. The API is below the organization or collection. */
export const AZURE_DEVOPS: HostKind = {
  hosts: ['dev.azure.com', 'ssh.dev.azure.com', '*.visualstudio.com'],
  apiUrlOf({ protocol, host, path }) {
    const collection = azurePlaceOf(host, path)?.collection ?? '';
    return SSH_HOSTS.includes(host)
      ? `https://dev.azure.com${collection}`
      : `${protocol}://${host}${collection}`;
  },
  headersOf: ({ token }) => ({
    // A personal access token is the password of nobody; one of Microsoft Entra is a JWT.
    authorization: ENTRA.test(token) ? `Bearer ${token}` : basic('', token),
    // Asks for a refusal in place of a page to log in at.
    'x-tfs-fedauthredirect': 'Suppress',
  }),
  open: createAzureHost,
};

const ABILITIES: ReadonlySet<HostAbility> = new Set(['labels', 'reviewers', 'auto-merge', 'draft']);

const LIMITS = { title: 255, body: 4_000 };

function createAzureHost(remote: HostProject, api: HostApi): PullRequestHost {
  const { label } = remote;
  const { project, repository: name } = requireAzurePlace(remote);
  const path = `${pathOf([project, '_apis', 'git', 'repositories', name])}/pullrequests`;
  const webUrl = `${api.baseUrl}${pathOf([project, '_git', name])}/pullrequest`;
  const repository: AzureRepository = { label, project, path, webUrl, api };
  return {
    label,
    abilities: ABILITIES,
    limits: LIMITS,
    listOpen: (base, signal) => listOpen(repository, { base }, signal),
    listEnded: (head, base, signal) => listEnded(repository, { head, base }, signal),
    create: (draft, signal) => openPullRequest(repository, draft, signal),
    async update(number, { title, body }, signal) {
      const what = `update pull request !${number}`;
      await api.call(changing(repository, number, { body: { title, description: body }, what }), signal);
    },
    async close(number, { body, comment }, signal) {
      const what = `close pull request !${number}`;
      await api.call(changing(repository, number, { body: { description: body }, what }), signal);
      await api.call(changing(repository, number, { body: { status: 'abandoned' }, what }), signal);
      // Last, so that a repetition after a failure does not comment twice; closed, so that no rule waits for an answer.
      const thread = { comments: [{ content: comment, commentType: 'text' }], status: 'closed' };
      const threads = `${path}/${number}/threads`;
      await api.call({ method: 'POST', path: threads, query: VERSION, body: thread, what }, signal);
    },
    enableAutoMerge: (number, method, signal) => letMerge(repository, number, { method, signal }),
  };
}

function changing(
  { path }: AzureRepository,
  number: number,
  { body, what }: { readonly body: unknown; readonly what: string },
): ApiCall {
  return { method: 'PATCH', path: `${path}/${number}`, query: VERSION, body, what };
}

const STRATEGIES: Readonly<Record<MergeMethod, string>> = {
  merge: 'noFastForward',
  squash: 'squash',
  rebase: 'rebase',
};

/** Auto-complete is set in the name of somebody: of who opened the request, which is us. */
async function letMerge(
  repository: AzureRepository,
  number: number,
  { method, signal }: { readonly method: MergeMethod; readonly signal: AbortSignal },
): ReturnType<PullRequestHost['enableAutoMerge']> {
  const { createdBy } = await readOne(repository, number, signal);
  const body = {
    autoCompleteSetBy: { id: createdBy.id },
    completionOptions: { mergeStrategy: STRATEGIES[method] },
  };
  const call = changing(repository, number, { body, what: `let pull request !${number} merge by itself` });
  const { status, content } = await repository.api.call({ ...call, understands: [400, 409] }, signal);
  if (status < 300) return { kind: 'enabled' };
  return { kind: 'refused', reason: saidBy(content) || `status ${status}` };
}
