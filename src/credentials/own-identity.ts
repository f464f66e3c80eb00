import type { ImageRepository } from '../core/image/reference.ts';
import { isSafeForSecrets } from '../http/loopback.ts';
import type { LoginAnswer } from './chosen-login.ts';
import type { BasicLogin } from './read-login.ts';
import type { RegistryLogins } from './registry-logins.ts';

/**
 * A way for the process to log in by what it is, in a cloud, without anybody naming a login. It asks nobody anything
 * before an image of that cloud is met. Throws `credentials-failed` when there is an identity and it gets no login.
 */
export interface OwnIdentity {
  /** What the identities of its logins begin with: `google:`. */
  readonly prefix: string;
  /** Whether the registry of an image is one that the cloud itself runs. */
  serves(repository: ImageRepository): boolean;
  find(repository: ImageRepository, signal: AbortSignal): Promise<LoginAnswer>;
  /** Another login in place of one that was refused; `undefined` when there is none. */
  renew(
    repository: ImageRepository,
    refused: BasicLogin,
    signal: AbortSignal,
  ): Promise<LoginAnswer | undefined>;
}

export interface OwnIdentityOptions {
  readonly identities: readonly OwnIdentity[];
  /** Where the API of an image's registry is, when the registry's entry sets it. */
  readonly apiUrlOf: (repository: ImageRepository) => string | undefined;
}

/** The same logins, and for images for which nobody named one, that of the process itself in the image's cloud. */
export function withOwnIdentities(
  logins: RegistryLogins,
  { identities, apiUrlOf }: OwnIdentityOptions,
): RegistryLogins {
  return {
    async find(repository, spec, signal) {
      const login = await logins.find(repository, spec, signal);
      const own = identities.find((identity) => identity.serves(repository));
      if (login.kind !== 'anonymous' || own === undefined) return login;
      const apiUrl = apiUrlOf(repository);
      const answer: LoginAnswer =
        apiUrl === undefined || isSafeForSecrets(new URL(apiUrl))
          ? await own.find(repository, signal)
          : { kind: 'nothing', why: `the login of this process is not sent to ${apiUrl} without TLS` };
      if (answer.kind === 'login') return answer.login;
      return { ...login, why: `${login.why ?? 'nothing named a login'}, ${answer.why}` };
    },
    async renew(repository, refused, signal) {
      const own = identities.find(({ prefix }) => refused.identity.startsWith(prefix));
      if (own === undefined || refused.kind === 'anonymous')
        return await logins.renew(repository, refused, signal);
      const answer = await own.renew(repository, refused, signal);
      return answer?.kind === 'login' ? answer.login : undefined;
    },
  };
}
