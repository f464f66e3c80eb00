import type { LynceusError } from '../../errors.ts';
import type { AppProjects } from '../permissions/app-project.ts';
import type { TrackedImage } from '../policy.ts';
import { syncWindowsOf } from './sync-windows.ts';
import type { WindowGroup } from './update-window.ts';

/** The windows of an image by their origin, or why those of its AppProject are not known. */
export function windowGroupsOf(
  {
    application: { name },
    requester: { project },
    policy: { windows },
  }: Pick<TrackedImage, 'application' | 'requester' | 'policy'>,
  projects: AppProjects,
): readonly WindowGroup[] | LynceusError {
  if (windows === undefined) return [];
  const { configured, annotated, syncedTo } = windows;
  const own: readonly WindowGroup[] = [
    { from: { kind: 'configuration' }, windows: configured },
    { from: { kind: 'annotation' }, windows: annotated },
  ];
  if (syncedTo === undefined) return own;
  const ofProject = syncWindowsOf({ name, project, destination: syncedTo }, projects);
  if (ofProject instanceof Error) return ofProject;
  return [...own, { from: { kind: 'project', name: project }, windows: ofProject }];
}
