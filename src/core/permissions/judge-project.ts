import { LynceusError } from '../../errors.ts';
import type { GitRemote } from '../git/remote.ts';
import { quoted } from '../quoted.ts';
import { allowsNamespace, allowsRemote, type AppProject } from './app-project.ts';
import type { Fence } from './fence.ts';
import type { Requester } from './requester.ts';

/**
 * What Argo CD itself refuses is not acted on: the project is missing, does not allow the namespace, or not the remote that
 * is written (`undefined` when none is). Returns the error, `project-denied`, or `undefined` when nothing is refused.
 */
export function judgeProject(
  { requester }: { readonly requester: Pick<Requester, 'project' | 'namespace'> },
  remote: GitRemote | undefined,
  fence: Fence,
): LynceusError | undefined {
  const { project, namespace } = requester;
  const found = findProject(project, fence);
  if (found === 'any') return undefined;
  if (found instanceof LynceusError) return found;
  if (found === undefined)
    return denied(`there is no AppProject ${quoted(project)} in the namespace ${fence.argocdNamespace}`, {
      hint: 'Argo CD does not sync this Application either; correct spec.project, or create the project',
    });
  if (!allowsNamespace(found, namespace, fence.argocdNamespace))
    return denied(
      `the AppProject ${quoted(project)} does not allow Applications of the namespace ${namespace}`,
      {
        hint: `Argo CD does not sync this Application either; an administrator may add ${namespace} to spec.sourceNamespaces of the project`,
      },
    );
  if (remote === undefined || allowsRemote(found, remote)) return undefined;
  return denied(`the AppProject ${quoted(project)} does not allow the remote ${remote.label}`, {
    hint: `an administrator may add ${remote.written} to spec.sourceRepos of the project`,
  });
}

function findProject(
  name: string,
  { projects, enforced }: Fence,
): AppProject | LynceusError | 'any' | undefined {
  switch (projects.kind) {
    case 'known':
      return projects.projects.get(name);
    case 'none':
      return 'any';
    case 'unreadable':
      return enforced ? denied(projects.why, { retryable: true }) : 'any';
  }
}

function denied(
  message: string,
  options: { readonly hint?: string; readonly retryable?: boolean },
): LynceusError {
  return new LynceusError('project-denied', message, options);
}
