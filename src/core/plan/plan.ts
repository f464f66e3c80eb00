import { asLynceusError, type ErrorCode } from '../../errors.ts';
import type {
  ApplicationChangeSet,
  ChangeSet,
  PlannedChange,
  PlannedCommit,
  WantedChange,
} from '../change.ts';
import type { BranchTarget } from '../git/branch-template.ts';
import { applicationKey } from '../identity/application.ts';
import { placeKey } from '../identity/branch.ts';
import { joinKey } from '../identity/key.ts';
import { recordLine, recordOf } from '../overrides/record.ts';
import type { GitPlace, TrackedImage } from '../policy.ts';
import { versionText } from '../presence.ts';
import { findBranchClashes } from './branch-clashes.ts';
import { findConflicts, targetKey, type UnchangedImage } from './conflicts.ts';
import { groupBy } from './group-by.ts';
import { addTrailers } from './trailers.ts';

export interface PlanOptions {
  readonly commitPer: 'application' | 'remote';
  /** Text of a commit for these changes. */
  readonly commitMessage: (changes: readonly PlannedChange[]) => string;
  /** Whether the text speaks of labels, so that they must be read. */
  readonly wantsLabels: boolean;
  /** `Ada <ada@example.org>`, who signs off each commit; `undefined` when nobody does. */
  readonly signOff: string | undefined;
  /** Whether each commit says at its end, for machines, what it wrote: see `WriteRecord`. */
  readonly trailers: boolean;
  /** Name of the branch to push for these changes, from the text of the annotation. Throws `template-invalid`. */
  readonly branchName: (template: string, changes: readonly PlannedChange[], target: BranchTarget) => string;
}

export interface Refusal {
  readonly wanted: WantedChange;
  readonly code: ErrorCode;
  readonly message: string;
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
 * Groups what is to be written into one change set per remote and branch, and in it one commit per Application
 * (or one for all). An empty plan is the normal day. The order of the input never matters. `unchanged` are the images
 * that are looked at and not to be written: what they have is not taken from them, and a branch that one of them is
 * based on is not made anew for another.
 */
export function makePlan(
  wanted: readonly WantedChange[],
  options: PlanOptions,
  unchanged: readonly UnchangedImage[] = [],
): Plan {
  const ordered = [...wanted].sort(byOwner);
  const conflicts = findConflicts(ordered, unchanged);
  const inConflict = new Set(conflicts.map((one) => one.wanted));
  const agreed = ordered.filter((one) => !inConflict.has(one));
  const git = planGit(
    agreed.filter(({ tracked }) => tracked.destination.target.method === 'git'),
    [...unchanged, ...wanted].flatMap(gitPlaceOf),
    options,
  );
  return {
    changeSets: git.changeSets,
    applications: planApplications(agreed),
    refused: [...conflicts.map((one) => ({ ...one, code: 'conflicting-changes' as const })), ...git.refused],
  };
}

/** One patch per Application. */
function planApplications(wanted: readonly WantedChange[]): readonly ApplicationChangeSet[] {
  const live = wanted.filter(({ tracked }) => tracked.destination.target.method === 'application');
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
  wanted: readonly WantedChange[],
  places: readonly GitPlace[],
  options: PlanOptions,
): Pick<Plan, 'changeSets' | 'refused'> {
  const refused: Refusal[] = [];
  const drafts = new Map<string, DraftSet>();
  for (const group of groupBy(wanted, commitKey(options)).values()) {
    const { planned, refused: faulty } = planCommit(group, options);
    refused.push(...faulty);
    if (planned === undefined) continue;
    const draft = drafts.get(planned.key) ?? { set: planned.set, changes: [] };
    const commits = [...draft.set.commits, planned.commit];
    drafts.set(planned.key, {
      set: { ...draft.set, commits },
      changes: [...draft.changes, ...planned.changes],
    });
  }
  const clashes = findBranchClashes(
    [...drafts.values()].map(({ set }) => set),
    places,
  );
  const changeSets: ChangeSet[] = [];
  for (const { set, changes } of drafts.values()) {
    const message = clashes.get(set);
    if (message !== undefined) {
      refused.push(...changes.map((one) => ({ wanted: one, code: 'conflicting-changes' as const, message })));
      continue;
    }
    try {
      changeSets.push(withRequest(set, changes, options));
    } catch (thrown) {
      refused.push(...refuse(changes, thrown));
    }
  }
  return { refused, changeSets };
}

/** A change set that is being put together, and the changes in it. */
interface DraftSet {
  readonly set: ChangeSet;
  readonly changes: readonly WantedChange[];
}

function refuse(changes: readonly WantedChange[], thrown: unknown): readonly Refusal[] {
  const { code, line } = asLynceusError(thrown);
  return changes.map((one) => ({ wanted: one, code, message: line }));
}

function withRequest(set: ChangeSet, changes: readonly WantedChange[], options: PlanOptions): ChangeSet {
  const { pullRequest } = set.place;
  if (pullRequest === undefined || set.pushBranch === undefined) return set;
  const message = options.commitMessage(changes.map(toPlannedChange));
  return { ...set, request: { group: pullRequest.group, message } };
}

/** Which commit a change belongs to. Applications of one name in two namespaces are two Applications. */
function commitKey(options: PlanOptions): (change: WantedChange) => string {
  return ({ tracked }) => {
    const place = placeOf(tracked);
    const owner = options.commitPer === 'application' ? applicationKey(tracked.application) : undefined;
    return joinKey(placeKey(place), place.pullRequest?.group, owner);
  };
}

interface PlannedInSet {
  /** Equal for commits of one change set. */
  readonly key: string;
  /** The set without commits. */
  readonly set: ChangeSet;
  readonly commit: PlannedCommit;
  readonly changes: readonly WantedChange[];
}

interface CommitPlan {
  readonly planned: PlannedInSet | undefined;
  readonly refused: readonly Refusal[];
}

/** One commit for these changes. An Application for which it cannot be made is refused, and the others have it. */
function planCommit(changes: readonly WantedChange[], options: PlanOptions): CommitPlan {
  try {
    return { planned: commitOf(changes, options), refused: [] };
  } catch (thrown) {
    const owners = [...groupBy(changes, ({ tracked }) => applicationKey(tracked.application)).values()];
    const faulty = owners.length < 2 ? [] : owners.flatMap((own) => refusedAlone(own, options));
    const left = changes.filter((one) => !faulty.some(({ wanted }) => wanted === one));
    if (faulty.length === 0) return { planned: undefined, refused: refuse(changes, thrown) };
    if (left.length === 0) return { planned: undefined, refused: faulty };
    const rest = planCommit(left, options);
    return { ...rest, refused: [...faulty, ...rest.refused] };
  }
}

function refusedAlone(changes: readonly WantedChange[], options: PlanOptions): readonly Refusal[] {
  try {
    commitOf(changes, options);
    return [];
  } catch (thrown) {
    return refuse(changes, thrown);
  }
}

function commitOf(changes: readonly WantedChange[], options: PlanOptions): PlannedInSet {
  const [first] = changes;
  if (first === undefined) throw new Error('a commit needs a change');
  const place = placeOf(first.tracked);
  const pushBranch = pushBranchOf(changes, options);
  const applications = new Map(
    changes.map(({ tracked }) => [applicationKey(tracked.application), tracked.application]),
  );
  const files = [...groupBy(changes, ({ tracked }) => editKey(tracked)).values()].flatMap((group) => {
    const written = group[0]?.tracked.destination.target;
    return written?.method === 'git' ? [{ target: written.file, changes: group.map(toPlannedChange) }] : [];
  });
  return {
    key: joinKey(placeKey({ ...place, push: pushBranch }), place.pullRequest?.group),
    set: { place, pushBranch, commits: [] },
    commit: { applications: [...applications.values()], message: messageFor(changes, options), files },
    changes,
  };
}

/**
 * Name of the branch that these changes are pushed to, which share one; `undefined` when it is the base branch, or there is no
 * change. Throws `template-invalid`.
 */
export function pushBranchOf(
  changes: readonly WantedChange[],
  { branchName }: Pick<PlanOptions, 'branchName'>,
): string | undefined {
  const [first] = changes;
  if (first === undefined) return undefined;
  const { remote, base, push } = placeOf(first.tracked);
  if (push === undefined) return undefined;
  return branchName(push, changes.map(toPlannedChange), { remote, base, path: pathOf(first.tracked) });
}

/** What a person made of the message, and behind it what only machines read. */
function messageFor(changes: readonly WantedChange[], options: PlanOptions): string {
  const message = options.commitMessage(changes.map(toPlannedChange));
  const signOffs = options.signOff === undefined ? [] : [`Signed-off-by: ${options.signOff}`];
  const records = changes.map(({ tracked, from, to }) =>
    recordLine(recordOf('update', tracked, { from: versionText(from), to: versionText(to) })),
  );
  if (!options.trailers) return signOffs.length === 0 ? message : addTrailers(message, signOffs);
  return addTrailers(message, [...signOffs, ...records]);
}

function gitPlaceOf({ tracked }: { readonly tracked: TrackedImage }): readonly GitPlace[] {
  return tracked.destination.target.method === 'git' ? [tracked.destination.target.place] : [];
}

/** One file may be edited in two ways, each image in its own. */
function editKey(tracked: TrackedImage): string {
  const { target } = tracked.destination;
  return joinKey(targetKey(tracked), target.method === 'git' ? target.file.kind : undefined);
}

function placeOf({ destination: { target } }: TrackedImage): GitPlace {
  if (target.method !== 'git') throw new Error('only what is written to Git is planned');
  return target.place;
}

function pathOf({ destination: { target } }: TrackedImage): string {
  if (target.method !== 'git') return '';
  return target.file.kind === 'kustomization' ? target.file.directory : target.file.path;
}

/** A change as it is planned: without the policy that it comes from. */
export function toPlannedChange({ tracked, from, before, to, comment, labels }: WantedChange): PlannedChange {
  const {
    application,
    alias,
    destination: { slot },
    image,
  } = tracked;
  const change = { application, alias, slot, image, from, before, to, labels };
  return comment === undefined ? change : { ...change, comment };
}

function byOwner(a: WantedChange, b: WantedChange): number {
  const key = ({ tracked }: WantedChange) => [
    tracked.application.namespace,
    tracked.application.name,
    tracked.alias,
    tracked.image.name,
  ];
  const left = key(a);
  const right = key(b);
  for (const [index, part] of left.entries()) {
    const other = right[index] ?? '';
    if (part !== other) return part < other ? -1 : 1;
  }
  return 0;
}
