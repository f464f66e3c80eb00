import type { HostAbility, MergeMethod, PullRequestHost } from '../../ports/pull-request-host.ts';
import type { ApiCall, HostApi } from '../host-api.ts';
import type { HostKind, HostProject } from '../host-kind.ts';
import { saidBy } from '../refusal.ts';
import { DRAFT, listEnded, listOpened, mergeRequest, type GitLabProject } from './merge-requests.ts';
import { asDraft, LONGEST_TITLE, openMergeRequest } from './open-merge-request.ts';

/** gitlab.com and GitLab of one's own. */
export const GITLAB: HostKind = {
  hosts: ['gitlab.com'],
  apiUrlOf: ({ protocol, host }) => `${protocol}://${host}/api/v4`,
  // Personal, project and group access tokens are taken here too, and redirects drop this header.
  headersOf: ({ token }) => ({ authorization: `Bearer ${token}` }),
  open: createGitLabHost,
};

const ABILITIES: ReadonlySet<HostAbility> = new Set(['labels', 'reviewers', 'auto-merge', 'draft']);

const LIMITS = { title: LONGEST_TITLE, body: 65_536 };

function createGitLabHost({ label, path: slug }: HostProject, api: HostApi): PullRequestHost {
  const path = `/projects/${encodeURIComponent(slug)}/merge_requests`;
  const project: GitLabProject = { label, path, api };
  return {
    label,
    abilities: ABILITIES,
    limits: LIMITS,
    listOpen: (base, signal) => listOpened(project, { target_branch: base }, signal),
    listEnded: (head, base, signal) => listEnded(project, { head, base }, signal),
    create: (draft, signal) => openMergeRequest(project, draft, signal),
    async update(number, { title, body }, signal) {
      const one = `${path}/${number}`;
      const what = `update merge request !${number}`;
      const now = await api.read({ method: 'GET', path: one, what }, mergeRequest, signal);
      // Whether it is a draft is part of the title, and no longer ours to say.
      const kept = DRAFT.test(now.title) ? asDraft(title) : title;
      await api.call({ method: 'PUT', path: one, body: { title: kept, description: body }, what }, signal);
    },
    async close(number, { body, comment }, signal) {
      const one = `${path}/${number}`;
      const what = `close merge request !${number}`;
      const closing = { state_event: 'close', description: body };
      await api.call({ method: 'PUT', path: one, body: closing, what }, signal);
      // Last, so that a repetition after a failure does not comment twice.
      await api.call({ method: 'POST', path: `${one}/notes`, body: { body: comment }, what }, signal);
    },
    enableAutoMerge: (number, method, signal) => letMerge(project, number, { method, signal }),
  };
}

async function letMerge(
  { path, api }: GitLabProject,
  number: number,
  { method, signal }: { readonly method: MergeMethod; readonly signal: AbortSignal },
): ReturnType<PullRequestHost['enableAutoMerge']> {
  const call: ApiCall = {
    method: 'PUT',
    path: `${path}/${number}/merge`,
    // GitLab 17.11 renamed the first one to the second.
    body: { merge_when_pipeline_succeeds: true, auto_merge: true, squash: method === 'squash' },
    what: `let merge request !${number} merge by itself`,
    // Right after it was opened GitLab still looks whether it can be merged, and says one of these.
    understands: [405, 406, 409, 422],
  };
  const { status, content } = await api.call(call, signal);
  if (status < 300) return { kind: 'enabled' };
  return { kind: 'refused', reason: saidBy(content) || `status ${status}` };
}
