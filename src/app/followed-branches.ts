import type { Application } from '../argocd/application.ts';
import { gitSourceOf, memberOf } from '../argocd/read-requester.ts';
import { applicationKey } from '../core/identity/application.ts';
import type { Fence } from '../core/permissions/fence.ts';
import { judgeProject } from '../core/permissions/judge-project.ts';
import type { ApplicationId } from '../core/policy.ts';
import type { FollowedBranches } from './permit-places.ts';

/**
 * The branches that Applications follow, also Applications without annotations. What an AppProject does not let Argo CD deploy
 * follows nothing.
 */
export function followedBranches(applications: readonly Application[], fence: Fence): FollowedBranches {
  const followed = new Map<string, Map<string, readonly ApplicationId[]>>();
  for (const application of applications) {
    const { namespace, name } = application;
    const requester = memberOf(application, fence);
    for (const source of application.sources) {
      const { remote, base: branch } = gitSourceOf(source) ?? {};
      if (remote === undefined || branch === undefined) continue;
      if (judgeProject({ requester }, remote, fence) !== undefined) continue;
      const branches = followed.get(remote.key) ?? new Map<string, readonly ApplicationId[]>();
      followed.set(remote.key, branches);
      branches.set(branch, withApplication(branches.get(branch) ?? [], { namespace, name }));
    }
  }
  return followed;
}

/** Two are enough to name one that is another. */
function withApplication(known: readonly ApplicationId[], one: ApplicationId): readonly ApplicationId[] {
  const isKnown = known.some((other) => applicationKey(other) === applicationKey(one));
  return isKnown || known.length === 2 ? known : [...known, one];
}
