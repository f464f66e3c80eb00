import type { Application } from '../argocd/application.ts';
import type { ListedUpdaters } from '../argocd/policy-owners.ts';
import type { AppProjects } from '../core/permissions/app-project.ts';
import type { Problem } from '../core/problem.ts';

export interface ListedApplications {
  readonly applications: readonly Application[];
  /** Documents that could not be used, each with its place. */
  readonly problems: readonly Problem[];
  readonly projects: AppProjects;
  /** Absent: the source knows of none. */
  readonly updaters?: ListedUpdaters;
}

/** Finds Applications. Throws `LynceusError` when it cannot find out; then its Applications are left alone. */
export interface ApplicationLister {
  list(signal: AbortSignal): Promise<ListedApplications>;
}
