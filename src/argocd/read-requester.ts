import { isBranchName, isCommitHash, isDefaultBranch } from '../core/git/branch-name.ts';
import { readGitRemote } from '../core/git/remote.ts';
import { DEFAULT_PROJECT } from '../core/permissions/app-project.ts';
import type { OwnSource, Requester } from '../core/permissions/requester.ts';
import type { Application, ApplicationSource } from './application.ts';
import { homeOf, type PolicyContext } from './policy-input.ts';
import { isPackaged } from './source-type.ts';
import { tryTreePath } from './tree-path.ts';
import { parseValueFile } from './value-file.ts';
import { overrideFileName } from './write-target.ts';

/** What the fence must know of an Application: its project, its namespace, and what belongs to its sources. */
export function readRequester(application: Application, context: PolicyContext): Requester {
  return {
    ...memberOf(application, context),
    overrideName: overrideFileName(application, context.argocdNamespace),
    sources: application.sources.flatMap((source) => ownSource(source, application, context)),
  };
}

/** What decides whether the AppProject allows the Application. */
export function memberOf(
  application: Application,
  context: Pick<PolicyContext, 'argocdNamespace'>,
): Pick<Requester, 'project' | 'namespace'> {
  return {
    project: application.project ?? DEFAULT_PROJECT.name,
    namespace: homeOf(application, context),
  };
}

/** Remote and revision of a source; `undefined` for one that is not in Git. */
export function gitSourceOf(source: ApplicationSource): Pick<OwnSource, 'remote' | 'base'> | undefined {
  if (isPackaged(source)) return undefined;
  const remote = readGitRemote(source.repoURL);
  return 'why' in remote ? undefined : { remote, base: baseOf(source.targetRevision) };
}

function ownSource(
  source: ApplicationSource,
  application: Application,
  { argocdNamespace }: PolicyContext,
): readonly OwnSource[] {
  const inGit = gitSourceOf(source);
  if (inGit === undefined) return [];
  const folder = source.ref !== '' && source.path === '' ? undefined : tryTreePath('', source.path);
  const name = overrideFileName(application, argocdNamespace);
  return [
    {
      ...inGit,
      folder,
      valueFiles: [...new Set(valueFilesIn(source, folder, application))],
      overrideFile: folder === undefined ? undefined : tryTreePath(name, folder),
    },
  ];
}

function baseOf(revision: string): string | undefined {
  if (isDefaultBranch(revision)) return 'HEAD';
  const branch = revision.replace(/^refs\/heads\//, '');
  return isBranchName(branch) && !isCommitHash(branch) ? branch : undefined;
}

/** Those that the source lists by path, those that any source takes from here by `$ref`, and the chart's own. */
function valueFilesIn(
  source: ApplicationSource,
  folder: string | undefined,
  { sources }: Application,
): readonly string[] {
  const own = folder === undefined ? [] : ['values.yaml', ...(source.helm?.valueFiles ?? [])];
  const listed = own.flatMap((text) =>
    parseValueFile(text) === undefined && !isUrl(text) ? (tryTreePath(text, folder) ?? []) : [],
  );
  const referred = sources.flatMap(({ helm }) =>
    (helm?.valueFiles ?? []).flatMap((text) => {
      const file = parseValueFile(text);
      return file === undefined || source.ref === '' || file.ref !== source.ref
        ? []
        : (tryTreePath(`/${file.path}`) ?? []);
    }),
  );
  return [...listed, ...referred];
}

function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
}
