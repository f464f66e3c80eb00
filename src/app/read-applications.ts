import type { Application } from '../argocd/application.ts';
import { NO_UPDATERS, type ListedUpdaters } from '../argocd/policy-owners.ts';
import type { Problem } from '../core/problem.ts';
import type { AppProjects } from '../core/permissions/app-project.ts';
import { asLynceusError, type LynceusError } from '../errors.ts';
import type { ApplicationServices } from './services.ts';

export interface ReadApplications {
  readonly applications: readonly Application[];
  readonly problems: readonly Problem[];
  readonly failures: readonly LynceusError[];
  readonly projects: AppProjects;
  readonly updaters: ListedUpdaters;
}

/** Lists all sources. The Applications of a source that fails are left alone in this cycle. */
export async function readApplications(
  { sources, selects }: Pick<ApplicationServices, 'sources' | 'selects'>,
  signal: AbortSignal,
): Promise<ReadApplications> {
  const applications: Application[] = [];
  const problems: Problem[] = [];
  const failures: LynceusError[] = [];
  const updaters: ListedUpdaters[] = [];
  let projects: AppProjects = { kind: 'none' };
  for (const source of sources) {
    try {
      const listed = await source.list(signal);
      applications.push(...listed.applications.filter(selects));
      problems.push(...listed.problems);
      updaters.push(listed.updaters ?? NO_UPDATERS);
      if (projects.kind === 'none') projects = listed.projects;
    } catch (thrown) {
      failures.push(asLynceusError(thrown));
    }
  }
  return {
    applications,
    problems,
    failures,
    projects,
    updaters: {
      readings: updaters.flatMap(({ readings }) => readings),
      unreadable: updaters.flatMap(({ unreadable }) => unreadable),
    },
  };
}
