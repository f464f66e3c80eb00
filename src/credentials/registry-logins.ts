import { readFile } from 'node:fs/promises';
import { formatCredentialSpec, type CredentialSpec } from '../core/credential-spec.ts';
import { formatRepository, type ImageRepository } from '../core/image/reference.ts';
import { LynceusError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Login, Logins } from '../ports/logins.ts';
import {
  findDockerLogin,
  parseDockerConfig,
  parseLegacyDockerConfig,
  type DockerConfig,
} from './docker-config.ts';
import type { ReadSecret, SecretFields, SecretName } from './kube-secrets.ts';
import { A_MOMENT, createRemembered } from './remembered.ts';
import { runScript as runScriptForReal, type RunScript } from './run-script.ts';
import { parseUserPassword, type UserPassword } from './user-password.ts';

export type { ReadSecret } from './kube-secrets.ts';

/** What an administrator's registry entry says of logging in. */
export interface LoginEndpoint {
  readonly apiUrl: string;
  readonly credentials: CredentialSpec | undefined;
  /** After how many milliseconds they are read again; `undefined` is never. */
  readonly credentialsExpire: number | undefined;
}

export interface RegistryLoginsOptions {
  /** The administrator's entry for an image, if there is one. */
  readonly endpointOf: (repository: ImageRepository) => LoginEndpoint | undefined;
  readonly dockerConfigFile: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Pick<Clock, 'now'>;
  readonly runScript?: RunScript;
  /** Without it there is no cluster to read Secrets from. */
  readonly readSecret?: ReadSecret;
}

export interface RegistryLogins extends Logins {
  /**
   * Reads a login again that a registry refused. `undefined` when that brings nothing new, or when it was read only a
   * moment ago.
   */
  renew(repository: ImageRepository, refused: Login, signal: AbortSignal): Promise<Login | undefined>;
}

type BasicLogin = Extract<Login, { kind: 'basic' }>;

const ANONYMOUS: Login = { kind: 'anonymous', identity: 'anonymous' };

/** Fields of a pull secret: of type `kubernetes.io/dockerconfigjson`, and of the older `kubernetes.io/dockercfg`. */
const PULL_SECRET_FIELD = '.dockerconfigjson';
const LEGACY_PULL_SECRET_FIELD = '.dockercfg';

/**
 * Finds logins: what the Application named, else the registry's own `credentials`, else the Docker configuration file,
 * else nobody in particular. A login that somebody named and that cannot be had is an error, never a lesser login.
 */
export function createRegistryLogins(options: RegistryLoginsOptions): RegistryLogins {
  const { endpointOf, dockerConfigFile, clock } = options;
  const logins = createRemembered<BasicLogin>(clock);
  const files = createRemembered<DockerConfig>(clock);
  /** How to read a login again, by identity. */
  const specs = new Map<string, CredentialSpec>();

  function fromSpec(
    spec: CredentialSpec,
    { repository, longest, signal }: { repository: ImageRepository; longest: number; signal: AbortSignal },
  ): Promise<BasicLogin> {
    const identity = formatCredentialSpec(spec);
    specs.set(identity, spec);
    // Which entry of a pull secret fits depends on the image.
    const key = spec.kind === 'pullsecret' ? `${identity} ${formatRepository(repository)}` : identity;
    return logins.get(key, longest, () =>
      readLogin(spec, { options, repository, apiHost: apiHostOf(repository), signal }),
    );
  }

  async function fromDockerConfig(repository: ImageRepository): Promise<Login> {
    if (dockerConfigFile === undefined) return ANONYMOUS;
    const config = await files.get(dockerConfigFile, A_MOMENT, () => readDockerConfigFile(dockerConfigFile));
    const entry = findDockerLogin(config, repository, apiHostOf(repository));
    if (entry === undefined) return ANONYMOUS;
    return { kind: 'basic', identity: `docker-config:${entry.key}`, ...wellFormed(entry, dockerConfigFile) };
  }

  function apiHostOf(repository: ImageRepository): string | undefined {
    const apiUrl = endpointOf(repository)?.apiUrl;
    return apiUrl === undefined ? undefined : new URL(apiUrl).host;
  }

  return {
    async find(repository, spec, signal) {
      if (spec !== undefined) return fromSpec(spec, { repository, longest: A_MOMENT, signal });
      const { credentials, credentialsExpire = Infinity } = endpointOf(repository) ?? {};
      if (credentials !== undefined)
        return fromSpec(credentials, { repository, longest: credentialsExpire, signal });
      return fromDockerConfig(repository);
    },
    async renew(repository, refused, signal) {
      if (refused.kind === 'anonymous') return undefined;
      const spec = specs.get(refused.identity);
      const read = (longest: number): Promise<Login> =>
        spec === undefined ? fromDockerConfig(repository) : fromSpec(spec, { repository, longest, signal });
      // Somebody else may have read it again already; then it is not read once more for everybody who was refused.
      const fresh = await read(A_MOMENT);
      return isSame(fresh, refused) ? undefined : fresh;
    },
  };
}

interface ReadingContext {
  readonly options: RegistryLoginsOptions;
  readonly repository: ImageRepository;
  readonly apiHost: string | undefined;
  readonly signal: AbortSignal;
}

async function readLogin(
  spec: CredentialSpec,
  { options, repository, apiHost, signal }: ReadingContext,
): Promise<BasicLogin> {
  const identity = formatCredentialSpec(spec);
  switch (spec.kind) {
    case 'env': {
      const text = options.env[spec.variable];
      if (text === undefined) throw missing(`the environment variable ${spec.variable} is not set`);
      return { kind: 'basic', identity, ...userPassword(text, `the environment variable ${spec.variable}`) };
    }
    case 'ext': {
      const { runScript = runScriptForReal, env } = options;
      const text = await runScript(spec.path, { env, signal });
      return { kind: 'basic', identity, ...userPassword(text, `what ${spec.path} printed`) };
    }
    case 'secret': {
      const fields = await readFields(spec, { options, signal });
      const text = fields[spec.field];
      if (text === undefined)
        throw missing(`the Secret ${spec.namespace}/${spec.name} has no field ${spec.field}`);
      return {
        kind: 'basic',
        identity,
        ...userPassword(text, `the field ${spec.field} of the Secret ${spec.namespace}/${spec.name}`),
      };
    }
    case 'pullsecret': {
      const where = `the Secret ${spec.namespace}/${spec.name}`;
      const config = pullSecretConfig(await readFields(spec, { options, signal }), where);
      const entry = findDockerLogin(config, repository, apiHost);
      if (entry === undefined)
        throw missing(
          `${where} has no entry for ${formatRepository(repository)}, only for ${keysOf(config)}`,
        );
      return { kind: 'basic', identity, ...wellFormed(entry, where) };
    }
  }
}

function pullSecretConfig(fields: SecretFields, where: string): DockerConfig {
  const text = fields[PULL_SECRET_FIELD];
  const legacy = fields[LEGACY_PULL_SECRET_FIELD];
  if (text === undefined && legacy === undefined)
    throw missing(
      `${where} has no field ${PULL_SECRET_FIELD}`,
      'a pull secret is of type kubernetes.io/dockerconfigjson; write secret:NAMESPACE/NAME#FIELD for one field',
    );
  const config = text === undefined ? parseLegacyDockerConfig(legacy ?? '') : parseDockerConfig(text);
  if (config !== undefined) return config;
  const field = text === undefined ? LEGACY_PULL_SECRET_FIELD : PULL_SECRET_FIELD;
  throw failed(`${where} holds no Docker configuration in ${field}`);
}

async function readFields(
  secret: SecretName,
  { options: { readSecret }, signal }: Pick<ReadingContext, 'options' | 'signal'>,
): Promise<SecretFields> {
  const where = `the Secret ${secret.namespace}/${secret.name}`;
  if (readSecret === undefined) {
    throw missing(
      `the login is to come from ${where}, and there is no cluster to read it from`,
      'use env: or ext: instead, or run in a cluster',
    );
  }
  const fields = await readSecret({ namespace: secret.namespace, name: secret.name }, signal);
  if (fields === undefined) throw missing(`there is no ${where.slice('the '.length)}`);
  return fields;
}

async function readDockerConfigFile(path: string): Promise<DockerConfig> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    throw missing(`the Docker configuration file ${path} cannot be read (${code})`);
  }
  const config = parseDockerConfig(text);
  if (config === undefined)
    throw failed(`${path} is not a Docker configuration file: expected JSON with a map "auths"`);
  return config;
}

function userPassword(text: string, what: string): UserPassword {
  const login = parseUserPassword(text);
  if (login === undefined) throw failed(`expected user:password in ${what}, found something else`);
  return login;
}

function wellFormed(
  { key, login }: { readonly key: string; readonly login: UserPassword | 'malformed' },
  where: string,
): UserPassword {
  if (login === 'malformed')
    throw failed(
      `the entry ${JSON.stringify(key)} of ${where} is no login: expected auth with user:password in base64, or username and password`,
    );
  return login;
}

function keysOf({ entries }: DockerConfig): string {
  const keys = entries.map(({ key }) => JSON.stringify(key.replace(/[^/]*@/g, '')));
  if (keys.length === 0) return 'nothing';
  return keys.length <= 5 ? keys.join(', ') : `${keys.slice(0, 5).join(', ')} and ${keys.length - 5} more`;
}

function isSame(a: Login, b: Login): boolean {
  if (a.kind === 'anonymous' || b.kind === 'anonymous') return a.kind === b.kind;
  return a.username === b.username && a.password === b.password;
}

function missing(message: string, hint?: string): LynceusError {
  return new LynceusError('credentials-missing', message, hint === undefined ? {} : { hint });
}

function failed(message: string): LynceusError {
  return new LynceusError('credentials-failed', message);
}
