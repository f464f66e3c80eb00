import { LynceusError } from '../../errors.ts';
import { parseDuration } from '../duration.ts';
import { createAccessGlob } from '../permissions/access-glob.ts';
import type { AppProject, AppProjects, SyncWindow } from '../permissions/app-project.ts';
import { quoted } from '../quoted.ts';
import { isTimeZone, scheduleFault, withPlainSpaces } from './cron-schedule.ts';
import { DEFAULT_TIME_ZONE, WINDOW_KINDS, type UpdateWindow } from './update-window.ts';

/** The Application that sync windows are for, by what they can name. */
export interface SyncedApplication {
  readonly name: string;
  readonly project: string;
  readonly destination: SyncDestination;
}

/** Each `''` when the Application names none. */
export interface SyncDestination {
  readonly server: string;
  readonly name: string;
  readonly namespace: string;
}

interface ReadSyncWindow {
  readonly selects: (application: SyncedApplication) => boolean;
  readonly window: UpdateWindow | LynceusError;
}

const read = new WeakMap<AppProject, readonly ReadSyncWindow[]>();

/**
 * The sync windows of its AppProject that are for an Application: Argo CD's `SyncWindows.Matches`. None where no AppProject is
 * known because Applications come from files. An error when AppProjects cannot be read, or when a window cannot: Argo CD
 * does not sync the Application then either.
 */
export function syncWindowsOf(
  application: SyncedApplication,
  projects: AppProjects,
): readonly UpdateWindow[] | LynceusError {
  switch (projects.kind) {
    case 'none':
      return [];
    case 'unreadable':
      return new LynceusError('project-denied', projects.why, { retryable: true });
    case 'known':
      break;
  }
  const project = projects.projects.get(application.project);
  if (project === undefined) return [];
  const all = read.get(project) ?? (project.syncWindows ?? []).map((one) => readSyncWindow(one, project));
  read.set(project, all);
  const windows: UpdateWindow[] = [];
  for (const { selects, window } of all) {
    if (!selects(application)) continue;
    if (window instanceof LynceusError) return window;
    windows.push(window);
  }
  return windows;
}

function readSyncWindow(given: SyncWindow, project: AppProject): ReadSyncWindow {
  return { selects: selectorOf(given), window: windowOf(given, project) };
}

/**
 * One of its lists fits, or with `andOperator` all that are not empty. A window without a list is for nothing. A `*` crosses
 * a `/`. A cluster is named by its server or its name.
 */
function selectorOf({
  applications,
  namespaces,
  clusters,
  andOperator,
}: SyncWindow): ReadSyncWindow['selects'] {
  const lists = [
    listOf(applications, ({ name }) => [name]),
    listOf(clusters, ({ destination: { server, name } }) => [server, name].filter((text) => text !== '')),
    listOf(namespaces, ({ destination: { namespace } }) => [namespace]),
  ].flatMap((list) => list ?? []);
  if (lists.length === 0) return () => false;
  return (application) =>
    andOperator ? lists.every((fits) => fits(application)) : lists.some((fits) => fits(application));
}

function listOf(
  globs: readonly string[],
  textsOf: (application: SyncedApplication) => readonly string[],
): ReadSyncWindow['selects'] | undefined {
  if (globs.length === 0) return undefined;
  const matchers = globs.map((glob) => createAccessGlob(glob, { parts: false }));
  return (application) => textsOf(application).some((text) => matchers.some((matches) => matches(text)));
}

function windowOf(
  { kind: kindText, schedule: scheduleText, duration: durationText, timeZone }: SyncWindow,
  { name }: AppProject,
): UpdateWindow | LynceusError {
  const kind = WINDOW_KINDS.find((one) => one === kindText);
  const schedule = withPlainSpaces(scheduleText);
  const duration = parseDuration(durationText);
  const wrong =
    kind === undefined
      ? `expected the kind allow or deny, found ${quoted(kindText)}`
      : (scheduleFault(schedule) ??
        (duration === undefined
          ? `expected a duration such as 1h, found ${quoted(durationText)}`
          : undefined));
  if (kind === undefined || duration === undefined || wrong !== undefined)
    return new LynceusError(
      'sync-window-invalid',
      `the AppProject ${quoted(name)} has a sync window that cannot be read: ${wrong ?? ''}`,
      { hint: 'an administrator may correct spec.syncWindows of the project' },
    );
  // As Argo CD does.
  return { kind, schedule, duration, timeZone: isTimeZone(timeZone) ? timeZone : DEFAULT_TIME_ZONE };
}
