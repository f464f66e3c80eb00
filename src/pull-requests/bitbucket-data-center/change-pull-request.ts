import { hideComments } from '../hidden-comments.ts';
import type { ApiCall } from '../host-api.ts';
import type { ApiAnswer } from '../refusal.ts';
import { names } from './open-pull-request.ts';
import { pullRequest, type DataCenterPullRequest, type DataCenterRepository } from './pull-requests.ts';

interface Change<Text> {
  readonly text: Text;
  readonly signal: AbortSignal;
}

export async function rewriteRequest(
  repository: DataCenterRepository,
  number: number,
  { text, signal }: Change<{ readonly title: string; readonly body: string }>,
): Promise<void> {
  const what = `update pull request #${number}`;
  await change(repository, number, {
    make: (now) => rewriting(repository, now, { ...text, what }),
    signal,
    what,
  });
}

export async function closeRequest(
  repository: DataCenterRepository,
  number: number,
  { text, signal }: Change<{ readonly body: string; readonly comment: string }>,
): Promise<void> {
  const { path, api } = repository;
  const what = `close pull request #${number}`;
  // First, because what is declined cannot be changed.
  await change(repository, number, {
    make: (now) => rewriting(repository, now, { title: now.title, body: text.body, what }),
    signal,
    what,
  });
  await change(repository, number, {
    make: ({ version }) => ({
      method: 'POST',
      path: `${path}/${number}/decline`,
      query: { version },
      body: { version },
      what,
    }),
    signal,
    what,
  });
  const comments = `${path}/${number}/comments`;
  await api.call({ method: 'POST', path: comments, body: { text: text.comment }, what }, signal);
}

/** What a `PUT` leaves out is taken away: without reviewers there are none. */
function rewriting(
  { path }: DataCenterRepository,
  now: DataCenterPullRequest,
  { title, body, what }: { readonly title: string; readonly body: string; readonly what: string },
): ApiCall {
  const { id, version, reviewers = [], draft } = now;
  const kept = {
    reviewers: reviewers.map(({ user: { name } }) => ({ user: { name } })),
    ...(draft === undefined ? {} : { draft }),
  };
  const content = { version, title, description: hideComments(body), ...kept };
  return { method: 'PUT', path: `${path}/${id}`, body: content, what };
}

const MOST_ATTEMPTS = 3;

interface Changing {
  readonly make: (now: DataCenterPullRequest) => ApiCall;
  readonly signal: AbortSignal;
  readonly what: string;
}

/** Reads the request and changes what it read; once more when somebody else was faster (409, out of date). */
async function change(
  { path, api }: DataCenterRepository,
  number: number,
  { make, signal, what }: Changing,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const reading: ApiCall = { method: 'GET', path: `${path}/${number}`, what };
    const now = await api.read(reading, pullRequest, signal);
    const answer: ApiAnswer = await api.call({ ...make(now), understands: [409] }, signal);
    if (answer.status !== 409) return;
    if (attempt === MOST_ATTEMPTS || !names(answer, 'PullRequestOutOfDateException')) {
      throw api.refusal(answer, what);
    }
  }
}
