import type { ApplicationChangeSet, PlannedChange } from '../../core/change.ts';
import type { ApplicationId } from '../../core/policy.ts';
import { editApplication, type ApplicationEdit } from '../../edits/application/edit-application.ts';
import { LynceusError } from '../../errors.ts';
import { APPLICATIONS, type KubeClient, type KubeObject } from '../../kube/kube-client.ts';

/** An Application as it is now, and what it takes to make the planned changes in it. */
export interface ApplicationReading {
  readonly application: KubeObject;
  readonly edit: ApplicationEdit<PlannedChange>;
}

export async function readLiveApplication(
  set: ApplicationChangeSet,
  kube: Pick<KubeClient, 'get' | 'namespace'>,
  signal: AbortSignal,
): Promise<ApplicationReading> {
  const application = await kube.get(APPLICATIONS, placeInCluster(set.application, kube), signal);
  return { application, edit: editOf(set, application) };
}

export function editOf(set: ApplicationChangeSet, application: unknown): ApplicationEdit<PlannedChange> {
  return editApplication(application, set.target, set.changes);
}

/** Where the Application is; one that names no namespace is in ours. */
export function placeInCluster(
  { namespace, name }: ApplicationId,
  kube: Pick<KubeClient, 'namespace'>,
): ApplicationId {
  return { namespace: namespace === '' ? kube.namespace : namespace, name };
}

/** The version to guard a patch with. Nothing is ever written without one. */
export function versionOf({ metadata }: KubeObject, { application }: ApplicationChangeSet): string {
  const version = metadata?.resourceVersion;
  if (typeof version === 'string' && version !== '') return version;
  throw new LynceusError('kube-failed', `the API server gave the Application ${application.name} no version`);
}
