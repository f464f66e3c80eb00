import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { AnnotationChange, Conversion } from '../argocd/convert/conversion.ts';
import { toAnnotations } from '../argocd/convert/to-annotations.ts';
import { toUpdaters, type UpdaterGrouping } from '../argocd/convert/to-updaters.ts';
import type { UpdaterDocument } from '../argocd/convert/updater-document.ts';
import { applicationKey } from '../core/identity/application.ts';
import { imageUpdaterKey } from '../core/identity/image-updater.ts';
import { groupBy } from '../core/plan/group-by.ts';
import type { Problem } from '../core/problem.ts';
import { editManifests } from '../edits/manifest-annotations.ts';
import { printManifests } from '../edits/print-manifests.ts';
import { LynceusError } from '../errors.ts';
import { findFiles } from '../sources/files/find-files.ts';
import { readManifests } from '../sources/files/read-manifests.ts';
import { unifiedDiff } from '../writers/unified-diff.ts';
import { readApplications } from './read-applications.ts';
import type { ApplicationServices } from './services.ts';

export interface ConversionRequest {
  readonly to: 'resources' | 'annotations';
  readonly groupedBy: UpdaterGrouping;
  /** Files and folders that the manifests are in; none when they are in a cluster. */
  readonly paths: readonly string[];
  /** Change the files. */
  readonly write: boolean;
}

/** A file that changes. */
export interface ConvertedFile {
  readonly path: string;
  /** `undefined` when it is new. */
  readonly before: string | undefined;
  /** `''` when nothing is left of it, so that it goes. */
  readonly after: string;
}

export interface ConversionResult extends Conversion {
  readonly files: readonly ConvertedFile[];
  /** What becomes of the files, as a patch. */
  readonly diff: string;
  /** What comes, as manifests in YAML: the resources, or Applications with nothing but their new annotations. */
  readonly manifests: string;
}

/**
 * Converts annotations to `ImageUpdater`s or back. Nothing is written to a cluster, and to files only with `write`. Throws what reading
 * manifests throws, and what an editor of YAML throws when a file is too unusual; then nothing is written.
 */
export async function convertManifests(
  request: ConversionRequest,
  services: ApplicationServices,
  signal: AbortSignal,
): Promise<ConversionResult> {
  const { to, groupedBy, paths, write } = request;
  const read = await readApplications(services, signal);
  const [failure] = read.failures;
  if (failure !== undefined) throw failure;
  const [unread] = read.updaters.unreadable;
  if (unread !== undefined)
    throw new LynceusError('updaters-unreadable', `cannot read the ImageUpdaters: ${unread.why}`);
  const context = { ...services.policyContext, canWriteApplications: true };
  if (context.annotationRule === 'by-resource')
    throw new LynceusError(
      'usage-invalid',
      'applications.annotations is by-resource, so annotations without a resource do not count',
      { hint: 'convert with --annotations auto, and set it so where the result is to count' },
    );
  const conversion = to === 'resources' ? toUpdaters(read, context, groupedBy) : toAnnotations(read, context);
  const files = paths.length === 0 ? [] : await convertedFiles(conversion, paths, signal);
  if (write) await writeFiles(files);
  return {
    ...conversion,
    problems: [...read.problems, ...conversion.problems.filter(isNew(read.problems))],
    files,
    diff: unifiedDiff(files),
    manifests: printManifests([...conversion.created, ...conversion.changes.flatMap(annotatedApplication)]),
  };
}

function isNew(known: readonly Problem[]): (problem: Problem) => boolean {
  return (problem) => !known.includes(problem);
}

/** As server-side apply takes it: fields that are not named stay. */
function annotatedApplication({
  application: { namespace, name },
  set,
}: AnnotationChange): readonly object[] {
  if (Object.keys(set).length === 0) return [];
  const metadata = { name, ...(namespace === '' ? {} : { namespace }), annotations: set };
  return [{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata }];
}

async function convertedFiles(
  { created, deleted, changes }: Conversion,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<readonly ConvertedFile[]> {
  const { files } = await findFiles(paths, signal);
  const changed: ConvertedFile[] = [];
  /** The folder of the first Application of each namespace. */
  const folders = new Map<string, string>();
  const pending = {
    changes: new Map(changes.map((change) => [applicationKey(change.application), change])),
    deleted: new Map(deleted.map((id) => [imageUpdaterKey(id), id])),
  };
  for (const path of files) {
    const before = await readFile(path, 'utf8');
    const { applications, updaters } = readManifests(before, path);
    for (const { namespace } of applications)
      if (!folders.has(namespace)) folders.set(namespace, dirname(path));
    const annotations = taken(pending.changes, applications.map(applicationKey)).map(
      ({ application, ...change }) => ({ ...application, ...change }),
    );
    const gone = taken(
      pending.deleted,
      updaters.map(({ updater }) => imageUpdaterKey(updater)),
    );
    if (annotations.length + gone.length === 0) continue;
    const after = editManifests(path, before, { annotations, deleted: gone });
    if (after !== before) changed.push({ path, before, after });
  }
  return [...(await createdFiles(created, folders)), ...changed];
}

/** Takes the values of these keys out of the map. */
function taken<T>(pending: Map<string, T>, keys: readonly string[]): readonly T[] {
  return keys.flatMap((key) => {
    const found = pending.get(key);
    pending.delete(key);
    return found === undefined ? [] : [found];
  });
}

/** New resources are in a file of their own, beside the first Application that they are for. */
async function createdFiles(
  created: readonly UpdaterDocument[],
  folders: ReadonlyMap<string, string>,
): Promise<readonly ConvertedFile[]> {
  const byFolder = groupBy(created, ({ metadata }) => folders.get(metadata.namespace ?? '') ?? '.');
  return await Promise.all(
    [...byFolder].map(async ([folder, documents]) => ({
      path: await freePath(folder),
      before: undefined,
      after: printManifests(documents),
    })),
  );
}

async function freePath(folder: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const path = join(folder, number === 1 ? 'image-updaters.yaml' : `image-updaters-${number}.yaml`);
    const isThere = await stat(path).then(
      () => true,
      () => false,
    );
    if (!isThere) return path;
  }
}

/** What comes is written before what goes, so that nothing is lost when it is interrupted. */
async function writeFiles(files: readonly ConvertedFile[]): Promise<void> {
  for (const { path, after } of files.filter((file) => file.after !== '')) await writeFile(path, after);
  for (const { path } of files.filter((file) => file.after === '')) await rm(path);
}
