import type { Head } from '../../core/git/heads.ts';
import type { WriteRecord } from '../../core/overrides/record.ts';
import { quoted } from '../../core/quoted.ts';
import { LynceusError } from '../../errors.ts';
import type { OthersCommit } from '../../ports/writer.ts';
import type { CommitOwnership } from './own-commits.ts';

/** What a branch that is pushed apart from its base is. */
export type BranchJudgement = OwnBranch | ForeignBranch;

/**
 * It may be made anew, and taken away: every commit on it that is not in the base is ours. Where the base has all of it, its
 * tip is a commit that we made for just this branch.
 */
export interface OwnBranch {
  readonly kind: 'own';
  readonly sha: string;
  readonly tree: string;
  /** Commit of the base that it continues; its own head when the base has all of it. */
  readonly fork: string;
  /** What the commits on it recorded, the newest first. */
  readonly records: readonly WriteRecord[];
}

/** Somebody else's commits are on it, or it has nothing that the base has not, and we did not make it: it is left alone. */
export interface ForeignBranch {
  readonly kind: 'foreign';
  /** The base has all of it. */
  readonly isInBase: boolean;
  readonly sha: string;
  readonly tree: string;
  /** The newest of them, or the tip. */
  readonly others: OthersCommit;
  /** What the messages of its commits record, whoever made them, the newest first. */
  readonly records: readonly WriteRecord[];
  /** We made it: one of the commits is ours, and for this branch. It is no proof that nothing of others is on it. */
  readonly isMadeByUs: boolean;
  /** Commits of ours are on it that were put on top of what others have there. */
  readonly isSomebodys: boolean;
  /** The commit of the base that it continues, or that was merged last; `undefined` when there is none. */
  readonly fork: string | undefined;
}

export interface BranchInput {
  readonly pushed: Head;
  readonly base: Head;
  readonly ownership: CommitOwnership;
  /** Whether our commits hold records: then one without is not ours. */
  readonly trailers: boolean;
}

/** The error for a branch that is somebody else's too. */
export function foreignBranch(
  branch: string,
  { others, isInBase }: Pick<ForeignBranch, 'others' | 'isInBase'>,
  { remote, allowedBy }: { readonly remote: string; readonly allowedBy?: string | undefined },
): LynceusError {
  const whose = `commit ${others.sha.slice(0, 7)} by ${quoted(others.author)}`;
  const why = isInBase
    ? `was not made by Lynceus (it is at ${whose}, which the base has already)`
    : `holds commits that are not Lynceus's own (${whose})`;
  return new LynceusError(
    'branch-foreign',
    `the branch ${quoted(branch)} of ${remote} ${why}, so it is left alone`,
    {
      hint: ['merge or delete the branch, or name another one to push in git-branch', allowedBy ?? []]
        .flat()
        .join('; '),
    },
  );
}
