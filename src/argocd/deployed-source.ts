import { isDefaultBranch } from '../core/git/branch-name.ts';
import type { FileTarget, GitTarget, WriteTarget } from '../core/policy.ts';
import type { Application, ApplicationSource } from './application.ts';
import { isAt } from './git-place.ts';
import { isPackaged } from './source-type.ts';

/**
 * Which source has the file that is written, so that its revision says what is deployed of it; `undefined` when none has. Of several
 * sources of one remote it is one of the same branch, then the one in the deepest folder around the file, then the first.
 */
export function deployedSource(
  { sources }: Pick<Application, 'sources'>,
  target: WriteTarget,
): number | undefined {
  if (target.method !== 'git') return undefined;
  const fitting = sources.flatMap((source, index) =>
    !isPackaged(source) && isAt(source, target.place.remote)
      ? [{ index, isSameBranch: isOfBranch(source, target.place.base), depth: depthAround(source, target) }]
      : [],
  );
  const [best] = fitting.toSorted(
    (a, b) => Number(b.isSameBranch) - Number(a.isSameBranch) || b.depth - a.depth || a.index - b.index,
  );
  return best?.index;
}

function isOfBranch({ targetRevision }: ApplicationSource, base: string): boolean {
  if (isDefaultBranch(targetRevision)) return isDefaultBranch(base);
  return targetRevision.replace(/^refs\/heads\//, '') === base;
}

/** How deep the folder of the source is, where the file is in it; -1 where it is not. */
function depthAround({ path }: ApplicationSource, { file }: GitTarget): number {
  const folder = path.split('/').filter((part) => part !== '' && part !== '.');
  const parts = placeOf(file).split('/');
  return folder.every((part, index) => parts[index] === part) ? folder.length : -1;
}

function placeOf(file: FileTarget): string {
  return file.kind === 'kustomization' ? file.directory : file.path;
}
