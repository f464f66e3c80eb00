import { gitlabApiUrl, gitlabHeaders } from '../../core/git/gitlab-api.ts';
import type { Notifier } from '../../ports/notifier.ts';
import type { ServiceSettings } from '../../settings/notification-service.ts';
import { listIn, numberIn } from '../commits/answers.ts';
import type { CommitStatusApi } from '../commits/commit-status-api.ts';
import { createCommitNotifier, type CommitHost, type CommitStatement } from '../commits/commit-notifier.ts';
import type { CommitState } from '../commits/commit-state.ts';
import type { NotifierParts } from '../notifier-parts.ts';

/** Statuses of commits and deployments (docs.gitlab.com/api: "Commits", "Deployments"). */
const HOST: CommitHost = {
  apiUrlOf: gitlabApiUrl,
  headersOf: gitlabHeaders,
  longest: 255,
  repositoryPath: (segments) => `/projects/${encodeURIComponent(segments.join('/'))}`,
  setStatus,
  setDeployment,
  tokenCheck: '/version',
};

export function createGitlabNotifier(settings: ServiceSettings<'gitlab'>, parts: NotifierParts): Notifier {
  return createCommitNotifier(HOST, settings, parts);
}

const STATUSES: Readonly<Record<CommitState, string>> = {
  pending: 'running',
  success: 'success',
  failure: 'failed',
  error: 'canceled',
};

/** A status that is so already is refused with 400 and these words (lib/api/commit_statuses.rb). */
const IS_SO_ALREADY = /cannot transition/i;

async function setStatus(api: CommitStatusApi, path: string, statement: CommitStatement): Promise<void> {
  const { sha, branch, state, context, description } = statement;
  // One that was sent late would begin anew what has ended.
  if (state === 'pending' && (await hasStatus(api, path, statement))) return;
  const { refusal } = await api.call({
    method: 'POST',
    path: `${path}/statuses/${sha}`,
    body: { state: STATUSES[state], ref: branch, name: context, description },
    what: 'set the status of a commit',
    understands: [400],
  });
  if (refusal !== undefined && !IS_SO_ALREADY.test(refusal.message)) throw refusal;
}

async function hasStatus(
  api: CommitStatusApi,
  path: string,
  { sha, context }: CommitStatement,
): Promise<boolean> {
  const { content } = await api.call({
    method: 'GET',
    path: `${path}/repository/commits/${sha}/statuses`,
    query: { name: context },
    what: 'read the statuses of a commit',
  });
  return listIn(content).some(({ name }) => name === context);
}

async function setDeployment(api: CommitStatusApi, path: string, statement: CommitStatement): Promise<void> {
  const { sha, branch, environment, state } = statement;
  const deployments = `${path}/deployments`;
  const status = STATUSES[state];
  const known = await findDeployment(api, deployments, statement);
  if (known === undefined) {
    await api.call({
      method: 'POST',
      path: deployments,
      body: { environment, sha, ref: branch, tag: false, status },
      what: 'create a deployment',
    });
    return;
  }
  if (known.status === status || state === 'pending') return;
  await api.call({
    method: 'PUT',
    path: `${deployments}/${known.id}`,
    body: { status },
    what: 'set the status of a deployment',
  });
}

/** Among the newest of the environment: a list of those of one commit is not to be had. */
async function findDeployment(
  api: CommitStatusApi,
  path: string,
  { sha, environment }: CommitStatement,
): Promise<{ readonly id: number; readonly status: unknown } | undefined> {
  const { content } = await api.call({
    method: 'GET',
    path,
    query: { environment, order_by: 'id', sort: 'desc', per_page: '50' },
    what: 'list the deployments of an environment',
  });
  const found = listIn(content).find((one) => one['sha'] === sha);
  const id = numberIn(found, 'id');
  return id === undefined ? undefined : { id, status: found?.['status'] };
}
