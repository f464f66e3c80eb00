import { json, type Answer } from '../registry-stand-in.ts';
import { answerWith, paged, textOf, type Route, type RouteCall } from './server.ts';

const ROOT = '^/api/v4/projects/(?<project>[^/]+)';
const SHA = '(?<sha>[0-9a-f]{40})';

/** Which states a status or deployment may come from; absent: from none, so that it begins. */
const BEFORE: Readonly<Record<string, readonly string[]>> = {
  running: ['created', 'pending'],
  success: ['created', 'pending', 'running'],
  failed: ['created', 'pending', 'running'],
  canceled: ['created', 'pending', 'running'],
};
const STATUS_STATES = ['pending', 'skipped', ...Object.keys(BEFORE)];
const DEPLOYMENT_STATES = ['created', ...Object.keys(BEFORE)];
const ENDED = ['success', 'failed', 'canceled', 'skipped'];

/** Statuses of commits and deployments, as docs.gitlab.com describes them, and lib/api/commit_statuses.rb where that is silent. */
export const GITLAB_COMMIT_ROUTES: readonly Route[] = [
  { method: 'GET', path: /^\/api\/v4\/version$/, answer: () => json({ version: '18.0.0' }) },
  {
    method: 'GET',
    path: new RegExp(`${ROOT}$`),
    answer: ({ project }) => json({ path_with_namespace: project.path }),
  },
  { method: 'POST', path: new RegExp(`${ROOT}/statuses/${SHA}$`), answer: setStatus },
  {
    method: 'GET',
    path: new RegExp(`${ROOT}/repository/commits/${SHA}/statuses$`),
    answer: (call) => {
      const name = call.seen.url.searchParams.get('name');
      const found = call.project.statuses.filter(
        ({ sha, context }) => sha === call.groups['sha'] && context === (name ?? context),
      );
      return paged(
        found.map(({ sha, context, state }) => ({ sha, name: context, status: state })),
        call,
      );
    },
  },
  {
    method: 'GET',
    path: new RegExp(`${ROOT}/deployments$`),
    answer: (call) => {
      const environment = call.seen.url.searchParams.get('environment');
      const found = call.project.deployments.filter(
        (one) => one.environment === (environment ?? one.environment),
      );
      return paged(
        found.toReversed().map(({ id, sha, states }) => ({ id, sha, status: states.at(-1) })),
        call,
      );
    },
  },
  { method: 'POST', path: new RegExp(`${ROOT}/deployments$`), answer: deploy },
  { method: 'PUT', path: new RegExp(`${ROOT}/deployments/(?<id>\\d+)$`), answer: setDeployment },
];

/** One that has not ended is gone on with, and after one that has another begins. */
function setStatus({ project, groups, sent }: RouteCall): Answer {
  const sha = groups['sha'] ?? '';
  const [state = '', context = '', ref = '', description = ''] = ['state', 'name', 'ref', 'description'].map(
    (name) => textOf(sent[name]),
  );
  if (!project.hasCommit(sha)) return answerWith(404, { message: '404 Commit Not Found' });
  if (!STATUS_STATES.includes(state)) return answerWith(400, { error: 'state does not have a valid value' });
  if (ref === '') return answerWith(400, { error: 'References for commit is empty' });
  if (description.length > 255)
    return answerWith(400, { message: { description: ['is too long (maximum is 255 characters)'] } });
  const open = project.statuses.find(
    (one) => one.sha === sha && one.context === context && !ENDED.includes(one.state),
  );
  if (open === undefined) project.statuses.push({ sha, context, state, description });
  else if (open.state === state)
    return answerWith(400, {
      message: `Cannot transition status via :${state} from :${state} (Reason(s): Status cannot transition)`,
    });
  else Object.assign(open, { state, description });
  return answerWith(201, { id: 1, sha, name: context, status: state });
}

function deploy({ project, sent }: RouteCall): Answer {
  const [sha = '', environment = '', ref = '', status = ''] = ['sha', 'environment', 'ref', 'status'].map(
    (name) => textOf(sent[name]),
  );
  if (!project.hasCommit(sha))
    return answerWith(400, { message: { ref: ['The branch or tag does not exist'] } });
  if (!/^[a-zA-Z0-9_\-/${}. ]{1,255}$/.test(environment))
    return answerWith(400, { message: { 'environment.name': ['is invalid'] } });
  if (ref === '' || typeof sent['tag'] !== 'boolean' || !DEPLOYMENT_STATES.includes(status))
    return answerWith(400, { error: 'ref is missing, tag is missing, status does not have a valid value' });
  const id = project.deployments.length + 1;
  project.deployments.push({ id, sha, environment, sent, states: [status] });
  return answerWith(201, { id, sha, status });
}

function setDeployment({ project, groups, sent }: RouteCall): Answer {
  const found = project.deployments.find(({ id }) => id === Number(groups['id']));
  const status = textOf(sent['status']);
  if (found === undefined) return answerWith(404, { message: '404 Deployment Not Found' });
  if (found.states.at(-1) === status || !DEPLOYMENT_STATES.includes(status))
    return answerWith(400, { message: { status: [`cannot transition via "${status}"`] } });
  found.states.push(status);
  return json({ id: found.id, status });
}
