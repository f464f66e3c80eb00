import type { FileTarget } from '../policy.ts';

/**
 * Equal for two targets exactly when they are one file of a work tree. A kustomization has one of three names, so it is named
 * by its folder: `apps/shop/`, and `/` for the root. It is also how records of commits name a file.
 */
export function fileKey(file: FileTarget): string {
  return file.kind === 'kustomization' ? `${file.directory}/` : file.path;
}
