import type { Notice, NoticeCommit } from '../../core/notices/notice.ts';
import type { NoticeKind } from '../../core/notices/notice-kind.ts';

/** How a commit does, for its host. `error`: nobody could say. */
export type CommitState = 'pending' | 'success' | 'failure' | 'error';

export interface StatedCommit {
  readonly commit: NoticeCommit;
  readonly state: CommitState;
}

/**
 * What each kind of notice says of the commit that it names. Absent: nothing. A commit that nobody verifies is a success as soon as
 * it is written, because nothing else will be known of it.
 */
const STATES: Partial<Readonly<Record<NoticeKind, CommitState>>> = {
  updated: 'success',
  verified: 'success',
  'verification-failed': 'failure',
  'verification-inconclusive': 'error',
  'rolled-back': 'success',
  'rollback-failed': 'failure',
};

/**
 * The commits that a notice is about, and how each does. What is only proposed is not deployed: it says nothing, because a status on
 * the head of a pull request could keep it from being merged.
 */
export function statedCommits({
  kind,
  commit,
  failedCommit,
  awaitsVerification,
}: Pick<Notice, 'kind' | 'commit' | 'failedCommit' | 'awaitsVerification'>): readonly StatedCommit[] {
  const state = STATES[kind];
  if (state === undefined) return [];
  const failed = failedCommit === undefined ? [] : [{ commit: failedCommit, state: 'failure' } as const];
  if (commit === undefined || commit.isProposed === true || commit.sha === failedCommit?.sha) return failed;
  return [...failed, { commit, state: awaitsVerification === true ? 'pending' : state }];
}
