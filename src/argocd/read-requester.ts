import { isBranchName, isDefaultBranch } from '../core/git/branch-name.ts';
import { readGitRemote } from '../core/git/remote.ts';
import type { OwnSource, Requester } from '../core/permissions/requester.ts';
import { LynceusError } from '../errors.ts';
import type { Application, ApplicationSource } from './application.ts';
import { homeOf, type PolicyContext } from './policy-input.ts';
import { isPackaged } from './source-type.ts';
import { treePath } from './tree-path.ts';
import { parseValueFile } from './value-file.ts';
import { overrideFileName } from './write-target.ts';

/** What the fence must know of an Application: its project, its namespace, and what belongs to its sources. */
export function readRequester(application: Application, context: PolicyContext): Requester {
  return {
    project: application.project ?? 'default',
    namespace: homeOf(application, context),
    overrideName: overrideFileName(application, context.argocdNamespace),
    sources: application.sources.flatMap((source) => ownSource(source, application, context)),
  };
}

function ownSource(
  source: ApplicationSource,
  application: Application,
  { argocdNamespace }: PolicyContext,
): readonly OwnSource[] {
  if (isPackaged(source)) return [];
  const remote = readGitRemote(source.repoURL);
  if (!('key' in remote)) return [];
  const folder = source.ref !== '' && source.path === '' ? undefined : safePath('', source.path);
  const name = overrideFileName(application, argocdNamespace);
  return [
    {
      remote,
      base: baseOf(source.targetRevision),
      folder,
      valueFiles: [...new Set(valueFilesIn(source, folder, application))],
      overrideFile: folder === undefined ? undefined : safePath(name, folder),
    },
  ];
}

function baseOf(revision: string): string | undefined {
  if (isDefaultBranch(revision)) return 'HEAD';
  const branch = revision.replace(/^refs\/heads\//, '');
  return isBranchName(branch) && !COMMIT.test(branch) ? branch : undefined;
}

const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/** Those that the source lists by path, those that any source takes from here by `$ref`, and the chart's own. */
function valueFilesIn(
  source: ApplicationSource,
  folder: string | undefined,
  { sources }: Application,
): readonly string[] {
  const own = folder === undefined ? [] : ['values.yaml', ...(source.helm?.valueFiles ?? [])];
  const listed = own.flatMap((text) =>
    parseValueFile(text) === undefined && !isUrl(text) ? (safePath(text, folder) ?? []) : [],
  );
  const referred = sources.flatMap(({ helm }) =>
    (helm?.valueFiles ?? []).flatMap((text) => {
      const file = parseValueFile(text);
      return file === undefined || source.ref === '' || file.ref !== source.ref
        ? []
        : (safePath(`/${file.path}`) ?? []);
    }),
  );
  return [...listed, ...referred];
}

function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
}

function safePath(path: string, folder = ''): string | undefined {
  try {
    return treePath(path, folder);
  } catch (thrown) {
    if (thrown instanceof LynceusError) return undefined;
    throw thrown;
  }
}
