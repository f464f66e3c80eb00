import type { FileTarget } from '../policy.ts';

/**
 * Equal for two targets exactly when they are one file of a work tree. A kustomization has one of three names, so it is named
 * by its folder: `apps/shop/`, and `/` for the root. It is also how records of commits name a file.
 */
export function fileKey(file: FileTarget): string {
  return file.kind === 'kustomization' ? `${file.directory}/` : file.path;
}

/**
 * The same for the file that is behind a target: two targets are one file also when a folder of one path is a symbolic link to
 * that of the other. `path` is where it was read, links followed; `undefined` where nothing is.
 */
export function editedFileKey(file: FileTarget, path: string | undefined): string {
  if (path === undefined) return fileKey(file);
  if (file.kind !== 'kustomization') return path;
  const [, folder] = /^(|.*\/)(?:kustomization\.ya?ml|Kustomization)$/.exec(path) ?? [];
  if (folder === undefined) return path;
  return folder === '' ? '/' : folder;
}
