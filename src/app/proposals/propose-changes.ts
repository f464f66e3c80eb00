import type { ChangeSet, PlannedChange } from '../../core/change.ts';
import { groupBy } from '../../core/plan/group-by.ts';
import type { Plan } from '../../core/plan/plan.ts';
import type { GitPlace } from '../../core/policy.ts';
import {
  decideRequests,
  ofGroup,
  type GroupWish,
  type RequestStep,
} from '../../core/pull-requests/decide-requests.ts';
import { withdrawnBody, type RequestText } from '../../core/pull-requests/describe-request.ts';
import { readMarker } from '../../core/pull-requests/marker.ts';
import type { PullRequest } from '../../core/pull-requests/request.ts';
import type { RequestResult } from '../../core/report.ts';
import { asLynceusError, type LynceusError } from '../../errors.ts';
import type { Log } from '../../ports/log.ts';
import type { PullRequestHost } from '../../ports/pull-request-host.ts';
import type { WriterSession } from '../../ports/writer.ts';
import type { Written } from '../apply-plan.ts';
import type { Verdict } from '../decide-images.ts';
import type { PullRequesting, RequestSettings } from './pull-requesting.ts';
import { proposalPlace, textOf, viewKey, type HostViews } from './host-views.ts';

/** How the request of a change set ended. */
export type Proposed = RequestResult | LynceusError;

export interface ProposeOptions {
  readonly pullRequests: PullRequesting;
  readonly views: HostViews;
  /** Say what would be done, and do nothing. */
  readonly dryRun: boolean;
  readonly log: Log;
  readonly signal: AbortSignal;
}

interface Group {
  readonly name: string;
  readonly place: GitPlace;
  readonly verdicts: readonly Verdict[];
}

/**
 * Stage 9 b: opens, updates and closes pull requests once their branches are pushed, one after the other on each host, as
 * hosts ask for. One that fails is a failure of its images alone; the next cycle finds the branch and tries again.
 */
export async function proposeChanges(
  { verdicts, plan, written, session }: ProposeInput,
  options: ProposeOptions,
): Promise<ReadonlyMap<ChangeSet, Proposed>> {
  const proposed = new Map<ChangeSet, Proposed>();
  for (const group of groupsOf(verdicts)) {
    options.signal.throwIfAborted();
    const sets = plan.changeSets.filter(
      ({ place, request }) => request?.group === group.name && viewKey(place) === viewKey(group.place),
    );
    const view = options.views.get(viewKey(group.place));
    if (view?.kind !== 'open') continue;
    const acting: Acting = { ...options, host: view.host, base: view.base, session, place: group.place };
    const [set] = sets;
    const wish = wishOf(group, set, { plan, written, host: view.host });
    const head = wish.kind === 'propose' ? wish.head : fixedBranch(group.place);
    const open = ofGroup(view.open, { group: group.name, head });
    const result = await carryOut(wish, open, acting);
    if (set !== undefined && result !== undefined) proposed.set(set, result);
    await cleanUp(wish, group, acting);
  }
  return proposed;
}

export interface ProposeInput {
  readonly verdicts: readonly Verdict[];
  readonly plan: Plan;
  readonly written: Written;
  readonly session: WriterSession;
}

interface Acting extends ProposeOptions {
  readonly host: PullRequestHost;
  /** Name of the base branch. */
  readonly base: string;
  readonly session: WriterSession;
  readonly place: GitPlace;
}

function groupsOf(verdicts: readonly Verdict[]): readonly Group[] {
  const groups = groupBy(verdicts, (verdict) => {
    const place = proposalPlace(verdict);
    return place === undefined ? '' : JSON.stringify([viewKey(place), place.pullRequest?.group]);
  });
  return [...groups.values()].flatMap((members) => {
    const [first] = members;
    const place = first && proposalPlace(first);
    return place?.pullRequest === undefined
      ? []
      : [{ name: place.pullRequest.group, place, verdicts: members }];
  });
}

function fixedBranch({ push }: GitPlace): string | undefined {
  return push?.includes('{{') === true ? undefined : push;
}

function wishOf(
  { verdicts }: Group,
  set: ChangeSet | undefined,
  { plan, written, host }: { readonly plan: Plan; readonly written: Written; readonly host: PullRequestHost },
): GroupWish {
  if (set === undefined) {
    const refused = new Set(plan.refused.map(({ wanted }) => wanted.policy));
    const unsure = verdicts.some(
      ({ policy, decision }) => decision.outcome === 'failed' || refused.has(policy),
    );
    return { kind: unsure ? 'unknown' : 'nothing' };
  }
  const changes = changesOnBranch(set, written);
  if (changes.length === 0 || set.pushBranch === undefined) return { kind: 'unknown' };
  return { kind: 'propose', head: set.pushBranch, text: textOf(set, changes, host) };
}

/** What is, or in a dry run would be, on the branch. */
function changesOnBranch(set: ChangeSet, { commits }: Written): readonly PlannedChange[] {
  return commits
    .filter((one) => one.set === set && one.result.ending.kind !== 'failed')
    .flatMap(({ result: { commit, refused } }) => {
      const left = new Set(refused.map(({ change }) => change));
      return commit.files.flatMap(({ changes }) => changes.filter((change) => !left.has(change)));
    });
}

async function carryOut(
  wish: GroupWish,
  open: readonly PullRequest[],
  acting: Acting,
): Promise<Proposed | undefined> {
  let result: Proposed | undefined;
  for (const step of decideRequests(wish, open)) {
    try {
      result = (await take(step, wish, { ...acting, result })) ?? result;
    } catch (thrown) {
      const error = asLynceusError(thrown);
      if (error.code === 'aborted') throw error;
      if (step.kind !== 'close') return error;
      acting.log.warn('a pull request could not be closed', { url: step.request.url, err: error });
    }
  }
  return result;
}

async function take(
  step: RequestStep,
  wish: GroupWish,
  acting: Acting & { readonly result: Proposed | undefined },
): Promise<RequestResult | undefined> {
  switch (step.kind) {
    case 'open':
      return wish.kind === 'propose' ? await open(wish, acting) : undefined;
    case 'update':
      return wish.kind === 'propose' ? await update(step.request, wish.text, acting) : undefined;
    case 'keep':
      await letMerge(step.request, acting);
      return { action: 'keep', url: step.request.url };
    case 'close':
      await close(step, acting);
      return undefined;
  }
}

async function open(
  { head, text }: Extract<GroupWish, { kind: 'propose' }>,
  acting: Acting,
): Promise<RequestResult> {
  const { host, base, dryRun, log, signal } = acting;
  if (dryRun) return { action: 'open', url: undefined };
  const { labels, reviewers, draft } = settingsOf(acting);
  const { title, body } = text;
  const { request, shortcomings } = await host.create(
    { head, base, title, body, labels, reviewers, draft },
    signal,
  );
  log.info('pull request opened', { url: request.url, branch: head, title });
  for (const reason of [...shortcomings, ...mergesNothing(acting)])
    log.warn('a pull request lacks something', { url: request.url, reason });
  await letMerge(request, acting);
  return { action: 'open', url: request.url };
}

async function update(
  request: PullRequest,
  { title, body }: RequestText,
  acting: Acting,
): Promise<RequestResult> {
  const { host, dryRun, log, signal } = acting;
  if (!dryRun) {
    await host.update(request.number, { title, body }, signal);
    log.info('pull request updated', { url: request.url, branch: request.head, title });
    await letMerge(request, acting);
  }
  return { action: 'update', url: request.url };
}

/** Said when a request is opened, and not in each cycle. */
function mergesNothing(acting: Acting): readonly string[] {
  const { label, abilities } = acting.host;
  if (settingsOf(acting).autoMerge === undefined || abilities.has('auto-merge')) return [];
  return [`${label} lets nothing merge by itself: autoMerge means nothing there`];
}

/** Hosts refuse it while they look whether a request can be merged, so it is wished for again in each cycle. */
async function letMerge(request: PullRequest, acting: Acting): Promise<void> {
  const { host, dryRun, log, signal } = acting;
  const { autoMerge } = settingsOf(acting);
  if (autoMerge === undefined || request.autoMerge || dryRun || !host.abilities.has('auto-merge')) return;
  try {
    const answer = await host.enableAutoMerge(request.number, autoMerge, signal);
    const fields = { url: request.url };
    if (answer.kind === 'enabled') log.info('pull request merges by itself when it is ready', fields);
    else if (answer.kind === 'refused')
      log.warn('pull request does not merge by itself yet', { ...fields, reason: answer.reason });
  } catch (thrown) {
    const error = asLynceusError(thrown);
    if (error.code === 'aborted') throw error;
    log.warn('pull request does not merge by itself', { url: request.url, err: error });
  }
}

async function close(
  { request, why }: Extract<RequestStep, { kind: 'close' }>,
  acting: Acting & { readonly result: Proposed | undefined },
): Promise<void> {
  const { host, dryRun, log, signal, result } = acting;
  log.info(dryRun ? 'pull request would be closed' : 'pull request closed', {
    url: request.url,
    reason: why,
  });
  if (dryRun) return;
  const marker = readMarker(request.body) ?? { group: '', changes: [], withdrawn: true };
  const next = result !== undefined && 'action' in result ? ` by ${result.url ?? ''}` : '';
  const comment =
    why === 'superseded' ? `Superseded${next}.` : 'The base branch needs none of this any more.';
  const body = withdrawnBody(request.body, marker, host.limits.body);
  await host.close(request.number, { body, comment }, signal);
  if (settingsOf(acting).deleteBranch) await remove(request.head, acting);
}

/** A branch whose request was merged has no use any more. One whose request a person closed may be wanted again. */
async function cleanUp(wish: GroupWish, { place, verdicts }: Group, acting: Acting): Promise<void> {
  const branch = fixedBranch(place);
  const held = verdicts.some(({ decision }) => decision.outcome === 'held');
  if (wish.kind !== 'nothing' || branch === undefined || held || acting.dryRun) return;
  if (settingsOf(acting).deleteBranch) await remove(branch, acting);
}

async function remove(branch: string, { session, place, log, signal }: Acting): Promise<void> {
  try {
    if (await session.deleteBranch(place, branch, signal)) log.info('branch deleted', { branch });
  } catch (thrown) {
    const error = asLynceusError(thrown);
    if (error.code === 'aborted') throw error;
    log.warn('a branch could not be deleted', { branch, err: error });
  }
}

function settingsOf({ pullRequests, place }: Acting): RequestSettings {
  return pullRequests.settingsOf(place.remote);
}
