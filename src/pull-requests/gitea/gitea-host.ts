import { LynceusError } from '../../errors.ts';
import type { HostAbility, MergeMethod, PullRequestHost } from '../../ports/pull-request-host.ts';
import { basic } from '../basic.ts';
import type { ApiCall, HostApi } from '../host-api.ts';
import type { HostKind, HostProject } from '../host-kind.ts';
import { saidBy } from '../refusal.ts';
import { pathOf, segmentsOf } from '../segments.ts';
import { asDraft, LONGEST_TITLE, openPull } from './open-pull.ts';
import { DRAFT, listEnded, listOpen, pull, type GiteaRepository } from './pulls.ts';

/** Gitea and Forgejo, also below a path of their host (docs.gitea.com, "API Usage"; `/api/swagger` of any of them). */
export const GITEA: HostKind = {
  hosts: ['gitea.com', 'codeberg.org'],
  apiUrlOf: ({ protocol, host, path }) =>
    `${protocol}://${host}${pathOf(segmentsOf(path).slice(0, -2))}/api/v1`,
  // Basic takes a token in place of the password, and a password where there is no second factor.
  headersOf: ({ username, token }) => ({
    authorization: username === '' ? `token ${token}` : basic(username, token),
  }),
  open: createGiteaHost,
};

const ABILITIES: ReadonlySet<HostAbility> = new Set(['labels', 'reviewers', 'auto-merge', 'draft']);

const LIMITS = { title: LONGEST_TITLE, body: 65_536 };

function createGiteaHost({ label, path: slug }: HostProject, api: HostApi): PullRequestHost {
  const [owner, name] = segmentsOf(slug).slice(-2);
  if (owner === undefined || name === undefined) {
    throw new LynceusError('config-invalid', `${label} is no repository of Gitea: OWNER/REPOSITORY expected`);
  }
  const path = `/repos${pathOf([owner, name])}`;
  const repository: GiteaRepository = { label, path, owner, api };
  return {
    label,
    abilities: ABILITIES,
    limits: LIMITS,
    listOpen: (base, signal) => listOpen(repository, base, signal),
    listEnded: (head, base, signal) => listEnded(repository, { head, base }, signal),
    create: (draft, signal) => openPull(repository, draft, signal),
    async update(number, { title, body }, signal) {
      const one = `${path}/pulls/${number}`;
      const what = `update pull request #${number}`;
      const now = await api.read({ method: 'GET', path: one, what }, pull, signal);
      // Whether it is a draft is part of the title, and no longer ours to say.
      const kept = DRAFT.test(now.title) ? asDraft(title) : title;
      await api.call({ method: 'PATCH', path: one, body: { title: kept, body }, what }, signal);
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

/** 409 is said of a conflict too. */
const IS_SCHEDULED = /already scheduled/i;

/** Merges at once where no check is missing. */
async function letMerge(
  { path, api }: GiteaRepository,
  number: number,
  { method, signal }: { readonly method: MergeMethod; readonly signal: AbortSignal },
): ReturnType<PullRequestHost['enableAutoMerge']> {
  const call: ApiCall = {
    method: 'POST',
    path: `${path}/pulls/${number}/merge`,
    body: { Do: method, merge_when_checks_succeed: true },
    what: `let pull request #${number} merge by itself`,
    understands: [405, 409],
  };
  const { status, content } = await api.call(call, signal);
  const reason = saidBy(content) || `status ${status}`;
  if (IS_SCHEDULED.test(reason)) return { kind: 'as-before' };
  if (status < 300) return { kind: 'enabled' };
  return { kind: 'refused', reason };
}
