import { asLynceusError, type LynceusError } from '../../errors.ts';
import type {
  ApplicationChangeSet,
  ChangeSet,
  ImageUpdate,
  PlannedChange,
  PlannedCommit,
} from '../change.ts';
import { fixedPush } from '../git/branch-name.ts';
import { applicationKey } from '../identity/application.ts';
import { placeKey } from '../identity/branch.ts';
import { compareParts, joinKey } from '../identity/key.ts';
import { gitTargetOf, imagesInGit, type ImageInGit, type TrackedImage } from '../policy.ts';
import { versionText } from '../presence.ts';
import type { FailureReason } from '../reasons/reason.ts';
import { findBranchClashes, type ClaimedSet } from './branch-clashes.ts';
import { claiming, findConflicts, targetKey, type UnchangedImage } from './conflicts.ts';
import { groupBy } from './group-by.ts';
import { findOwnedPlaces } from './owned-places.ts';
import { rollbackText, takenBackIn } from './rollback-message.ts';
import {
  gitTargetIn,
  commitTextOf,
  plannedCommitOf,
  pushBranchOf,
  toPlannedChange,
  type PlannedCommitOptions,
} from './planned-commit.ts';

export interface PlanOptions extends PlannedCommitOptions {
  readonly commitPer: 'application' | 'remote';
  /** Text of a pull request for these changes, in Markdown and without its title; absent: the text of the commit has to do. */
  readonly requestText?: (changes: readonly PlannedChange[]) => string;
  /** Whether the text contains labels of the image, so that they must be read. */
  readonly needsLabels: boolean;
  /** Why the branch that an image would be pushed to is no branch for it; absent when every branch is. */
  readonly branchRefusal?: (tracked: TrackedImage, branch: string) => LynceusError | undefined;
  /** Images that are not evaluated now, of places that are their Applications' own: nothing of others is written there. */
  readonly owners?: readonly TrackedImage[];
}

export interface Refusal {
  readonly update: ImageUpdate;
  readonly reason: FailureReason;
}

export interface Plan {
  /** What is written to Git. */
  readonly changeSets: readonly ChangeSet[];
  /** What is written to Applications in the cluster. */
  readonly applications: readonly ApplicationChangeSet[];
  /** What is not written, and why. */
  readonly refused: readonly Refusal[];
}

/**
 * Groups the updates into one change set per remote and branch, and in it one commit per Application (or one for all).
 * The order of Applications in the input does not matter. `unchanged` are the images that were evaluated and are not written: no update
 * may replace what they have, nor push to a branch that one of them is based on.
 */
export function makePlan(
  updates: readonly ImageUpdate[],
  options: PlanOptions,
  unchanged: readonly UnchangedImage[] = [],
): Plan {
  const ordered = inPlanOrder(updates);
  const { owners: absent = [] } = options;
  const owned = findOwnedPlaces(ordered, [
    ...unchanged.map((image) => ({ ...image, version: image.keeps })),
    ...ordered.map(claiming),
    ...absent.map((tracked) => ({ tracked, version: undefined })),
  ]);
  const left = ordered.filter((update) => !owned.has(update));
  const conflicts = new Map([...owned, ...conflictsOf(left, unchanged)]);
  const conflicting = ordered.flatMap((update) => refusal(update, conflicts.get(update)));
  const agreed = ordered.filter((update) => !conflicts.has(update));
  const git = planGit(
    agreed.filter(({ tracked }) => gitTargetOf(tracked) !== undefined),
    imagesInGit([...[...unchanged, ...updates].map(({ tracked }) => tracked), ...absent]),
    options,
  );
  return {
    changeSets: git.changeSets,
    applications: planApplications(agreed),
    refused: [...conflicting, ...git.refused],
  };
}

/** What is taken back is so for whoever shares its place, whatever these have or want. */
function conflictsOf(
  updates: readonly ImageUpdate[],
  unchanged: readonly UnchangedImage[],
): ReadonlyMap<ImageUpdate, FailureReason> {
  const takenBack = updates.filter(({ rollback }) => rollback !== undefined);
  if (takenBack.length === 0) return findConflicts(updates, unchanged);
  const chosen = updates.filter(({ rollback }) => rollback === undefined);
  const kept = takenBack.map((update) => ({ ...update, keeps: versionText(update.to) }));
  return new Map([...findConflicts(takenBack, []), ...findConflicts(chosen, [...unchanged, ...kept])]);
}

function refusal(update: ImageUpdate, reason: FailureReason | undefined): readonly Refusal[] {
  return reason === undefined ? [] : [{ update, reason }];
}

/** One patch per Application. */
function planApplications(updates: readonly ImageUpdate[]): readonly ApplicationChangeSet[] {
  const live = updates.filter(({ tracked }) => tracked.destination.target.method === 'application');
  return [...groupBy(live, ({ tracked }) => targetKey(tracked)).values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined || first.tracked.destination.target.method !== 'application') return [];
    const {
      application,
      destination: { target },
    } = first.tracked;
    return [{ application, target, changes: group.map(toPlannedChange) }];
  });
}

function planGit(
  updates: readonly ImageUpdate[],
  known: readonly ImageInGit[],
  options: PlanOptions,
): Pick<Plan, 'changeSets' | 'refused'> {
  const refused: Refusal[] = [];
  const drafts = new Map<string, DraftSet>();
  const proposals = groupBy(updates, proposalKey);
  // What is taken back comes first, in commits of its own.
  const groups = [...groupBy(updates, commitKey(options)).values()];
  const isTakenBack = ([first]: readonly ImageUpdate[]) => first?.rollback !== undefined;
  for (const group of [...groups.filter(isTakenBack), ...groups.filter((one) => !isTakenBack(one))]) {
    const { planned, refused: faulty } = planCommit(group, { ...options, proposals });
    refused.push(...faulty);
    if (planned === undefined) continue;
    const draft = drafts.get(planned.key) ?? { set: planned.set, updates: [] };
    const commits = [...draft.set.commits, planned.commit];
    drafts.set(planned.key, {
      set: { ...draft.set, commits },
      updates: [...draft.updates, ...planned.updates],
    });
  }
  const clashes = findBranchClashes([...drafts.values()].flatMap(claimedSetOf), known);
  const changeSets: ChangeSet[] = [];
  for (const draft of drafts.values()) {
    const clash = clashes.get(draft.set);
    if (clash !== undefined) {
      refused.push(...draft.updates.map((update) => ({ update, reason: clash })));
      continue;
    }
    try {
      checkBranch(draft, options);
      changeSets.push(withRequest(draft.set, draft.updates, options));
    } catch (thrown) {
      refused.push(...refuseAll(draft.updates, thrown));
    }
  }
  return { refused, changeSets };
}

/** A change set that is being put together, and the updates in it. */
interface DraftSet {
  readonly set: ChangeSet;
  readonly updates: readonly ImageUpdate[];
}

function claimedSetOf({ set, updates }: DraftSet): readonly ClaimedSet[] {
  const tracked = updates.map((update) => update.tracked);
  const whose = tracked.find(({ claim }) => claim === 'own') ?? tracked[0];
  return whose === undefined ? [] : [{ set, claim: whose.claim, application: whose.application }];
}

/** Throws for a branch that one of the images may not be pushed to. */
function checkBranch({ set, updates }: DraftSet, { branchRefusal }: PlanOptions): void {
  if (set.pushBranch === undefined || branchRefusal === undefined) return;
  for (const { tracked } of updates) {
    const refused = branchRefusal(tracked, set.pushBranch);
    if (refused !== undefined) throw refused;
  }
}

function refuseAll(updates: readonly ImageUpdate[], thrown: unknown): readonly Refusal[] {
  const error = asLynceusError(thrown);
  const reason: FailureReason = { code: error.code, facts: { kind: 'error', error } };
  return updates.map((update) => ({ update, reason }));
}

function withRequest(set: ChangeSet, updates: readonly ImageUpdate[], options: PlanOptions): ChangeSet {
  const { pullRequest } = set.place;
  if (pullRequest === undefined || set.pushBranch === undefined) return set;
  const changes = updates.map(toPlannedChange);
  const message = commitTextOf(changes, options);
  const text = requestTextOf(changes, options);
  return { ...set, request: { group: pullRequest.group, message, ...(text === undefined ? {} : { text }) } };
}

/** What is taken back stands above the others. */
function requestTextOf(
  changes: readonly PlannedChange[],
  { requestText }: Pick<PlanOptions, 'requestText'>,
): string | undefined {
  const takenBack = takenBackIn(changes);
  if (takenBack.length === 0) return requestText?.(changes);
  const others = changes.filter(({ rollback }) => rollback === undefined);
  const rest = others.length === 0 ? undefined : requestText?.(others);
  return rest === undefined ? rollbackText(takenBack) : `${rollbackText(takenBack)}\n\n${rest}`;
}

interface PlanCommitOptions extends PlanOptions {
  /** All updates of each request, by `proposalKey`: one request has one branch, whatever its template makes of a commit. */
  readonly proposals: ReadonlyMap<string, readonly ImageUpdate[]>;
}

function proposalKey({ tracked }: ImageUpdate): string {
  const { place } = gitTargetIn(tracked);
  return joinKey(placeKey(place), place.pullRequest?.group);
}

/** Which commit an update belongs to. Applications of one name in two namespaces are two Applications. */
function commitKey(options: PlanOptions): (update: ImageUpdate) => string {
  return ({ tracked, rollback }) => {
    const { place } = gitTargetIn(tracked);
    const owner = options.commitPer === 'application' ? applicationKey(tracked.application) : undefined;
    const fixed = fixedPush(place.push);
    const mayUse =
      fixed !== undefined && options.foreignBranchHint !== undefined
        ? String(options.foreignBranchHint(tracked, fixed) === undefined)
        : undefined;
    const takes = rollback === undefined ? undefined : 'back';
    return joinKey(placeKey(place), place.pullRequest?.group, owner, mayUse, takes);
  };
}

interface PlannedInSet {
  /** Equal for commits of one change set. */
  readonly key: string;
  /** The set without commits. */
  readonly set: ChangeSet;
  readonly commit: PlannedCommit;
  readonly updates: readonly ImageUpdate[];
}

interface CommitPlan {
  readonly planned: PlannedInSet | undefined;
  readonly refused: readonly Refusal[];
}

/** One commit for these updates, without those of Applications for which it cannot be made: they are refused. */
function planCommit(updates: readonly ImageUpdate[], options: PlanCommitOptions): CommitPlan {
  try {
    return { planned: commitOf(updates, options), refused: [] };
  } catch (thrown) {
    const owners = [...groupBy(updates, ({ tracked }) => applicationKey(tracked.application)).values()];
    const faulty = owners.length < 2 ? [] : owners.flatMap((own) => refusedAlone(own, options));
    const left = updates.filter((one) => !faulty.some(({ update }) => update === one));
    if (faulty.length === 0) return { planned: undefined, refused: refuseAll(updates, thrown) };
    if (left.length === 0) return { planned: undefined, refused: faulty };
    const rest = planCommit(left, options);
    return { ...rest, refused: [...faulty, ...rest.refused] };
  }
}

function refusedAlone(updates: readonly ImageUpdate[], options: PlanCommitOptions): readonly Refusal[] {
  try {
    commitOf(updates, options);
    return [];
  } catch (thrown) {
    return refuseAll(updates, thrown);
  }
}

function commitOf(updates: readonly ImageUpdate[], options: PlanCommitOptions): PlannedInSet {
  const [first] = updates;
  if (first === undefined) throw new Error('a commit needs an update');
  const { place } = gitTargetIn(first.tracked);
  const proposed = place.pullRequest === undefined ? undefined : options.proposals.get(proposalKey(first));
  const pushBranch = pushBranchOf(proposed ?? updates, options);
  const owners = [...groupBy(updates, ({ tracked }) => applicationKey(tracked.application)).values()];
  const plannedOf = (own: readonly ImageUpdate[]) => plannedCommitOf(own, pushBranch, options);
  const parts = owners.length < 2 ? {} : { parts: owners.map(plannedOf) };
  return {
    key: joinKey(placeKey({ ...place, push: pushBranch }), place.pullRequest?.group),
    set: { place, pushBranch, commits: [] },
    commit: { ...plannedOf(updates), ...parts },
    updates,
  };
}

/**
 * By Application, and in it as they come: as `image-list` has them. So they are listed in messages, and hashed for names of
 * branches, as Argo CD Image Updater does it.
 */
export function inPlanOrder(updates: readonly ImageUpdate[]): readonly ImageUpdate[] {
  return updates.toSorted(({ tracked: { application: a } }, { tracked: { application: b } }) =>
    compareParts([a.namespace, a.name], [b.namespace, b.name]),
  );
}
