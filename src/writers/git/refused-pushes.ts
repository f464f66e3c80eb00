import type { ChangeSet, PlannedCommit } from '../../core/change.ts';
import { applicationKey } from '../../core/identity/application.ts';
import { connectionKey } from '../../core/identity/branch.ts';
import { fileKey } from '../../core/identity/file.ts';
import { joinKey } from '../../core/identity/key.ts';
import type { LynceusError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';

/** The commits that remotes refused lately, each with what was said to it. Nothing depends on it but the number of pushes. */
export interface RefusedPushes {
  /** What was said to a commit of these files and Applications, whatever version it had; `undefined` for nothing lately. */
  find(set: ChangeSet, commit: PlannedCommit): LynceusError | undefined;
  remember(set: ChangeSet, commit: PlannedCommit, error: LynceusError): void;
  forget(set: ChangeSet, commit: PlannedCommit): void;
}

/** After so long a rule may have been changed, and it is found out again which commits are refused. */
const REMEMBERED_FOR = 60 * 60 * 1000;

export function createRefusedPushes({ now }: Pick<Clock, 'now'>): RefusedPushes {
  const kept = new Map<string, { readonly error: LynceusError; readonly until: number }>();
  return {
    find(set, commit) {
      const found = kept.get(refusalKey(set, commit));
      return found !== undefined && found.until > now() ? found.error : undefined;
    },
    remember(set, commit, error) {
      for (const [key, { until }] of kept) if (until <= now()) kept.delete(key);
      const key = refusalKey(set, commit);
      if (!kept.has(key)) kept.set(key, { error, until: now() + REMEMBERED_FOR });
    },
    forget(set, commit) {
      kept.delete(refusalKey(set, commit));
    },
  };
}

function refusalKey({ place, pushBranch = place.base }: ChangeSet, commit: PlannedCommit): string {
  const applications = commit.applications.map(applicationKey).toSorted();
  const files = commit.files.map(({ target }) => fileKey(target)).toSorted();
  return joinKey(connectionKey(place), pushBranch, joinKey(...applications), joinKey(...files));
}
