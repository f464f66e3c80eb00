import { LynceusError } from '../../errors.ts';
import { quoted } from '../quoted.ts';
import { fixedPush, isDefaultBranch } from './branch-name.ts';
import type { GitRemote } from './remote.ts';

/** Branches of a remote, as it lists them. */
export interface Heads {
  readonly commits: ReadonlyMap<string, string>;
  /** Branch that `HEAD` names; `undefined` when it names none that exists. */
  readonly default: string | undefined;
}

/** A branch that exists, and its head. */
export interface Head {
  readonly branch: string;
  readonly sha: string;
}

/** The branch that is read, where it exists: `''` and `HEAD` mean the default one. */
export function headOfBase(heads: Heads, base: string): Head | undefined {
  const branch = isDefaultBranch(base) ? heads.default : base;
  const sha = branch === undefined ? undefined : heads.commits.get(branch);
  return branch === undefined || sha === undefined ? undefined : { branch, sha };
}

/** The same; throws `git-branch-missing` where there is none. */
export function findBase(heads: Heads, base: string, remote: GitRemote): Head {
  const found = headOfBase(heads, base);
  if (found !== undefined) return found;
  const isEmpty = heads.commits.size === 0;
  if (isDefaultBranch(base)) {
    throw new LynceusError('git-branch-missing', `${remote.label} has no default branch`, {
      hint: isEmpty ? PUSH_FIRST : NAME_ONE,
    });
  }
  throw new LynceusError('git-branch-missing', `${remote.label} has no branch ${quoted(base)}`, {
    hint: isEmpty
      ? PUSH_FIRST
      : `only a branch can be pushed to, not a tag, commit or version range; ${NAME_ONE}`,
  });
}

const PUSH_FIRST = 'the remote is empty: push a first commit';
const NAME_ONE = 'name a branch in the annotation argocd-image-updater.argoproj.io/git-branch';

/** The push branch when it has a fixed name and exists, else `undefined`. */
export function findPush(heads: Heads, push: string | undefined): Head | undefined {
  const branch = fixedPush(push);
  const sha = branch === undefined ? undefined : heads.commits.get(branch);
  return branch === undefined || sha === undefined ? undefined : { branch, sha };
}
