import { readMarker } from '../core/pull-requests/marker.ts';
import type { PullRequest } from '../core/pull-requests/request.ts';
import type {
  Added,
  AutoMergeResult,
  CreatedRequest,
  PullRequestDraft,
  PullRequestHost,
} from '../ports/pull-request-host.ts';
import type { ApiCall, HostApi } from './host-api.ts';
import type { BranchQuery, CallContext, ChangeStep, HostDialect } from './host-dialect.ts';
import type { ApiAnswer } from './refusal.ts';
import { addToRequest, lacking, lookUp } from './add-to-request.ts';
import { NAME_REFUSED } from './reviewers.ts';

/** A dialect with the API of the project that it is used for. */
type Host<Row> = Omit<HostDialect<Row>, 'noun'> & { readonly api: HostApi; readonly noun: string };

/** The pull requests of one project, in the way that every host has in common. */
export function createHost<Row>(api: HostApi, dialect: HostDialect<Row>): PullRequestHost {
  const { abilities, limits, noun = 'pull request', sign = '#', query, additions, findReviewers } = dialect;
  const host: Host<Row> = { ...dialect, api, noun };
  const nameOf = (number: number) => `${noun} ${sign}${number}`;
  return {
    label: api.label,
    abilities: new Set(abilities),
    limits,
    listOpen: (base, signal) => listOpen(host, { head: undefined, base }, signal),
    listEnded: (head, base, signal) => listEnded(host, { head, base }, signal),
    create: (draft, signal) => createRequest(host, draft, signal),
    async add(number, { labels, reviewers: names }, signal) {
      const reviewers = await lookUp(names, findReviewers, signal);
      return await addToRequest(number, { labels, reviewers }, { api, additions, signal });
    },
    async update(number, text, signal) {
      const context = { what: `update ${nameOf(number)}`, signal };
      await change(host, number, { step: dialect.rewrite(text), ...context });
    },
    async close(number, { body, comment }, signal) {
      const what = `close ${nameOf(number)}`;
      for (const step of dialect.close(body)) await change(host, number, { step, what, signal });
      // Last, so that a repetition after a failure does not comment twice.
      const call = { method: 'POST', query, what, ...dialect.comment(number, comment) } as const;
      await api.call(call, signal);
    },
    enableAutoMerge: (number, merging, signal) =>
      dialect.enableAutoMerge(number, merging, { what: `let ${nameOf(number)} merge by itself`, signal }),
  };
}

async function listOpen<Row>(
  host: Host<Row>,
  branches: BranchQuery,
  signal: AbortSignal,
): Promise<readonly PullRequest[]> {
  const { api, noun, path, paging, query, row } = host;
  const call = {
    method: 'GET',
    path,
    query: { ...query, ...host.openQuery(branches) },
    what: `list open ${noun}s`,
    paging,
  } as const;
  const found = await api.readPages(call, row, signal);
  const wanted = found.filter((one) => isOf(host, one, branches));
  return await asRequests(host, await completeAll(host, wanted, signal), signal);
}

const ENOUGH_ENDED = 20;
/** Some hosts cannot be asked for the requests of one branch, and a busy project has thousands of others. */
const MOST_ENDED_ROWS = 500;

async function listEnded<Row>(
  host: Host<Row>,
  branches: BranchQuery & { readonly head: string },
  signal: AbortSignal,
): Promise<readonly PullRequest[]> {
  const { api, noun, path, paging, query, row, mostEndedRows = MOST_ENDED_ROWS } = host;
  const isWanted = (one: Row) => isOf(host, one, branches) && host.toRequest(one).state !== 'open';
  const call = {
    method: 'GET',
    path,
    query: { ...query, ...host.endedQuery(branches) },
    what: `list the ended ${noun}s of a branch`,
    paging,
    enough: (read: readonly Row[]) =>
      read.length >= mostEndedRows || read.filter(isWanted).length >= ENOUGH_ENDED,
  } as const;
  const found = (await api.readPages(call, row, signal)).filter(isWanted);
  const sorted = found.toSorted((a, b) => host.toRequest(b).number - host.toRequest(a).number);
  const [newest, ...older] = await completeAll(host, sorted, signal);
  if (newest === undefined) return [];
  const [request, ...others] = await asRequests(host, [newest, ...older], signal);
  if (request === undefined) return [];
  const endedBy = request.endedBy ?? (await host.endedBy?.(newest, signal));
  return [{ ...request, endedBy }, ...others];
}

/** Where the host does not say who we are, a marker has to do. */
async function asRequests<Row>(
  host: Host<Row>,
  rows: readonly Row[],
  signal: AbortSignal,
): Promise<readonly PullRequest[]> {
  const read = rows.map((one) => ({ request: host.toRequest(one), by: host.openedBy(one) }));
  const account = rows.length === 0 ? undefined : await accountOf(host, signal);
  return read.map(({ request, by }) => {
    const isOurs =
      account === undefined
        ? readMarker(request.body) !== undefined
        : by?.toLowerCase() === account.toLowerCase();
    return { ...request, isOurs };
  });
}

/** What a token without the right to ask is answered. */
const NOT_SAID = [400, 401, 403, 404];

async function accountOf<Row>({ api, account }: Host<Row>, signal: AbortSignal): Promise<string | undefined> {
  return await api.account(async () => {
    for (const { accountIn, ...call } of account) {
      const answer = await api.call({ ...call, what: 'ask who we are', understands: NOT_SAID }, signal);
      const found = answer.status < 300 ? accountIn(answer) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  });
}

function isOf<Row>({ isFromHere, toRequest }: Host<Row>, row: Row, branches: BranchQuery): boolean {
  if (!isFromHere(row)) return false;
  const { head, base } = toRequest(row);
  return base === branches.base && (branches.head === undefined || head === branches.head);
}

async function completeAll<Row>(
  { complete }: Host<Row>,
  rows: readonly Row[],
  signal: AbortSignal,
): Promise<readonly Row[]> {
  if (complete === undefined) return rows;
  const completed: Row[] = [];
  for (const row of rows) completed.push(await complete(row, signal));
  return completed;
}

async function createRequest<Row>(
  host: Host<Row>,
  draft: PullRequestDraft,
  signal: AbortSignal,
): Promise<CreatedRequest> {
  const { api, path, query, noun, refusedStatus, refusesAdditions, additions } = host;
  const findOpen = async () => (await listOpen(host, draft, signal))[0];
  const first = host.overwrites === true ? await findOpen() : undefined;
  if (first !== undefined) return { request: first, shortcomings: [] };

  const what = `open a ${noun}`;
  const open = (body: unknown, refusals: readonly number[]): Promise<ApiAnswer> => {
    const understands = [refusedStatus, ...refusals];
    return api.call({ method: 'POST', path, query, body, what, understands }, signal);
  };
  const reviewers = await lookUp(draft.reviewers, host.findReviewers, signal);
  const ids = [...new Set(reviewers.ids.values())];
  const canRefuse = ids.length > 0 || (additions.labels !== undefined && draft.labels.length > 0);
  let hasAll = refusesAdditions !== undefined;
  let answer = await open(host.draftBody(draft, ids), hasAll && canRefuse ? NAME_REFUSED : []);
  if (canRefuse && refusesAdditions?.(answer) === true) {
    hasAll = false;
    answer = await open(host.draftBody({ ...draft, labels: [] }, []), []);
  }
  if (answer.status === refusedStatus) {
    const existing = await findOpen();
    if (existing === undefined) throw api.refusal(answer, what);
    return { request: existing, shortcomings: [] };
  }
  const request = { ...host.toRequest(api.check(answer.content, host.row, what)), isOurs: true };
  const added: Added = hasAll
    ? { shortcomings: reviewers.shortcomings, ...lacking({ labels: [], reviewers: reviewers.unasked }) }
    : await addToRequest(request.number, { labels: draft.labels, reviewers }, { api, additions, signal });
  return { ...added, request, shortcomings: [...withoutLabels(host, draft), ...added.shortcomings] };
}

function withoutLabels<Row>({ api, additions }: Host<Row>, { labels }: PullRequestDraft): readonly string[] {
  if (labels.length === 0 || additions.labels !== undefined) return [];
  return [`${api.label} has no labels: Bitbucket gives pull requests none`];
}

const MOST_ATTEMPTS = 3;

/** Makes one change; again when the host refuses it for a reason that another attempt mends. */
async function change<Row>(
  host: Host<Row>,
  number: number,
  { step, what, signal }: CallContext & { readonly step: ChangeStep<Row> },
): Promise<void> {
  const { api, changeMethod, retryChange, query } = host;
  let refused: ApiAnswer | undefined;
  for (let attempt = 1; ; attempt += 1) {
    const { method, below, ...content } =
      typeof step === 'function' ? step(await readRow(host, number, { what, signal }), refused) : step;
    const call: ApiCall = {
      method: method ?? changeMethod,
      path: `${host.path}/${number}${below ?? ''}`,
      query,
      what,
      ...content,
      understands: retryChange === undefined ? [] : [retryChange.status],
    };
    const answer = await api.call(call, signal);
    if (answer.status !== retryChange?.status) return;
    if (attempt === MOST_ATTEMPTS || !retryChange.when(answer)) throw api.refusal(answer, what);
    refused = answer;
  }
}

/** Where the requests of a project are read. */
export type RequestPath<Row> = Pick<Host<Row>, 'api' | 'path' | 'query' | 'row'>;

/** One request, whole. */
export function readRow<Row>(
  { api, path, query, row }: RequestPath<Row>,
  number: number,
  { what, signal }: CallContext,
): Promise<Row> {
  return api.read({ method: 'GET', path: `${path}/${number}`, query, what }, row, signal);
}

/** What the answer to "merge it by itself" means. */
export async function askToMerge(api: HostApi, call: ApiCall, signal: AbortSignal): Promise<AutoMergeResult> {
  const answer = await api.call(call, signal);
  return answer.status < 300 ? { kind: 'enabled' } : { kind: 'refused', reason: api.reasonOf(answer) };
}
