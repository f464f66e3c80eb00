import type { ImageRepository } from '../core/image/reference.ts';
import type { Login } from '../ports/logins.ts';
import type { RegistryLogins } from './registry-logins.ts';

/** Where an image is read instead of its registry. */
export interface Mirrored {
  readonly repository: ImageRepository;
  /** Whether the registry's own login is offered there. */
  readonly takesLogin: boolean;
}

/**
 * The same logins; for an image that is read from a mirror, the login for the mirror's host. A login that was named for
 * the registry itself, in its entry or by the Application, is offered to the mirror only if the entry allows it.
 */
export function withMirrors(
  logins: RegistryLogins,
  mirrorOf: (repository: ImageRepository) => Mirrored | undefined,
): RegistryLogins {
  return {
    async find(repository, spec, signal) {
      const mirror = mirrorOf(repository);
      return mirror === undefined || mirror.takesLogin
        ? await logins.find(repository, spec, signal)
        : forMirror(await logins.find(mirror.repository, undefined, signal), mirror);
    },
    async renew(repository, refused, signal) {
      const mirror = mirrorOf(repository);
      const asked = mirror === undefined || mirror.takesLogin ? repository : mirror.repository;
      return await logins.renew(asked, refused, signal);
    },
  };
}

/** Adds that the search was for another host than that of the image. */
function forMirror(login: Login, { repository }: Mirrored): Login {
  if (login.why === undefined) return login;
  return { ...login, why: `${login.why}; the image is looked up at the mirror ${repository.registry}` };
}
