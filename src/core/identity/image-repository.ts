import { formatRepository, type ImageRepository } from '../image/reference.ts';
import { joinKey } from './key.ts';

/** Equal exactly when both are one image repository. Take the repository from `repositoryOf`, which knows the spellings. */
export function imageRepositoryKey(repository: ImageRepository): string {
  return formatRepository(repository);
}

/** Equal exactly when the same login asks for the same image repository: what one login sees, another may not. */
export function repositoryAccessKey({
  repository,
  login,
}: {
  readonly repository: ImageRepository;
  readonly login: { readonly identity: string };
}): string {
  return joinKey(imageRepositoryKey(repository), login.identity);
}
