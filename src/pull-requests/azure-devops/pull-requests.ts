import * as z from 'zod';
import type { PullRequest } from '../../ports/pull-request-host.ts';
import type { ApiCall, ApiQuery, HostApi } from '../host-api.ts';
import { listUnder, withParameter, type Paging } from '../paging.ts';

/** One repository of Azure DevOps. */
export interface AzureRepository {
  readonly label: string;
  readonly project: string;
  /** `/Shop/_apis/git/repositories/deploy/pullrequests`. */
  readonly path: string;
  /** Page of its pull requests, for people. */
  readonly webUrl: string;
  readonly api: HostApi;
}

/** Of the API; a server of 2020 and later knows it. */
export const VERSION = { 'api-version': '6.0' } as const;

const identity = z.object({
  id: z.string(),
  uniqueName: z.string().optional(),
  displayName: z.string().optional(),
});

/** What is used of a pull request (learn.microsoft.com/rest/api/azure/devops/git/pull-requests). */
export const pullRequest = z.object({
  pullRequestId: z.number(),
  status: z.enum(['active', 'abandoned', 'completed', 'notSet']),
  title: z.string(),
  description: z.string().nullish(),
  sourceRefName: z.string(),
  targetRefName: z.string(),
  createdBy: identity,
  closedBy: identity.nullish(),
  autoCompleteSetBy: identity.nullish(),
  /** There when its branch is in a fork. */
  forkSource: z.unknown().optional(),
});

type AzurePullRequest = z.infer<typeof pullRequest>;

/** `{ count, value }` cut by `$top` and `$skip`. How many a page holds at most is not documented: an empty one is the end. */
export const SKIPPED: Paging = {
  itemsOf: listUnder('value'),
  nextOf: (_, { url, count }) =>
    count === 0 ? undefined : withParameter(url, '$skip', Number(url.searchParams.get('$skip') ?? 0) + count),
};

const BRANCH = 'refs/heads/';

export function refOf(branch: string): string {
  return `${BRANCH}${branch}`;
}

export async function listOpen(
  repository: AzureRepository,
  { head, base }: { readonly head?: string; readonly base: string },
  signal: AbortSignal,
): Promise<readonly PullRequest[]> {
  const query: ApiQuery = {
    'searchCriteria.status': 'active',
    'searchCriteria.targetRefName': refOf(base),
    'searchCriteria.sourceRefName': head === undefined ? undefined : refOf(head),
    $top: 100,
    ...VERSION,
  };
  const what = 'list open pull requests';
  const call = { method: 'GET', path: repository.path, query, what, paging: SKIPPED } as const;
  const found = (await repository.api.readPages(call, pullRequest, signal)).filter(isFromHere);
  return readWhole(repository, found, signal);
}

const page = z.object({ value: z.array(pullRequest) });

/** The last ended pull requests of a branch, newest first. There is at most one open among them. */
export async function listEnded(
  repository: AzureRepository,
  { head, base }: { readonly head: string; readonly base: string },
  signal: AbortSignal,
): Promise<readonly PullRequest[]> {
  const query: ApiQuery = {
    'searchCriteria.status': 'all',
    'searchCriteria.sourceRefName': refOf(head),
    'searchCriteria.targetRefName': refOf(base),
    $top: 30,
    ...VERSION,
  };
  const what = 'list the ended pull requests of a branch';
  const call: ApiCall = { method: 'GET', path: repository.path, query, what };
  const { value } = await repository.api.read(call, page, signal);
  const ended = value.filter((one) => isFromHere(one) && STATES[one.status] !== 'open');
  const newest = ended.toSorted((a, b) => b.pullRequestId - a.pullRequestId).slice(0, 20);
  return readWhole(repository, newest, signal);
}

/** Lists show so many characters of a description ("Get Pull Requests", on `description`). */
const SHOWN_IN_LISTS = 400;

/** The end of a description is where we wrote what is to be remembered, so cut ones are read again. */
async function readWhole(
  repository: AzureRepository,
  found: readonly AzurePullRequest[],
  signal: AbortSignal,
): Promise<readonly PullRequest[]> {
  const whole: PullRequest[] = [];
  for (const one of found) {
    const isCut = (one.description ?? '').length >= SHOWN_IN_LISTS;
    const read = isCut ? await readOne(repository, one.pullRequestId, signal) : one;
    whole.push(toRequest(repository, read));
  }
  return whole;
}

export function readOne(
  { path, api }: AzureRepository,
  number: number,
  signal: AbortSignal,
): Promise<AzurePullRequest> {
  const what = `read pull request !${number}`;
  return api.read({ method: 'GET', path: `${path}/${number}`, query: VERSION, what }, pullRequest, signal);
}

function isFromHere({ forkSource }: AzurePullRequest): boolean {
  return forkSource === undefined || forkSource === null;
}

export function toRequest({ webUrl }: AzureRepository, one: AzurePullRequest): PullRequest {
  const { displayName, uniqueName } = one.closedBy ?? {};
  const state = STATES[one.status];
  return {
    number: one.pullRequestId,
    url: `${webUrl}/${one.pullRequestId}`,
    state,
    head: one.sourceRefName.replace(BRANCH, ''),
    base: one.targetRefName.replace(BRANCH, ''),
    title: one.title,
    body: one.description ?? '',
    endedBy: state === 'open' ? undefined : (uniqueName ?? displayName),
    autoMerge: one.autoCompleteSetBy !== undefined && one.autoCompleteSetBy !== null,
  };
}

const STATES: Readonly<Record<AzurePullRequest['status'], PullRequest['state']>> = {
  notSet: 'open',
  active: 'open',
  completed: 'merged',
  abandoned: 'closed',
};
