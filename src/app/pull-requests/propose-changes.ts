import type { ChangeSet, PlannedChange } from '../../core/change.ts';
import { fixedPush } from '../../core/git/branch-name.ts';
import type { Plan } from '../../core/plan/plan.ts';
import {
  decideRequests,
  ofGroup,
  type DesiredRequest,
  type RequestStep,
} from '../../core/pull-requests/decide-requests.ts';
import {
  bodyWithMarker,
  describeRequest,
  type RequestText,
} from '../../core/pull-requests/describe-request.ts';
import { readMarker } from '../../core/pull-requests/marker.ts';
import { requestTitle } from '../../core/pull-requests/request-title.ts';
import type { PullRequest } from '../../core/pull-requests/request.ts';
import type { RequestResult } from '../../core/report.ts';
import { asLynceusError, type LynceusError } from '../../errors.ts';
import type { CommitResult } from '../../ports/writer.ts';
import type { Written } from '../apply-plan.ts';
import { addLacking, rememberLacks } from './add-lacking.ts';
import { letMerge, leaveToOthers } from './let-merge.ts';
import { closeUnwanted } from './close-unwanted.ts';
import { closeRequest, removeBranch } from './close-request.ts';
import {
  needsApproval,
  requestGroupsOf,
  sharesBranch,
  viewKey,
  type RequestGroup,
} from './request-groups.ts';
import { settingsOf, type ProposeInput, type ProposeOptions, type RequestWork } from './request-work.ts';
import { groupSettingsOf, type GroupSettings } from './group-settings.ts';

/** How the request of a change set ended. */
export type Proposed = RequestResult | LynceusError;

/**
 * Opens, updates and closes pull requests once their branches are pushed, one after the other on each host, as
 * hosts ask for. One that fails is a failure of its images alone; the next cycle finds the branch and tries again.
 */
export async function proposeChanges(
  input: ProposeInput,
  options: ProposeOptions,
): Promise<ReadonlyMap<ChangeSet, Proposed>> {
  const proposed = new Map<ChangeSet, Proposed>();
  await Promise.all(
    requestGroupsOf(input.evaluations).map(async (group) => {
      const [set] = input.plan.changeSets.filter(
        ({ place, request }) => request?.group === group.name && viewKey(place) === viewKey(group.place),
      );
      const result = await proposeInTurn(group, set, { input, options });
      if (set !== undefined && result !== undefined) proposed.set(set, result);
    }),
  );
  await closeUnwanted(input, options);
  return proposed;
}

interface Proposing {
  readonly input: ProposeInput;
  readonly options: ProposeOptions;
}

/** A host without time left is a failure of the group. */
async function proposeInTurn(
  group: RequestGroup,
  set: ChangeSet | undefined,
  { input, options }: Proposing,
): Promise<Proposed | undefined> {
  try {
    return await options.hosts.run(group.place, options.signal, (signal) =>
      proposeGroup(group, set, { input, options: { ...options, signal } }),
    );
  } catch (thrown) {
    options.signal.throwIfAborted();
    return asLynceusError(thrown);
  }
}

/** Anything thrown for one group is a failure of that group. */
async function proposeGroup(
  group: RequestGroup,
  set: ChangeSet | undefined,
  { input, options }: Proposing,
): Promise<Proposed | undefined> {
  const { plan, written, session, views, evaluations } = input;
  const view = views.get(viewKey(group.place));
  if (view?.kind !== 'open') return undefined;
  const { place } = group;
  try {
    const isOursAlone = !written.commits.some(
      ({ set: one, result: { ending } }) => one === set && hasOthers(ending),
    );
    const mayMerge = isOursAlone && !needsApproval(group) && !group.evaluations.some(waitsForWindow);
    const named = groupSettingsOf(group);
    const acting: Acting = { ...options, host: view.host, base: place.base, session, place, mayMerge, named };
    const isShared = sharesBranch(group, evaluations);
    const change = changeOf(group, set, { plan, written, acting, isShared });
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

interface Acting extends RequestWork {
  /** Name of the base branch. */
  readonly base: string;
  /** Whether the branch is ours alone, nobody has to agree, and it is the time: commits of others are not merged by themselves. */
  readonly mayMerge: boolean;
  readonly named: GroupSettings;
}

/** A host may merge at once what it is asked to merge when it is ready. */
function waitsForWindow({ decision }: RequestGroup['evaluations'][number]): boolean {
  return decision.outcome === 'held' && decision.code === 'outside-window';
}

function hasOthers(ending: CommitResult['ending']): boolean {
  return ending.kind === 'unchanged' && ending.others !== undefined;
}

function changeOf(
  { evaluations }: RequestGroup,
  set: ChangeSet | undefined,
  {
    plan,
    written,
    acting,
    isShared,
  }: { readonly plan: Plan; readonly written: Written; readonly acting: Acting; readonly isShared: boolean },
): DesiredRequest {
  if (set === undefined) {
    const refused = new Set(plan.refused.map(({ update }) => update.tracked));
    const unsure = evaluations.some(
      ({ tracked, decision }) => decision.outcome === 'failed' || refused.has(tracked),
    );
    return { kind: unsure || isShared ? 'unknown' : 'nothing' };
  }
  const results = resultsOnBranch(set, written);
  const changes = results.flatMap(changesOnBranch);
  if (changes.length === 0 || set.pushBranch === undefined) return { kind: 'unknown' };
  const commits = results.map(({ commit }) => commit.message);
  return { kind: 'propose', head: set.pushBranch, text: textOf(set, { changes, commits }, acting) };
}

function textOf(
  { request }: ChangeSet,
  content: { readonly changes: readonly PlannedChange[]; readonly commits: readonly string[] },
  acting: Acting,
): RequestText {
  const { group = '', message = '', text } = request ?? {};
  const { limits } = acting.host;
  const { title: configured, templateLimits } = settingsOf(acting);
  const title = requestTitle({
    template: acting.named.title ?? configured,
    message,
    changes: content.changes,
    limit: limits.title,
    templateLimits,
  });
  return describeRequest({
    group,
    message,
    ...(text === undefined ? {} : { text }),
    title,
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
      return change.kind === 'propose' ? await update(step.request, change, acting) : undefined;
    case 'keep':
      if (!step.request.isOurs) return leaveToOthers(step.request, acting);
      await addLacking(step.request, acting);
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
  const { reviewers, draft, ...configured } = settingsOf(acting);
  const labels = acting.named.labelsWith(configured.labels);
  const { title, body } = text;
  const { request, shortcomings, lacks } = await host.create(
    { head, base, title, body, labels, reviewers, draft },
    signal,
  );
  if (!request.isOurs) return leaveToOthers(request, acting);
  log.info('pull request opened', { url: request.url, branch: head, title });
  if (lacks !== undefined) await rememberLacks({ ...request, title, body }, lacks, acting);
  for (const reason of shortcomings) log.warn('a pull request lacks something', { url: request.url, reason });
  await letMerge(request, { text, again: false }, acting);
  return { action: 'open', url: request.url };
}

async function update(
  request: PullRequest,
  { text }: Extract<DesiredRequest, { kind: 'propose' }>,
  acting: Acting,
): Promise<RequestResult> {
  const { host, dryRun, log, signal } = acting;
  if (!dryRun) {
    const { title } = text;
    const lacks = readMarker(request.body)?.lacks;
    const body =
      lacks === undefined
        ? text.body
        : bodyWithMarker(text.body, { ...text.marker, lacks }, host.limits.body);
    await host.update(request.number, { title, body }, signal);
    await addLacking({ ...request, title, body }, acting);
    log.info('pull request updated', { url: request.url, branch: request.head, title });
    // What it was to be merged with names other versions.
    await letMerge(request, { text, again: true }, acting);
  }
  return { action: 'update', url: request.url };
}

async function close(
  { request, why }: Extract<RequestStep, { kind: 'close' }>,
  acting: Acting & { readonly result: Proposed | undefined },
): Promise<void> {
  const { result } = acting;
  const next = result !== undefined && 'action' in result ? ` by ${result.url ?? ''}` : '';
  const comment =
    why === 'superseded' ? `Superseded${next}.` : 'The base branch needs none of this any more.';
  await closeRequest({ request, why, comment, deleteBranch: true }, acting);
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
  if (settingsOf(acting).deleteBranch) await removeBranch(branch, acting);
}
