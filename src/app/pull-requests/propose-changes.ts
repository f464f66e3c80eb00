import type { ChangeSet, PlannedChange } from '../../core/change.ts';
import { fixedPush } from '../../core/git/branch-name.ts';
import type { Plan } from '../../core/plan/plan.ts';
import type { GitPlace } from '../../core/policy.ts';
import {
  decideRequests,
  ofGroup,
  type DesiredRequest,
  type RequestStep,
} from '../../core/pull-requests/decide-requests.ts';
import {
  describeRequest,
  withdrawnBody,
  type RequestText,
} from '../../core/pull-requests/describe-request.ts';
import { readMarker } from '../../core/pull-requests/marker.ts';
import type { PullRequest } from '../../core/pull-requests/request.ts';
import type { RequestResult } from '../../core/report.ts';
import { asLynceusError, type LynceusError } from '../../errors.ts';
import type { Log } from '../../ports/log.ts';
import type { PullRequestHost } from '../../ports/pull-request-host.ts';
import type { CommitResult, WriterSession } from '../../ports/writer.ts';
import type { Written } from '../apply-plan.ts';
import type { Evaluation } from '../decide-images.ts';
import type { HostViews } from './ask-hosts.ts';
import type { PullRequestServices, RequestSettings } from './pull-request-services.ts';
import { eachOnItsHost, requestGroupsOf, viewKey, type RequestGroup } from './request-groups.ts';

/** How the request of a change set ended. */
export type Proposed = RequestResult | LynceusError;

export interface ProposeOptions {
  readonly pullRequests: PullRequestServices;
  /** Report what would be done, and do nothing. */
  readonly dryRun: boolean;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Opens, updates and closes pull requests once their branches are pushed, one after the other on each host, as
 * hosts ask for. One that fails is a failure of its images alone; the next cycle finds the branch and tries again.
 */
export async function proposeChanges(
  input: ProposeInput,
  options: ProposeOptions,
): Promise<ReadonlyMap<ChangeSet, Proposed>> {
  const proposed = new Map<ChangeSet, Proposed>();
  await eachOnItsHost(requestGroupsOf(input.evaluations), async (group) => {
    options.signal.throwIfAborted();
    const [set] = input.plan.changeSets.filter(
      ({ place, request }) => request?.group === group.name && viewKey(place) === viewKey(group.place),
    );
    const result = await proposeGroup(group, set, { input, options });
    if (set !== undefined && result !== undefined) proposed.set(set, result);
  });
  return proposed;
}

/** Anything thrown for one group is a failure of that group. */
async function proposeGroup(
  group: RequestGroup,
  set: ChangeSet | undefined,
  { input, options }: { readonly input: ProposeInput; readonly options: ProposeOptions },
): Promise<Proposed | undefined> {
  const { plan, written, session, views } = input;
  const view = views.get(viewKey(group.place));
  if (view?.kind !== 'open') return undefined;
  const { place } = group;
  const acting: Acting = { ...options, host: view.host, base: place.base, session, place };
  try {
    const change = changeOf(group, set, { plan, written, host: view.host });
    const head = change.kind === 'propose' ? change.head : fixedPush(place.push);
    const open = ofGroup(view.open, { group: group.name, head });
    const result = await carryOut(change, open, acting);
    await cleanUp(change, group, acting);
    return result;
  } catch (thrown) {
    options.signal.throwIfAborted();
    return asLynceusError(thrown);
  }
}

export interface ProposeInput {
  readonly evaluations: readonly Evaluation[];
  readonly views: HostViews;
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

function changeOf(
  { evaluations }: RequestGroup,
  set: ChangeSet | undefined,
  { plan, written, host }: { readonly plan: Plan; readonly written: Written; readonly host: PullRequestHost },
): DesiredRequest {
  if (set === undefined) {
    const refused = new Set(plan.refused.map(({ update }) => update.tracked));
    const unsure = evaluations.some(
      ({ tracked, decision }) => decision.outcome === 'failed' || refused.has(tracked),
    );
    return { kind: unsure ? 'unknown' : 'nothing' };
  }
  const results = resultsOnBranch(set, written);
  const changes = results.flatMap(changesOnBranch);
  if (changes.length === 0 || set.pushBranch === undefined) return { kind: 'unknown' };
  const commits = results.map(({ commit }) => commit.message);
  return { kind: 'propose', head: set.pushBranch, text: textOf(set, { changes, commits }, host) };
}

function textOf(
  { request }: ChangeSet,
  content: { readonly changes: readonly PlannedChange[]; readonly commits: readonly string[] },
  { limits }: PullRequestHost,
): RequestText {
  return describeRequest({
    group: request?.group ?? '',
    message: request?.message ?? '',
    ...content,
    limits,
  });
}

/** What is, or in a dry run would be, on the branch. */
function resultsOnBranch(set: ChangeSet, { commits }: Written): readonly CommitResult[] {
  return commits
    .filter((one) => one.set === set && one.result.ending.kind !== 'failed')
    .map(({ result }) => result);
}

function changesOnBranch({ commit, refused }: CommitResult): readonly PlannedChange[] {
  const left = new Set(refused.map(({ change }) => change));
  return commit.files.flatMap(({ changes }) => changes.filter((change) => !left.has(change)));
}

async function carryOut(
  change: DesiredRequest,
  open: readonly PullRequest[],
  acting: Acting,
): Promise<Proposed | undefined> {
  let result: Proposed | undefined;
  for (const step of decideRequests(change, open)) {
    try {
      result = (await take(step, change, { ...acting, result })) ?? result;
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
  change: DesiredRequest,
  acting: Acting & { readonly result: Proposed | undefined },
): Promise<RequestResult | undefined> {
  switch (step.kind) {
    case 'open':
      return change.kind === 'propose' ? await open(change, acting) : undefined;
    case 'update':
      return change.kind === 'propose' ? await update(step.request, change.text, acting) : undefined;
    case 'keep':
      if (change.kind === 'propose')
        await letMerge(step.request, { text: change.text, again: false }, acting);
      return { action: 'keep', url: step.request.url };
    case 'close':
      await close(step, acting);
      return undefined;
  }
}

async function open(
  { head, text }: Extract<DesiredRequest, { kind: 'propose' }>,
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
  await letMerge(request, { text, again: false }, acting);
  return { action: 'open', url: request.url };
}

async function update(request: PullRequest, text: RequestText, acting: Acting): Promise<RequestResult> {
  const { title, body } = text;
  const { host, dryRun, log, signal } = acting;
  if (!dryRun) {
    await host.update(request.number, { title, body }, signal);
    log.info('pull request updated', { url: request.url, branch: request.head, title });
    // What it was to be merged with names other versions.
    await letMerge(request, { text, again: true }, acting);
  }
  return { action: 'update', url: request.url };
}

/** Logged when a request is opened, not in each cycle. */
function mergesNothing(acting: Acting): readonly string[] {
  const { label, abilities } = acting.host;
  if (settingsOf(acting).autoMerge === undefined || abilities.has('auto-merge')) return [];
  return [`${label} has no auto-merge: autoMerge has no effect there`];
}

/** Hosts refuse it while they check whether a request can be merged, so it is enabled again in each cycle. */
async function letMerge(
  request: PullRequest,
  { text: { squash }, again }: { readonly text: RequestText; readonly again: boolean },
  acting: Acting,
): Promise<void> {
  const { host, dryRun, log, signal } = acting;
  const { autoMerge } = settingsOf(acting);
  if (autoMerge === undefined || dryRun || !host.abilities.has('auto-merge')) return;
  if (request.autoMerge && !again) return;
  try {
    const answer = await host.enableAutoMerge(request.number, { method: autoMerge, squash, again }, signal);
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

/** Deletes a branch whose request was merged. One whose request a person closed may be needed again. */
async function cleanUp(
  change: DesiredRequest,
  { place, evaluations }: RequestGroup,
  acting: Acting,
): Promise<void> {
  const branch = fixedPush(place.push);
  const held = evaluations.some(({ decision }) => decision.outcome === 'held');
  if (change.kind !== 'nothing' || branch === undefined || held || acting.dryRun) return;
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
