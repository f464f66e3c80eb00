import type { ImageUpdate, PlannedChange, PlannedCommit } from '../change.ts';
import type { BranchTarget } from '../git/branch-template.ts';
import { applicationKey } from '../identity/application.ts';
import { joinKey } from '../identity/key.ts';
import { branchLine, recordLine, recordOf } from '../overrides/record.ts';
import { gitTargetOf, type GitTarget, type TrackedImage } from '../policy.ts';
import { versionText } from '../presence.ts';
import { targetKey } from './conflicts.ts';
import { groupBy } from './group-by.ts';
import { rollbackMessage, takenBackIn } from './rollback-message.ts';
import { addTrailers } from './trailers.ts';

/** How commits are made of updates. */
export interface PlannedCommitOptions {
  /** Text of a commit for these changes. */
  readonly commitMessage: (changes: readonly PlannedChange[]) => string;
  /** `Ada <ada@example.org>`, who signs off each commit; `undefined` for no sign-off. */
  readonly signOff: string | undefined;
  /** Whether each commit message ends with a record of what it wrote: see `WriteRecord`. */
  readonly trailers: boolean;
  /** Name of the branch to push for these changes, from the text of the annotation. Throws `template-invalid`. */
  readonly branchName: (template: string, changes: readonly PlannedChange[], target: BranchTarget) => string;
  /** What would allow an image to go on top of a push branch that is not ours; `undefined` when it may. Absent: it may not. */
  readonly foreignBranchHint?: (tracked: TrackedImage, branch: string) => string | undefined;
}

/** The commit of these updates of one place. */
export function plannedCommitOf(
  updates: readonly ImageUpdate[],
  pushBranch: string | undefined,
  options: PlannedCommitOptions,
): PlannedCommit {
  const changed = updates.map((update) => ({
    tracked: update.tracked,
    path: update.path,
    change: toPlannedChange(update),
  }));
  const message = messageFor(updates, pushBranch, options);
  return { ...contentOf(changed), message, ...foreignUseOf(updates, pushBranch, options) };
}

/** A commit may go on top of a branch that is not ours when each of its images may. */
function foreignUseOf(
  updates: readonly ImageUpdate[],
  pushBranch: string | undefined,
  { foreignBranchHint }: Pick<PlannedCommitOptions, 'foreignBranchHint'>,
): Pick<PlannedCommit, 'mayUseForeignBranch' | 'foreignBranchHint'> {
  if (pushBranch === undefined || foreignBranchHint === undefined) return {};
  for (const { tracked } of updates) {
    const hint = foreignBranchHint(tracked, pushBranch);
    if (hint !== undefined) return { foreignBranchHint: hint };
  }
  return { mayUseForeignBranch: true };
}

/** An image of a commit; `undefined` for a change that only the message records. */
interface CommittedImage {
  readonly tracked: TrackedImage;
  readonly change: PlannedChange | undefined;
  /** Where its file was read. */
  readonly path?: string | undefined;
}

/** The Applications of a commit and its files: one that is edited in two ways is there once for each. */
export function contentOf(images: readonly CommittedImage[]): Pick<PlannedCommit, 'applications' | 'files'> {
  const applications = new Map(
    images.map(({ tracked }) => [applicationKey(tracked.application), tracked.application]),
  );
  const files = [...groupBy(images, ({ tracked }) => editKey(tracked)).values()].flatMap((group) => {
    const [one] = group;
    const target = one && gitTargetOf(one.tracked)?.file;
    const changes = group.flatMap(({ change }) => change ?? []);
    if (target === undefined || changes.length === 0) return [];
    const path = one?.path;
    return [path === undefined ? { target, changes } : { target, path, changes }];
  });
  return { applications: [...applications.values()], files };
}

/**
 * Name of the branch that these updates of one place are pushed to; `undefined` when it is the base branch, or there are
 * none. Throws `template-invalid`.
 */
export function pushBranchOf(
  updates: readonly ImageUpdate[],
  { branchName }: Pick<PlannedCommitOptions, 'branchName'>,
): string | undefined {
  const [first] = updates;
  if (first === undefined) return undefined;
  const { place, file } = gitTargetIn(first.tracked);
  const { remote, base, push } = place;
  if (push === undefined) return undefined;
  return branchName(push, updates.map(toPlannedChange), {
    remote,
    base,
    path: file.kind === 'kustomization' ? file.directory : file.path,
  });
}

/** The configured message, followed by the trailers. */
function messageFor(
  updates: readonly ImageUpdate[],
  pushBranch: string | undefined,
  options: PlannedCommitOptions,
): string {
  const message = commitTextOf(updates.map(toPlannedChange), options);
  const signOffs = options.signOff === undefined ? [] : [`Signed-off-by: ${options.signOff}`];
  const records = updates.map(({ tracked, path, from, to, rollback }) => {
    const versions = { path, from: versionText(from), to: versionText(to) };
    if (rollback === undefined) return recordLine(recordOf('update', tracked, versions));
    return recordLine({ ...recordOf('rollback', tracked, versions), check: rollback.check });
  });
  if (!options.trailers) return signOffs.length === 0 ? message : addTrailers(message, signOffs);
  const branch = pushBranch === undefined ? [] : [branchLine(pushBranch)];
  return addTrailers(message, [...signOffs, ...records, ...branch]);
}

/** One for what is taken back, above that of the others. */
export function commitTextOf(
  changes: readonly PlannedChange[],
  { commitMessage }: Pick<PlannedCommitOptions, 'commitMessage'>,
): string {
  const takenBack = takenBackIn(changes);
  if (takenBack.length === 0) return commitMessage(changes);
  const others = changes.filter(({ rollback }) => rollback === undefined);
  return `${rollbackMessage(takenBack)}${others.length === 0 ? '' : `\n${commitMessage(others)}`}`;
}

/** One file may be edited in two ways, one for some images and one for others. */
function editKey(tracked: TrackedImage): string {
  return joinKey(targetKey(tracked), gitTargetOf(tracked)?.file.kind);
}

/** Throws for an image that is written to the cluster. */
export function gitTargetIn(tracked: TrackedImage): GitTarget {
  const target = gitTargetOf(tracked);
  if (target === undefined) throw new Error('only images that are written to Git are in commits');
  return target;
}

/** The change of an update, without the policy. */
export function toPlannedChange({ tracked, from, before, to, labels, ...rest }: ImageUpdate): PlannedChange {
  const { comment, rollback, restores } = rest;
  const {
    application,
    alias,
    destination: { slot },
    image,
  } = tracked;
  return {
    application,
    alias,
    slot,
    image,
    from,
    before,
    to,
    labels,
    ...(comment === undefined ? {} : { comment }),
    ...(rollback === undefined ? {} : { rollback }),
    ...(restores === undefined ? {} : { restores }),
  };
}
