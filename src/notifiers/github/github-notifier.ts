import { apiPathOf } from '../../core/git/api-path.ts';
import { githubHeaders, githubOrServerApiUrl } from '../../core/git/github-api.ts';
import { isJsonObject, parseJsonObject, type JsonObject } from '../../http/json.ts';
import type { Notifier } from '../../ports/notifier.ts';
import type { ServiceSettings } from '../../settings/notification-service.ts';
import type { CommitStatusApi } from '../commits/commit-status-api.ts';
import { createCommitNotifier, type CommitHost, type CommitStatement } from '../commits/commit-notifier.ts';
import type { CommitState } from '../commits/commit-state.ts';
import { listIn, madeId, numberIn } from '../commits/answers.ts';
import type { NotifierParts } from '../notifier-parts.ts';

/** Statuses of commits and deployments (docs.github.com/rest: "Commit statuses", "Deployments", "Deployment statuses"). */
const HOST: CommitHost = {
  apiUrlOf: githubOrServerApiUrl,
  headersOf: githubHeaders,
  longest: 140,
  repositoryPath: (segments) => `/repos${apiPathOf(segments)}`,
  setStatus,
  setDeployment,
  // Costs nothing of the limit that it tells.
  tokenCheck: '/rate_limit',
};

export function createGithubNotifier(settings: ServiceSettings<'github'>, parts: NotifierParts): Notifier {
  return createCommitNotifier(HOST, settings, parts);
}

/** The newest status of a context counts, so one that is sent twice does no harm. */
async function setStatus(api: CommitStatusApi, path: string, statement: CommitStatement): Promise<void> {
  const { sha, state, context, description } = statement;
  // One that was sent late must not take back what is known since.
  if (state === 'pending' && (await hasEnded(api, path, statement))) return;
  await api.call({
    method: 'POST',
    path: `${path}/statuses/${sha}`,
    body: { state, context, description },
    what: 'set the status of a commit',
  });
}

async function hasEnded(
  api: CommitStatusApi,
  path: string,
  { sha, context }: CommitStatement,
): Promise<boolean> {
  const { content } = await api.call({
    method: 'GET',
    path: `${path}/commits/${sha}/statuses`,
    query: { per_page: '100' },
    what: 'read the statuses of a commit',
  });
  return listIn(content).some((one) => one['context'] === context && one['state'] !== 'pending');
}

const DEPLOYMENT_STATES: Readonly<Record<CommitState, string>> = {
  pending: 'in_progress',
  success: 'success',
  failure: 'failure',
  error: 'error',
};

async function setDeployment(api: CommitStatusApi, path: string, statement: CommitStatement): Promise<void> {
  const { description } = statement;
  const deployments = `${path}/deployments`;
  const found = await findDeployment(api, deployments, statement);
  const id = found ?? (await deploy(api, deployments, statement));
  const state = DEPLOYMENT_STATES[statement.state];
  const now = found === undefined ? undefined : await stateOf(api, `${deployments}/${id}/statuses`);
  if (now === state || (statement.state === 'pending' && now !== undefined)) return;
  await api.call({
    method: 'POST',
    path: `${deployments}/${id}/statuses`,
    body: { state, description },
    what: 'set the state of a deployment',
  });
}

async function findDeployment(
  api: CommitStatusApi,
  path: string,
  { sha, environment, application }: CommitStatement,
): Promise<number | undefined> {
  const { content } = await api.call({
    method: 'GET',
    path,
    query: { sha, environment, per_page: '100' },
    what: 'list the deployments of a commit',
  });
  return numberIn(
    listIn(content).find((one) => isOf(one, application)),
    'id',
  );
}

/** Some versions of the server give the payload as text. */
function isOf({ payload }: JsonObject, application: string): boolean {
  const read = typeof payload === 'string' ? parseJsonObject(Buffer.from(payload)) : payload;
  return isJsonObject(read) && read['lynceus'] === application;
}

async function deploy(
  api: CommitStatusApi,
  path: string,
  { sha, environment, application, description }: CommitStatement,
): Promise<number> {
  const what = 'create a deployment';
  const { content } = await api.call({
    method: 'POST',
    path,
    body: {
      ref: sha,
      environment,
      description,
      payload: { lynceus: application },
      // It is deployed already: nothing is merged into it, and no check holds it up.
      auto_merge: false,
      required_contexts: [],
    },
    what,
  });
  return madeId(content, what);
}

async function stateOf(api: CommitStatusApi, path: string): Promise<unknown> {
  const { content } = await api.call({
    method: 'GET',
    path,
    query: { per_page: '1' },
    what: 'read the state of a deployment',
  });
  return listIn(content)[0]?.['state'];
}
