import { asLynceusError, type ErrorCode } from '../../errors.ts';
import type { ChangeSet, PlannedChange, PlannedCommit, WantedChange } from '../change.ts';
import type { GitPlace, UpdatePolicy } from '../policy.ts';
import { findConflicts, targetKey } from './conflicts.ts';
import { groupBy } from './group-by.ts';

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
  /** Name of the branch to push for these changes, from the text of the annotation. Throws `template-invalid`. */
  readonly branchName: (template: string, changes: readonly PlannedChange[], target: BranchTarget) => string;
}

export interface Refusal {
  readonly wanted: WantedChange;
  readonly code: ErrorCode;
  readonly message: string;
}

export interface Plan {
  readonly changeSets: readonly ChangeSet[];
  /** What is not written, and why. */
  readonly refused: readonly Refusal[];
}

/**
 * Groups what is to be written into one change set per remote and branch, and in it one commit per Application
 * (or one for all). An empty plan is the normal day. The order of the input never matters.
 */
export function makePlan(wanted: readonly WantedChange[], options: PlanOptions): Plan {
  const ordered = [...wanted].sort(byOwner);
  const refused: Refusal[] = findConflicts(ordered).map((conflict) => ({
    ...conflict,
    code: 'conflicting-changes',
  }));
  const inConflict = new Set(refused.map((one) => one.wanted));
  const sets = new Map<
    string,
    { place: GitPlace; pushBranch: string | undefined; commits: PlannedCommit[] }
  >();
  for (const changes of groupBy(
    ordered.filter((one) => !inConflict.has(one)),
    commitKey(options),
  ).values()) {
    try {
      const commit = planCommit(changes, options);
      const set = sets.get(commit.key) ?? { place: commit.place, pushBranch: commit.pushBranch, commits: [] };
      set.commits.push(commit.commit);
      sets.set(commit.key, set);
    } catch (thrown) {
      const { code, line } = asLynceusError(thrown);
      refused.push(...changes.map((one) => ({ wanted: one, code, message: line })));
    }
  }
  return { refused, changeSets: [...sets.values()] };
}

/** Which commit a change belongs to. Applications of one name in two namespaces are two Applications. */
function commitKey(options: PlanOptions): (change: WantedChange) => string {
  return ({ policy }) => {
    const place = placeOf(policy);
    const owner =
      options.commitPer === 'application' ? [policy.application.namespace, policy.application.name] : [];
    return JSON.stringify([place.remote, place.base, place.push ?? null, place.credentials, owner]);
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
  const files = [...groupBy(changes, ({ policy }) => targetKey(policy)).values()].flatMap((group) => {
    const written = group[0]?.policy.target;
    return written?.method === 'git' ? [{ target: written.file, changes: group.map(toPlanned) }] : [];
  });
  return {
    key: JSON.stringify([place.remote, place.base, pushBranch ?? null, place.credentials]),
    place,
    pushBranch,
    commit: { applications: [...applications.values()], message: options.commitMessage(planned), files },
  };
}

function placeOf({ target }: UpdatePolicy): GitPlace {
  if (target.method !== 'git') throw new Error('only what is written to Git is planned');
  return target.place;
}

function pathOf({ target }: UpdatePolicy): string {
  if (target.method !== 'git') return '';
  return target.file.kind === 'kustomization' ? target.file.directory : target.file.path;
}

function toPlanned({ policy, from, before, to, labels }: WantedChange): PlannedChange {
  const { application, alias, slot, image } = policy;
  return { application, alias, slot, image, from, before, to, labels };
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
