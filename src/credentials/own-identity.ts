import type { ImageRepository } from '../core/image/reference.ts';
import { isSafeForSecrets } from '../http/loopback.ts';
import type { LoginAnswer } from './chosen-login.ts';
import type { BasicLogin } from './read-login.ts';
import type { RegistryLogins } from './registry-logins.ts';

/**
 * The process's own identity in a cloud, which logs in without a named login. Nothing is requested before an image of
 * that cloud is met.
 */
export interface OwnIdentity {
  /** What the identities of its logins begin with: `google:`. */
  readonly prefix: string;
  /** The login to the registry of an image; `undefined` when the registry is not one of the cloud's own. */
  at(repository: ImageRepository): OwnLogin | undefined;
}

/** The process's login to one registry. Throws `credentials-failed` when there is an identity and it gets no login. */
export interface OwnLogin {
  find(signal: AbortSignal): Promise<LoginAnswer>;
  /** Another login in place of one that was refused; `undefined` when there is none. */
  renew(refused: BasicLogin, signal: AbortSignal): Promise<LoginAnswer | undefined>;
}

export interface OwnIdentityOptions {
  readonly identities: readonly OwnIdentity[];
  /** Where the API of an image's registry is, when the registry's entry sets it. */
  readonly apiUrlOf: (repository: ImageRepository) => string | undefined;
}

/** The same logins; for an image without a named login, that of the process itself in the image's cloud. */
export function withOwnIdentities(
  logins: RegistryLogins,
  { identities, apiUrlOf }: OwnIdentityOptions,
): RegistryLogins {
  return {
    async find(repository, spec, signal) {
      const login = await logins.find(repository, spec, signal);
      const own = login.kind === 'anonymous' ? ownLogin(identities, repository) : undefined;
      if (own === undefined) return login;
      const apiUrl = apiUrlOf(repository);
      const answer: LoginAnswer =
        apiUrl === undefined || isSafeForSecrets(new URL(apiUrl))
          ? await own.find(signal)
          : { kind: 'nothing', why: `the login of this process is not sent to ${apiUrl} without TLS` };
      if (answer.kind === 'login') return answer.login;
      return { ...login, why: `${login.why ?? 'nothing named a login'}, ${answer.why}` };
    },
    async renew(repository, refused, signal) {
      const named = identities.filter(({ prefix }) => refused.identity.startsWith(prefix));
      const own = ownLogin(named, repository);
      if (own === undefined || refused.kind === 'anonymous')
        return await logins.renew(repository, refused, signal);
      const answer = await own.renew(refused, signal);
      return answer?.kind === 'login' ? answer.login : undefined;
    },
  };
}

function ownLogin(identities: readonly OwnIdentity[], repository: ImageRepository): OwnLogin | undefined {
  return identities.map((identity) => identity.at(repository)).find((own) => own !== undefined);
}
