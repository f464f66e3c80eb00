import type { ChangeSet, PlannedChange } from '../../core/change.ts';
import { failedDecision } from '../../core/decision.ts';
import type { GitPlace } from '../../core/policy.ts';
import { describeRequest, type RequestText } from '../../core/pull-requests/describe-request.ts';
import { ofGroup, refusedBefore } from '../../core/pull-requests/decide-requests.ts';
import { markedChange, ownerOf, readMarker, sameProposal } from '../../core/pull-requests/marker.ts';
import type { PullRequest } from '../../core/pull-requests/request.ts';
import type { ClosedRequestFacts } from '../../core/reason.ts';
import { groupBy } from '../../core/plan/group-by.ts';
import { versionText } from '../../core/presence.ts';
import { asLynceusError, type LynceusError } from '../../errors.ts';
import type { PullRequestHost } from '../../ports/pull-request-host.ts';
import type { WriterSession } from '../../ports/writer.ts';
import type { Verdict } from '../decide-images.ts';
import type { Look } from '../look-around.ts';
import type { PullRequesting } from './pull-requesting.ts';

/** The host of one remote and what is open there, or why it cannot be asked. */
export type HostView =
  | {
      readonly kind: 'open';
      readonly host: PullRequestHost;
      readonly base: string;
      readonly open: readonly PullRequest[];
    }
  | { readonly kind: 'failed'; readonly error: LynceusError };

/** By `viewKey`. */
export type HostViews = ReadonlyMap<string, HostView>;

/** Equal for places whose requests are in one list. */
export function viewKey({ remote, base, credentials, pullRequest }: GitPlace): string {
  return JSON.stringify([remote, base, credentials, pullRequest?.kind ?? null]);
}

/** The place of a verdict whose changes are proposed; `undefined` for any other. */
export function proposalPlace({ policy: { target } }: Verdict): GitPlace | undefined {
  return target.method === 'git' && target.place.pullRequest !== undefined ? target.place : undefined;
}

/** What the requests of a set would say. */
export function textOf(
  { request }: ChangeSet,
  changes: readonly PlannedChange[],
  host: PullRequestHost,
): RequestText {
  const { group = '', message = '' } = request ?? {};
  return describeRequest({ group, message, changes, limits: host.limits });
}

export interface AskOptions {
  readonly pullRequests: PullRequesting;
  readonly signal: AbortSignal;
}

/**
 * Asks each host for what is open, before anything is written: who cannot open a request pushes no branch for it. What a
 * person refused, by closing its request without merging it, is held.
 */
export async function askHosts(
  { verdicts, plan, session }: Look,
  { pullRequests, signal }: AskOptions,
): Promise<{ readonly views: HostViews; readonly verdicts: readonly Verdict[] }> {
  const places = groupBy(
    verdicts.flatMap((verdict) => proposalPlace(verdict) ?? []),
    viewKey,
  );
  const views = new Map<string, HostView>();
  for (const [key, [place]] of places) {
    if (place !== undefined) views.set(key, await viewOf(place, { session, pullRequests, signal }));
  }
  const refusals = new Map<string, ClosedRequestFacts>();
  for (const set of plan.changeSets) {
    const view = views.get(viewKey(set.place));
    if (set.request === undefined || view?.kind !== 'open') continue;
    try {
      for (const [owner, facts] of await refusalsOf(set, view, signal)) refusals.set(owner, facts);
    } catch (thrown) {
      views.set(viewKey(set.place), { kind: 'failed', error: asLynceusError(thrown) });
    }
  }
  return { views, verdicts: verdicts.map((verdict) => judged(verdict, views, refusals)) };
}

async function viewOf(
  place: GitPlace,
  { session, pullRequests, signal }: AskOptions & { readonly session: WriterSession },
): Promise<HostView> {
  try {
    const host = await pullRequests.hosts.find(place, signal);
    const base = await session.baseOf(place, signal);
    return { kind: 'open', host, base, open: await host.listOpen(base, signal) };
  } catch (thrown) {
    const error = asLynceusError(thrown);
    if (error.code === 'aborted') throw error;
    return { kind: 'failed', error };
  }
}

/** What is refused is only asked for when a request is to be opened or changed. */
async function refusalsOf(
  set: ChangeSet,
  { host, base, open }: Extract<HostView, { kind: 'open' }>,
  signal: AbortSignal,
): Promise<readonly (readonly [string, ClosedRequestFacts])[]> {
  const changes = set.commits.flatMap(({ files }) => files.flatMap((file) => file.changes));
  const { marker } = textOf(set, changes, host);
  const head = set.pushBranch ?? '';
  const stands = ofGroup(open, { group: marker.group, head }).some(({ body }) => {
    const found = readMarker(body);
    return found !== undefined && sameProposal(found, marker);
  });
  if (stands) return [];
  const ended = await host.listEnded(head, base, signal);
  return changes.flatMap((change) => {
    const refused = refusedBefore(markedChange(change), ended);
    return refused === undefined ? [] : [[refusalKey(change, versionText(change.to)), refused] as const];
  });
}

function refusalKey(owner: Parameters<typeof ownerOf>[0], version: string | undefined): string {
  return JSON.stringify([...Object.values(ownerOf(owner)), version ?? '']);
}

function judged(
  verdict: Verdict,
  views: HostViews,
  refusals: ReadonlyMap<string, ClosedRequestFacts>,
): Verdict {
  const place = proposalPlace(verdict);
  const { decision, policy } = verdict;
  if (place === undefined || decision.outcome !== 'update') return verdict;
  const view = views.get(viewKey(place));
  const candidate = decision.to;
  if (view?.kind === 'failed') return { ...verdict, decision: failedDecision(view.error, candidate) };
  const facts = refusals.get(refusalKey(policy, versionText(candidate)));
  if (facts === undefined) return verdict;
  return { ...verdict, decision: { outcome: 'held', code: 'proposal-closed', facts, candidate } };
}
