import { fixedPush } from '../../core/git/branch-name.ts';
import { joinKey } from '../../core/identity/key.ts';
import { inPlanOrder, type PlanOptions } from '../../core/plan/plan.ts';
import { pushBranchOf, toPlannedChange } from '../../core/plan/planned-commit.ts';
import type { PlannedChange } from '../../core/change.ts';
import { failedDecision, isSuspended } from '../../core/selection/decision.ts';
import type { ClosedRequestFacts } from '../../core/reasons/reason.ts';
import type { GitPlace } from '../../core/policy.ts';
import { ofGroup, proposesSame, refusedBefore } from '../../core/pull-requests/decide-requests.ts';
import { findHold } from '../../core/overrides/find-hold.ts';
import { mergedRecords } from '../../core/overrides/merged-requests.ts';
import { markedChange, markedOwner, markerOf } from '../../core/pull-requests/marker.ts';
import type { PullRequest } from '../../core/pull-requests/request.ts';
import { versionText } from '../../core/presence.ts';
import { asLynceusError, type LynceusError } from '../../errors.ts';
import type { PullRequestHost } from '../../ports/pull-request-host.ts';
import { failureOf, updateOf, type OverriddenEvaluations } from '../apply-overrides.ts';
import type { WriterSession } from '../../ports/writer.ts';
import type { Evaluation } from '../decide-images.ts';
import type { KnownEnds } from '../verification/watch-services.ts';
import { toUpdates } from '../plan-evaluations.ts';
import { leftPlaces } from './left-places.ts';
import { NO_LIMITS } from '../cycle-limits.ts';
import { createHostTurns, type HostTurns } from './host-turns.ts';
import type { PullRequestServices } from './pull-request-services.ts';
import { groupKey, requestGroupsOf, requestPlace, viewKey, type RequestGroup } from './request-groups.ts';

/** The host of one remote and what is open there, or why it cannot be asked. */
export type HostView =
  | { readonly kind: 'open'; readonly host: PullRequestHost; readonly open: readonly PullRequest[] }
  | { readonly kind: 'failed'; readonly error: LynceusError };

/** By `viewKey`. */
export type HostViews = ReadonlyMap<string, HostView>;

export interface AskOptions {
  readonly pullRequests: PullRequestServices;
  /** The history by which each update was decided; it may lack what a host left out when it merged a request. */
  readonly sources?: OverriddenEvaluations['sources'];
  /** What is known of how writes ended; absent where nothing is kept of them. */
  readonly ends?: KnownEnds | undefined;
  readonly plan: Pick<PlanOptions, 'branchName'>;
  /** Lists the branches of a remote, each once; absent: requests that were turned off are not looked for. */
  readonly session?: Pick<WriterSession, 'heads'>;
  /** Shared with whoever else asks the same hosts. */
  readonly hosts?: HostTurns;
  readonly signal: AbortSignal;
}

export interface AskedHosts {
  readonly views: HostViews;
  readonly evaluations: readonly Evaluation[];
}

/**
 * Lists the open requests of each host before anything is written: no branch is pushed for a request that cannot be
 * opened. A version whose request was closed without merging is held.
 */
export async function askHosts(
  evaluations: readonly Evaluation[],
  {
    pullRequests,
    sources = new Map(),
    ends,
    plan,
    session,
    hosts = createHostTurns(NO_LIMITS),
    signal,
  }: AskOptions,
): Promise<AskedHosts> {
  const groups = requestGroupsOf(evaluations);
  const views = new Map<string, HostView>();
  const answers = new Map<string, GroupAnswer>();
  const inTurn = (place: GitPlace, ask: (own: AbortSignal) => Promise<void>): Promise<void> =>
    hosts.run(place, signal, ask).catch((thrown: unknown) => {
      signal.throwIfAborted();
      views.set(viewKey(place), { kind: 'failed', error: asLynceusError(thrown) });
    });
  await Promise.all(
    groups.map((group) =>
      inTurn(group.place, async (own) => {
        const key = viewKey(group.place);
        const view = views.get(key) ?? (await viewOf(group.place, pullRequests, own));
        views.set(key, view);
        if (view.kind === 'failed') return;
        const answer = await askForGroup(group, { view, plan, signal: own });
        answers.set(groupKey(group.place), answer);
        if (answer.kind === 'failed' && answer.byHost) views.set(key, answer);
      }),
    ),
  );
  const left = session && (await leftPlaces(evaluations, { pullRequests, session, signal }));
  const unseen = (left ?? []).filter((place) => !views.has(viewKey(place)));
  await Promise.all(
    unseen.map((place) =>
      inTurn(place, async (own) => void views.set(viewKey(place), await viewOf(place, pullRequests, own))),
    ),
  );
  return { views, evaluations: evaluations.map((one) => withAnswer(one, { views, answers, sources, ends })) };
}

async function viewOf(
  place: GitPlace,
  { hosts }: PullRequestServices,
  signal: AbortSignal,
): Promise<HostView> {
  try {
    const host = await hosts.find(place, signal);
    return { kind: 'open', host, open: await host.listOpen(place.base, signal) };
  } catch (thrown) {
    signal.throwIfAborted();
    return { kind: 'failed', error: asLynceusError(thrown) };
  }
}

/** Which changes of a group were refused before, by `refusalKey`; or why that is not known. */
type GroupAnswer =
  | {
      readonly kind: 'asked';
      readonly refusals: ReadonlyMap<string, ClosedRequestFacts>;
      /** Merged and closed requests, where it was needed to ask for them. */
      readonly ended: readonly PullRequest[];
    }
  /** `byHost`: the host is the reason, so that the other groups there fail as well. */
  | { readonly kind: 'failed'; readonly error: LynceusError; readonly byHost: boolean };

interface AskedView extends Pick<AskOptions, 'plan' | 'signal'> {
  readonly view: Extract<HostView, { kind: 'open' }>;
}

/** Closed requests are only listed when a request is to be opened or changed. */
async function askForGroup(group: RequestGroup, { view, plan, signal }: AskedView): Promise<GroupAnswer> {
  const { host, open } = view;
  let changes: readonly PlannedChange[];
  let head: string | undefined;
  try {
    const updates = inPlanOrder(group.evaluations.flatMap(toUpdates));
    changes = updates.map(toPlannedChange);
    head = pushBranchOf(updates, plan);
    const marker = markerOf(group.name, changes);
    const ours = ofGroup(open, { group: group.name, head });
    if (head === undefined || ours.some((request) => proposesSame(request, marker)))
      return { kind: 'asked', refusals: new Map(), ended: [] };
  } catch (thrown) {
    return { kind: 'failed', error: asLynceusError(thrown), byHost: false };
  }
  try {
    const ended = await host.listEnded(head, group.place.base, signal);
    return { kind: 'asked', refusals: refusalsOf(changes, ended), ended };
  } catch (thrown) {
    signal.throwIfAborted();
    return { kind: 'failed', error: asLynceusError(thrown), byHost: true };
  }
}

function refusalsOf(
  changes: readonly PlannedChange[],
  ended: readonly PullRequest[],
): ReadonlyMap<string, ClosedRequestFacts> {
  return new Map(
    changes.flatMap((change) => {
      const refused = refusedBefore(markedChange(change), ended);
      return refused === undefined ? [] : [[refusalKey(change, versionText(change.to)), refused] as const];
    }),
  );
}

function refusalKey(owner: Parameters<typeof markedOwner>[0], version: string | undefined): string {
  const { application, alias, image } = markedOwner(owner);
  return joinKey(application, alias, image, version);
}

interface Answered extends Pick<AskedHosts, 'views'>, Pick<AskOptions, 'ends'> {
  readonly answers: ReadonlyMap<string, GroupAnswer>;
  readonly sources: OverriddenEvaluations['sources'];
}

function withAnswer(evaluation: Evaluation, { views, answers, sources, ends }: Answered): Evaluation {
  const place = requestPlace(evaluation);
  const { decision, tracked } = evaluation;
  if (place === undefined) return evaluation;
  const view = views.get(viewKey(place));
  if (isSuspended(decision)) return isOpenFor(place, view) ? evaluation : withoutProposal(evaluation);
  if (decision.outcome !== 'update') return evaluation;
  const answer = answers.get(groupKey(place));
  const candidate = decision.to;
  const failure = view?.kind === 'failed' ? view : answer?.kind === 'failed' ? answer : undefined;
  if (failure !== undefined) return { ...evaluation, decision: failedDecision(failure.error, candidate) };
  if (answer?.kind !== 'asked') return evaluation;
  const facts = answer.refusals.get(refusalKey(tracked, versionText(candidate)));
  if (facts === undefined) return withMerged(evaluation, answer.ended, { sources, ends });
  return { ...evaluation, decision: { outcome: 'held', code: 'proposal-closed', facts, candidate } };
}

function isOpenFor({ push, pullRequest }: GitPlace, view: HostView | undefined): boolean {
  if (view?.kind !== 'open' || pullRequest === undefined) return false;
  const { group } = pullRequest;
  return ofGroup(view.open, { group, head: fixedPush(push) }).some(({ isOurs }) => isOurs);
}

/** While an image waits, no request is opened for what its branch still has. */
function withoutProposal(evaluation: Evaluation): Evaluation {
  const { present } = evaluation;
  if (present?.kind !== 'read' || present.proposed === undefined) return evaluation;
  const { proposed: _left, ...rest } = present;
  return { ...evaluation, present: rest };
}

/** Holds what was taken back or failed its checks after its request was merged, whatever message the host gave to the commit. */
function withMerged(
  evaluation: Evaluation,
  ended: readonly PullRequest[],
  { sources, ends }: Pick<Answered, 'sources' | 'ends'>,
): Evaluation {
  const { tracked } = evaluation;
  const [update, source] = [updateOf(evaluation), sources.get(tracked)];
  if (update === undefined || source === undefined) return evaluation;
  const merged = mergedRecords(tracked, ended, source.history);
  if (merged.length === 0) return evaluation;
  const { candidate } = update;
  const known = { ...source, merged };
  const objection = findHold(update, [known]);
  if (objection !== undefined)
    return { ...evaluation, decision: { outcome: 'held', ...objection, candidate } };
  const failure = ends && failureOf(update, known, ends);
  if (failure === undefined) return evaluation;
  const facts = { candidate, failure };
  return { ...evaluation, decision: { outcome: 'held', code: 'verification-failed', facts, candidate } };
}
