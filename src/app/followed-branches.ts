import type { Application } from '../argocd/application.ts';
import { isPackaged } from '../argocd/source-type.ts';
import { isDefaultBranch } from '../core/git/branch-name.ts';
import { readGitRemote } from '../core/git/remote.ts';
import type { FollowedBranch, FollowedBranches } from './permit-places.ts';

/** The branches that Applications follow, also Applications without annotations. */
export function followedBranches(applications: readonly Application[]): FollowedBranches {
  const followed = new Map<string, FollowedBranch[]>();
  for (const { namespace, name, sources } of applications) {
    for (const source of sources) {
      const remote = isPackaged(source) ? undefined : readGitRemote(source.repoURL);
      if (remote === undefined || 'why' in remote) continue;
      const { targetRevision: revision } = source;
      const branch = isDefaultBranch(revision) ? 'HEAD' : revision.replace(/^refs\/heads\//, '');
      const known = followed.get(remote.key);
      const one = { application: { namespace, name }, branch };
      if (known === undefined) followed.set(remote.key, [one]);
      else known.push(one);
    }
  }
  return followed;
}
