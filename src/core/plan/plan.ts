import { asLynceusError, type ErrorCode } from '../../errors.ts';
import type {
  ApplicationChangeSet,
  ChangeSet,
  PlannedChange,
  PlannedCommit,
  WantedChange,
} from '../change.ts';
import { recordLine, recordOf } from '../overrides/record.ts';
import type { GitPlace, UpdatePolicy } from '../policy.ts';
import { versionText } from '../presence.ts';
import { findBranchClashes } from './branch-clashes.ts';
import { findConflicts, targetKey, type Standing } from './conflicts.ts';
import { groupBy } from './group-by.ts';
import { addTrailers } from './trailers.ts';

/** What a branch template may speak of, beside the changes. */
export interface BranchTarget {
  readonly remote: string;
  /** Base branch as configured. */
  readonly base: string;
  /** File or folder that is written, from the root of the work tree. */
  readonly path: string;
}

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
 * (or one for all). An empty plan is the normal day. The order of the input never matters. `standing` are the images
 * that are looked at and not to be written: what they have is not taken from them, and a branch that one of them is
 * based on is not made anew for another.
 */
export function makePlan(
  wanted: readonly WantedChange[],
  options: PlanOptions,
  standing: readonly Standing[] = [],
): Plan {
  const ordered = [...wanted].sort(byOwner);
  const conflicts = findConflicts(ordered, standing);
  const inConflict = new Set(conflicts.map((one) => one.wanted));
  const agreed = ordered.filter((one) => !inConflict.has(one));
  const git = planGit(
    agreed.filter(({ policy }) => policy.target.method === 'git'),
    [...standing, ...wanted].flatMap(gitPlaceOf),
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
  const live = wanted.filter(({ policy }) => policy.target.method === 'application');
  return [...groupBy(live, ({ policy }) => targetKey(policy)).values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined || first.policy.target.method !== 'application') return [];
    const { application, target } = first.policy;
    return [{ application, target, changes: group.map(toPlanned) }];
  });
}

function planGit(
  wanted: readonly WantedChange[],
  places: readonly GitPlace[],
  options: PlanOptions,
): Pick<Plan, 'changeSets' | 'refused'> {
  const refused: Refusal[] = [];
  const sets = new Map<string, MutableChangeSet>();
  const inSet = new Map<ChangeSet, WantedChange[]>();
  for (const changes of groupBy(wanted, commitKey(options)).values()) {
    try {
      const { key, place, pushBranch, commit } = planCommit(changes, options);
      const set = sets.get(key) ?? { place, pushBranch, commits: [] };
      set.commits.push(commit);
      sets.set(key, set);
      inSet.set(set, [...(inSet.get(set) ?? []), ...changes]);
    } catch (thrown) {
      const { code, line } = asLynceusError(thrown);
      refused.push(...changes.map((one) => ({ wanted: one, code, message: line })));
    }
  }
  const clashes = findBranchClashes([...sets.values()], places);
  for (const [set, message] of clashes) {
    const changes = inSet.get(set) ?? [];
    refused.push(...changes.map((one) => ({ wanted: one, code: 'conflicting-changes' as const, message })));
  }
  const kept = [...sets.values()].filter((set) => !clashes.has(set));
  return { refused, changeSets: kept.map((set) => withRequest(set, inSet.get(set) ?? [], options)) };
}

function withRequest(set: ChangeSet, changes: readonly WantedChange[], options: PlanOptions): ChangeSet {
  const { pullRequest } = set.place;
  if (pullRequest === undefined || set.pushBranch === undefined) return set;
  const message = options.commitMessage(changes.map(toPlanned));
  return { ...set, request: { group: pullRequest.group, message } };
}

function groupOf({ pullRequest }: GitPlace): string | null {
  return pullRequest?.group ?? null;
}

interface MutableChangeSet extends ChangeSet {
  readonly commits: PlannedCommit[];
}

/** Which commit a change belongs to. Applications of one name in two namespaces are two Applications. */
function commitKey(options: PlanOptions): (change: WantedChange) => string {
  return ({ policy }) => {
    const place = placeOf(policy);
    const owner =
      options.commitPer === 'application' ? [policy.application.namespace, policy.application.name] : [];
    return JSON.stringify([
      place.remote,
      place.base,
      place.push ?? null,
      place.credentials,
      groupOf(place),
      owner,
    ]);
  };
}

interface KeyedCommit {
  /** Equal for commits of one change set. */
  readonly key: string;
  readonly place: GitPlace;
  readonly pushBranch: string | undefined;
  readonly commit: PlannedCommit;
}

function planCommit(changes: readonly WantedChange[], options: PlanOptions): KeyedCommit {
  const [first] = changes;
  if (first === undefined) throw new Error('a commit needs a change');
  const place = placeOf(first.policy);
  const planned = changes.map(toPlanned);
  const target = { remote: place.remote, base: place.base, path: pathOf(first.policy) };
  const pushBranch = place.push === undefined ? undefined : options.branchName(place.push, planned, target);
  const applications = new Map(
    changes.map(({ policy }) => [JSON.stringify(policy.application), policy.application]),
  );
  const files = [...groupBy(changes, ({ policy }) => fileKey(policy)).values()].flatMap((group) => {
    const written = group[0]?.policy.target;
    return written?.method === 'git' ? [{ target: written.file, changes: group.map(toPlanned) }] : [];
  });
  return {
    key: JSON.stringify([place.remote, place.base, pushBranch ?? null, place.credentials, groupOf(place)]),
    place,
    pushBranch,
    commit: { applications: [...applications.values()], message: messageFor(changes, options), files },
  };
}

/** What a person made of the message, and behind it what only machines read. */
function messageFor(changes: readonly WantedChange[], options: PlanOptions): string {
  const message = options.commitMessage(changes.map(toPlanned));
  const signOffs = options.signOff === undefined ? [] : [`Signed-off-by: ${options.signOff}`];
  const records = changes.map(({ policy, from, to }) =>
    recordLine(recordOf('update', policy, { from: versionText(from), to: versionText(to) })),
  );
  if (!options.trailers) return signOffs.length === 0 ? message : addTrailers(message, signOffs);
  return addTrailers(message, [...signOffs, ...records]);
}

function gitPlaceOf({ policy }: { readonly policy: UpdatePolicy }): readonly GitPlace[] {
  return policy.target.method === 'git' ? [policy.target.place] : [];
}

/** One file may be edited in two ways, each image in its own. */
function fileKey(policy: UpdatePolicy): string {
  const { target } = policy;
  return `${targetKey(policy)} ${target.method === 'git' ? target.file.kind : ''}`;
}

function placeOf({ target }: UpdatePolicy): GitPlace {
  if (target.method !== 'git') throw new Error('only what is written to Git is planned');
  return target.place;
}

function pathOf({ target }: UpdatePolicy): string {
  if (target.method !== 'git') return '';
  return target.file.kind === 'kustomization' ? target.file.directory : target.file.path;
}

function toPlanned({ policy, from, before, to, comment, labels }: WantedChange): PlannedChange {
  const { application, alias, slot, image } = policy;
  const change = { application, alias, slot, image, from, before, to, labels };
  return comment === undefined ? change : { ...change, comment };
}

function byOwner(a: WantedChange, b: WantedChange): number {
  const key = ({ policy }: WantedChange) => [
    policy.application.namespace,
    policy.application.name,
    policy.alias,
    policy.image.name,
  ];
  const left = key(a);
  const right = key(b);
  for (const [index, part] of left.entries()) {
    const other = right[index] ?? '';
    if (part !== other) return part < other ? -1 : 1;
  }
  return 0;
}
