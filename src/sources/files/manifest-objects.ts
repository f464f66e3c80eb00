import type { Application } from '../../argocd/application.ts';
import { readImageUpdater, type ImageUpdaterReading } from '../../argocd/parse-image-updater.ts';
import { readProject } from '../../argocd/parse-project.ts';
import type { AppProject } from '../../core/permissions/app-project.ts';
import { identify, readApplication } from '../../argocd/parse-application.ts';
import { onOneLine } from '../../core/quoted.ts';
import type { Problem } from '../../core/problem.ts';

const MOST_ITEMS = 10_000;
const DEEPEST_LIST = 4;

/** Where in the files an object is: `apps.yaml (document 2, item 3)`. */
export interface ManifestPlace {
  readonly path: string;
  /** Counted from 1; empty in a file with one document. */
  readonly inside: readonly string[];
}

/** What was found so far. */
export interface FoundManifests {
  readonly applications: Application[];
  readonly problems: Problem[];
  readonly projects: AppProject[];
  readonly updaters: ImageUpdaterReading[];
}

/** Takes the Applications, AppProjects and ImageUpdaters of one manifest, which may be a list of others. Objects of other kinds are passed over. */
export function readObject(reading: FoundManifests, object: unknown, place: ManifestPlace): void {
  const { kind, apiVersion, items } = fieldsOf(object);
  const ours = typeof apiVersion === 'string' && apiVersion.startsWith('argoproj.io/');
  if (kind === 'List') readItems(reading, items, place);
  else if (kind === 'ApplicationList' && ours) readItems(reading, withKind(items, 'Application'), place);
  else if (kind === 'AppProjectList' && ours) readItems(reading, withKind(items, 'AppProject'), place);
  else if (kind === 'AppProject' && ours) addProject(reading, object, place);
  else if (isUpdater(apiVersion) && kind === 'ImageUpdater')
    reading.updaters.push(readImageUpdater(object, formatPlace(place)));
  else if (isUpdater(apiVersion) && kind === 'ImageUpdaterList')
    readItems(reading, withKind(items, 'ImageUpdater', String(apiVersion)), place);
  else if (kind === 'ApplicationSet' && ours) reading.problems.push(unsupportedSet(object, place));
  else if (kind === 'Application' && ours) addApplication(reading, object, place);
  else if (kind === 'Application' && apiVersion === undefined) {
    const message = `${formatPlace(place)}: apiVersion: expected argoproj.io/v1alpha1, found nothing`;
    reading.problems.push(manifestProblem(object, { key: 'apiVersion', value: '', message }));
  }
}

/** A problem of the manifest as a whole, with its name as far as that can be read. */
export function manifestProblem(object: unknown, fault: Pick<Problem, 'key' | 'value' | 'message'>): Problem {
  const message = onOneLine(fault.message);
  return { application: identify(object), alias: undefined, code: 'application-invalid', ...fault, message };
}

export function formatPlace({ path, inside }: ManifestPlace): string {
  return inside.length === 0 ? path : `${path} (${inside.join(', ')})`;
}

function addApplication(reading: FoundManifests, object: unknown, place: ManifestPlace): void {
  const read = readApplication(object, formatPlace(place));
  if (read.kind === 'application') reading.applications.push(read.application);
  else reading.problems.push(read.problem);
}

function addProject(reading: FoundManifests, object: unknown, place: ManifestPlace): void {
  const project = readProject(object);
  if (project !== undefined) {
    reading.projects.push(project);
    return;
  }
  const expected = 'expected an AppProject with metadata.name, and spec.sourceRepos as a list of texts';
  const message = `${formatPlace(place)}: ${expected}; its Applications are refused`;
  reading.problems.push(manifestProblem(object, { key: 'spec', value: '', message }));
}

function readItems(reading: FoundManifests, items: unknown, place: ManifestPlace): void {
  const list: readonly unknown[] = Array.isArray(items) ? items : [];
  if (list.length > MOST_ITEMS || place.inside.length > DEEPEST_LIST) {
    const limits = `expected at most ${MOST_ITEMS} items in at most ${DEEPEST_LIST} lists of lists`;
    const message = `${formatPlace(place)}: items: ${limits}`;
    reading.problems.push(manifestProblem({}, { key: 'items', value: '', message }));
    return;
  }
  list.forEach((item, index) => {
    readObject(reading, item, { ...place, inside: [...place.inside, `item ${index + 1}`] });
  });
}

/** The items of a typed list leave out kind and version, which the list has for all of them. */
function withKind(
  items: unknown,
  kind: 'Application' | 'AppProject' | 'ImageUpdater',
  apiVersion = 'argoproj.io/v1alpha1',
): unknown {
  if (!Array.isArray(items)) return items;
  const type = { kind, apiVersion };
  return items.map((item: unknown) => ({ ...type, ...fieldsOf(item) }));
}

/** Of any version: what a later one has that is not known is named when it is read. */
function isUpdater(apiVersion: unknown): boolean {
  return typeof apiVersion === 'string' && apiVersion.startsWith('argocd-image-updater.argoproj.io/');
}

function fieldsOf(object: unknown): Readonly<Record<string, unknown>> {
  return typeof object === 'object' && object !== null ? { ...object } : {};
}

function unsupportedSet(object: unknown, place: ManifestPlace): Problem {
  const reason = `${formatPlace(place)}: an ApplicationSet is not supported here, because only Argo CD knows the Applications it makes`;
  const advice =
    'read those from the cluster, or from the output of: argocd appset generate FILE --output yaml';
  return manifestProblem(object, { key: 'kind', value: 'ApplicationSet', message: `${reason} (${advice})` });
}
