import { A_MOMENT, createExpiringCache } from '../async/expiring-cache.ts';
import { formatCredentialSpec, type CredentialSpec } from '../core/credential-spec.ts';
import { formatRepository, type ImageRepository } from '../core/image/reference.ts';
import type { Clock } from '../ports/clock.ts';
import type { Login, Logins } from '../ports/logins.ts';
import { createDockerFileLogins } from './docker-file-logins.ts';
import { readLogin, type BasicLogin, type LoginSources } from './read-login.ts';
import { withTrail, type ChosenLogin } from './chosen-login.ts';

/** The login settings of an administrator's registry entry. */
export interface LoginEndpoint {
  readonly name: string;
  /** Host as in image names, perhaps with the start of a path; `''` for a default without one. */
  readonly prefix: string;
  readonly apiUrl: string;
  readonly credentials?: CredentialSpec | undefined;
  /** After how many milliseconds they are read again; `undefined` is never. */
  readonly credentialsExpire?: number | undefined;
}

export interface RegistryLoginsOptions extends LoginSources {
  /** The administrator's entry for an image, if there is one. */
  readonly endpointOf: (repository: ImageRepository) => LoginEndpoint | undefined;
  /** The entry that almost fits an image without one, and why it does not, as the end of a sentence. */
  readonly nearEntryOf?: (repository: ImageRepository) => string | undefined;
  readonly dockerConfigFile: string | undefined;
  readonly clock: Pick<Clock, 'now'>;
}

export interface RegistryLogins extends Logins {
  /**
   * Reads a login again that a registry refused. `undefined` when that brings nothing new, or when it was read only a
   * moment ago.
   */
  renew(repository: ImageRepository, refused: Login, signal: AbortSignal): Promise<Login | undefined>;
}

/**
 * Finds logins: what the Application named, else the registry's own `credentials`, else the Docker configuration file,
 * else nobody in particular. A login that somebody named and that cannot be had is an error, never a lesser login.
 */
export function createRegistryLogins(options: RegistryLoginsOptions): RegistryLogins {
  const { endpointOf, nearEntryOf = () => undefined, dockerConfigFile, clock, env } = options;
  const logins = createExpiringCache<BasicLogin>({ clock });
  const inDockerFile =
    dockerConfigFile === undefined
      ? undefined
      : createDockerFileLogins({ path: dockerConfigFile, env, clock });
  /** How to read a login again, by identity. */
  const named = new Map<string, NamedLogin>();

  async function fromSpec(
    { spec, why }: NamedLogin,
    { repository, longest, refused, signal }: Reading,
  ): Promise<BasicLogin> {
    const chosen: ChosenLogin = { identity: formatCredentialSpec(spec), why };
    named.set(chosen.identity, { spec, why });
    const read = async (own: AbortSignal) => {
      const apiHost = apiHostOf(endpointOf(repository));
      return {
        value: await readLogin(spec, { sources: options, repository, apiHost, signal: own, refused }),
      };
    };
    const login = await withTrail(chosen, async () =>
      // Tokens of an App are kept where they are made, so reading one again costs nothing.
      spec.kind === 'github-app'
        ? (await read(signal)).value
        : await logins.get(loginKey(spec, repository), { longest, read }, signal),
    );
    return { ...login, why };
  }

  async function withoutName(repository: ImageRepository, signal: AbortSignal): Promise<Login> {
    const answer = await inDockerFile?.({ repository, apiHost: apiHostOf(endpointOf(repository)) }, signal);
    if (answer?.kind === 'login') return answer.login;
    const entry = endpointOf(repository);
    const near = nearEntryOf(repository);
    const unnamed =
      entry === undefined
        ? `no registry entry is for ${repository.registry}${near === undefined ? '' : ` (${near})`}`
        : `no credentials in ${labelOf(entry)}`;
    const why = `nothing named a login: ${unnamed}, ${answer?.why ?? 'no dockerConfigFile'}`;
    return { kind: 'anonymous', identity: 'anonymous', why };
  }

  return {
    async find(repository, spec, signal) {
      if (spec !== undefined)
        return fromSpec({ spec, why: 'named for this image' }, { repository, longest: A_MOMENT, signal });
      const entry = endpointOf(repository);
      if (entry?.credentials === undefined) return await withoutName(repository, signal);
      const why = `the credentials of ${labelOf(entry)}`;
      const longest = entry.credentialsExpire ?? Infinity;
      return await fromSpec({ spec: entry.credentials, why }, { repository, longest, signal });
    },
    async renew(repository, refused, signal) {
      if (refused.kind === 'anonymous') return undefined;
      const known = named.get(refused.identity);
      // Somebody else may have read it again already; then it is not read once more for everybody who was refused.
      const fresh =
        known === undefined
          ? await withoutName(repository, signal)
          : await fromSpec(known, { repository, longest: A_MOMENT, refused, signal });
      return isSame(fresh, refused) ? undefined : fresh;
    },
  };
}

interface NamedLogin {
  readonly spec: CredentialSpec;
  /** Why this one and no other. */
  readonly why: string;
}

interface Reading {
  readonly repository: ImageRepository;
  /** Milliseconds for which what was read counts as true. */
  readonly longest: number;
  readonly refused?: BasicLogin | undefined;
  readonly signal: AbortSignal;
}

function apiHostOf(entry: LoginEndpoint | undefined): string | undefined {
  return entry === undefined ? undefined : new URL(entry.apiUrl).host;
}

/** Which entry of a pull secret fits depends on the image. */
function loginKey(spec: CredentialSpec, repository: ImageRepository): string {
  const identity = formatCredentialSpec(spec);
  return spec.kind === 'pullsecret' ? `${identity} ${formatRepository(repository)}` : identity;
}

function labelOf({ name, prefix }: LoginEndpoint): string {
  const scope = prefix === '' ? 'the default' : `prefix ${prefix}`;
  return `the registry entry ${JSON.stringify(name)} (${scope})`;
}

function isSame(a: Login, b: Login): boolean {
  if (a.kind === 'anonymous' || b.kind === 'anonymous') return a.kind === b.kind;
  return a.username === b.username && a.password === b.password;
}
