import { json, type Answer } from '../registry-stand-in.ts';
import type { KeptDeployment } from './project.ts';
import { answerWith, listOf, paged, textOf, type Route, type RouteCall } from './server.ts';

const ROOT = '^/api/v3/repos/(?<project>[^/]+/[^/]+)';
const SHA = '(?<sha>[0-9a-f]{40})';
const ID = '(?<id>\\d+)';

const STATUS_STATES = ['error', 'failure', 'pending', 'success'];
const DEPLOYMENT_STATES = ['error', 'failure', 'inactive', 'in_progress', 'queued', 'pending', 'success'];

/** Statuses of commits and deployments, as docs.github.com describes them. */
export const GITHUB_COMMIT_ROUTES: readonly Route[] = [
  { method: 'GET', path: /^\/api\/v3\/rate_limit$/, answer: () => json({ rate: { remaining: 1 } }) },
  { method: 'GET', path: new RegExp(`${ROOT}$`), answer: ({ project }) => json({ full_name: project.path }) },
  { method: 'POST', path: new RegExp(`${ROOT}/statuses/${SHA}$`), answer: addStatus },
  {
    method: 'GET',
    path: new RegExp(`${ROOT}/commits/${SHA}/statuses$`),
    answer: (call) =>
      paged(call.project.statuses.filter(({ sha }) => sha === call.groups['sha']).toReversed(), call),
  },
  { method: 'GET', path: new RegExp(`${ROOT}/deployments$`), answer: listDeployments },
  { method: 'POST', path: new RegExp(`${ROOT}/deployments$`), answer: deploy },
  {
    method: 'GET',
    path: new RegExp(`${ROOT}/deployments/${ID}/statuses$`),
    answer: (call) =>
      paged(
        deploymentOf(call)
          .states.toReversed()
          .map((state) => ({ state })),
        call,
      ),
  },
  { method: 'POST', path: new RegExp(`${ROOT}/deployments/${ID}/statuses$`), answer: setState },
];

function addStatus({ project, groups, sent }: RouteCall): Answer {
  const sha = groups['sha'] ?? '';
  const [state, context, description] = ['state', 'context', 'description'].map((name) => textOf(sent[name]));
  if (!project.hasCommit(sha)) return invalid(`No commit found for SHA: ${sha}`);
  if (!STATUS_STATES.includes(state ?? '')) return invalid('state is not included in the list');
  if ([...(description ?? '')].length > 140)
    return invalid('description is too long (maximum is 140 characters)');
  project.statuses.push({ sha, state: state ?? '', context: context ?? '', description: description ?? '' });
  return answerWith(201, { id: project.statuses.length, state, context });
}

function listDeployments(call: RouteCall): Answer {
  const query = call.seen.url.searchParams;
  const found = call.project.deployments.filter(
    ({ sha, environment }) =>
      sha === (query.get('sha') ?? sha) && environment === (query.get('environment') ?? environment),
  );
  return paged(
    found.toReversed().map((one) => ({ id: one.id, sha: one.sha, payload: one.sent['payload'] })),
    call,
  );
}

function deploy({ project, sent }: RouteCall): Answer {
  const sha = textOf(sent['ref']);
  if (!project.hasCommit(sha)) return invalid(`No ref found for: ${sha}`);
  if (sent['auto_merge'] !== false) return answerWith(409, { message: 'Conflict merging main' });
  if (!Array.isArray(sent['required_contexts']) || listOf(sent['required_contexts']).length > 0)
    return answerWith(409, { message: 'Conflict: Commit status checks failed' });
  const id = project.deployments.length + 1;
  project.deployments.push({ id, sha, environment: textOf(sent['environment']), sent, states: [] });
  return answerWith(201, { id, sha });
}

function setState(call: RouteCall): Answer {
  const state = textOf(call.sent['state']);
  if (!DEPLOYMENT_STATES.includes(state)) return invalid('state is not included in the list');
  deploymentOf(call).states.push(state);
  return answerWith(201, { state });
}

function deploymentOf({ project, groups }: RouteCall): KeptDeployment {
  const found = project.deployments.find(({ id }) => id === Number(groups['id']));
  if (found === undefined) throw new Error('no such deployment');
  return found;
}

function invalid(message: string): Answer {
  return answerWith(422, { message: 'Validation Failed', errors: [{ message }] });
}
