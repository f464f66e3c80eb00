import { createReadStream } from 'node:fs';
import type { Application } from '../../argocd/application.ts';
import type { ImageUpdaterReading } from '../../argocd/parse-image-updater.ts';
import { imageUpdaterKey, imageUpdaterText } from '../../core/identity/image-updater.ts';
import { applicationKey } from '../../core/identity/application.ts';
import { DEFAULT_PROJECT, type AppProject, type AppProjects } from '../../core/permissions/app-project.ts';
import type { Problem } from '../../core/problem.ts';
import { LynceusError, messageOf } from '../../errors.ts';
import type { ApplicationLister, ListedApplications } from '../../ports/application-source.ts';
import { findFiles } from './find-files.ts';
import { readManifests, type ReadManifests } from './read-manifests.ts';

export interface FileSourceOptions {
  /** Files, folders and globs. */
  readonly paths: readonly string[];
}

/** Far more than an `etcd` lets an Application be, and less than would make a cycle slow. */
const LARGEST_FILE = 16 * 1024 * 1024;

/** The last content of each file, so that unchanged text is not parsed again in every cycle. */
type Memory = ReadonlyMap<string, { readonly text: string; readonly listed: ReadManifests }>;

/**
 * Applications, AppProjects and ImageUpdaters from manifests on disc: files, folders and globs of YAML and JSON, in the same order each time. A file
 * or document that cannot be used is a problem, and the rest goes on; of two Applications with one name and namespace
 * the first is taken. Throws `applications-unreadable` for a path that gives nothing.
 */
export function createFileSource({ paths }: FileSourceOptions): ApplicationLister {
  let memory: Memory = new Map();
  return {
    async list(signal) {
      const { files, unreadable } = await findFiles(paths, signal);
      const problems: Problem[] = unreadable.map(({ path, reason }) => unreadableFile(path, reason));
      const remembered = new Map<string, { text: string; listed: ReadManifests }>();
      const listings: ReadManifests[] = [];
      for (const path of files) {
        if (signal.aborted) throw new LynceusError('aborted', 'stopped while reading Applications');
        const text = await readText(path, problems);
        if (text === undefined) continue;
        const known = memory.get(path);
        const listed = known?.text === text ? known.listed : readManifests(text, path);
        remembered.set(path, { text, listed });
        listings.push(listed);
      }
      memory = remembered;
      return merge(listings, problems);
    },
  };
}

function merge(listings: readonly ReadManifests[], before: readonly Problem[]): ListedApplications {
  const problems = [...before];
  const byKey = new Map<string, Application>();
  for (const listed of listings) {
    problems.push(...listed.problems);
    for (const application of listed.applications) {
      const key = applicationKey(application);
      const first = byKey.get(key);
      if (first === undefined) byKey.set(key, application);
      else problems.push(duplicate(application, first));
    }
  }
  return {
    applications: [...byKey.values()],
    problems,
    projects: projectsOf(listings.flatMap(({ projects }) => projects)),
    updaters: { readings: updatersOf(listings, problems), unreadable: [] },
  };
}

/** Those that can be read; the problems of the others are added. Of two with one name the first counts. */
function updatersOf(listings: readonly ReadManifests[], problems: Problem[]): readonly ImageUpdaterReading[] {
  const byKey = new Map<string, ImageUpdaterReading>();
  for (const reading of listings.flatMap(({ updaters }) => updaters)) {
    const key = imageUpdaterKey(reading.updater);
    const first = byKey.get(key);
    if (first === undefined) byKey.set(key, reading);
    else problems.push(secondUpdater(reading));
  }
  return [...byKey.values()];
}

/** Argo CD makes the default project, so that it need not be in a file. Of two with one name the first counts. */
function projectsOf(found: readonly AppProject[]): AppProjects {
  if (found.length === 0) return { kind: 'none' };
  const projects = [DEFAULT_PROJECT, ...found.toReversed()].map(
    (project) => [project.name, project] as const,
  );
  return { kind: 'known', projects: new Map(projects) };
}

async function readText(path: string, problems: Problem[]): Promise<string | undefined> {
  try {
    const bytes = await readBounded(path);
    if (bytes.length <= LARGEST_FILE) return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    problems.push(unreadableFile(path, `it is larger than ${LARGEST_FILE / 1024 / 1024} MiB`));
  } catch (error) {
    const reason = error instanceof TypeError ? 'it is not text in UTF-8' : messageOf(error);
    problems.push(unreadableFile(path, reason));
  }
  return undefined;
}

/** Reads one byte more than allowed at most, so that the caller notices. */
async function readBounded(path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(path, { end: LARGEST_FILE }) as AsyncIterable<Buffer>)
    chunks.push(chunk);
  return Buffer.concat(chunks);
}

function unreadableFile(path: string, reason: string): Problem {
  return {
    application: { namespace: '', name: '' },
    alias: undefined,
    code: 'applications-unreadable',
    key: path,
    value: '',
    message: `${path}: ${reason}`,
  };
}

function secondUpdater({ updater }: ImageUpdaterReading): Problem {
  const { namespace, name } = updater;
  return {
    application: { namespace, name: '' },
    updater: { namespace, name },
    alias: undefined,
    code: 'updater-invalid',
    key: 'metadata.name',
    value: name,
    message: `${imageUpdaterText(updater)}: expected every ImageUpdater once, found it again; the first one counts`,
  };
}

function duplicate({ namespace, name, origin }: Application, first: Application): Problem {
  return {
    application: { namespace, name },
    alias: undefined,
    code: 'application-invalid',
    key: 'metadata.name',
    value: name,
    message: `${origin}: expected every Application once, found ${name} again after ${first.origin}, which is the one that counts`,
  };
}
