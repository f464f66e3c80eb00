import type { Application } from '../argocd/application.ts';
import { isPackaged } from '../argocd/source-type.ts';
import { isDefaultBranch } from '../core/git/branch-name.ts';
import { readGitRemote } from '../core/git/remote.ts';
import type { Fence } from '../core/permissions/fence.ts';
import { judgeProject } from '../core/permissions/judge-project.ts';
import type { ApplicationId } from '../core/policy.ts';
import type { FollowedBranches } from './permit-places.ts';

/**
 * The branches that Applications follow, also Applications without annotations. What an AppProject does not let Argo CD deploy
 * follows nothing.
 */
export function followedBranches(applications: readonly Application[], fence: Fence): FollowedBranches {
  const followed = new Map<string, Map<string, ApplicationId[]>>();
  for (const { namespace, name, project = 'default', sources } of applications) {
    const requester = { project, namespace: namespace === '' ? fence.argocdNamespace : namespace };
    for (const source of sources) {
      const remote = isPackaged(source) ? undefined : readGitRemote(source.repoURL);
      if (remote === undefined || 'why' in remote) continue;
      if (judgeProject({ requester }, remote, fence) !== undefined) continue;
      const { targetRevision: revision } = source;
      const branch = isDefaultBranch(revision) ? 'HEAD' : revision.replace(/^refs\/heads\//, '');
      const branches = followed.get(remote.key) ?? new Map<string, ApplicationId[]>();
      followed.set(remote.key, branches);
      branches.set(branch, [...(branches.get(branch) ?? []), { namespace, name }].slice(0, MOST_NAMED));
    }
  }
  return followed;
}

/** Enough to name one that is another. */
const MOST_NAMED = 2;
