import { formatCredentialSpec, type CredentialSpec } from '../core/credential-spec.ts';
import { formatRepository, type ImageRepository } from '../core/image/reference.ts';
import { LynceusError } from '../errors.ts';
import type { Login } from '../ports/logins.ts';
import {
  listUnfit,
  findDockerLogin,
  parseDockerConfig,
  type DockerConfig,
  type DockerConfigEntry,
} from './docker-config.ts';
import { shownKey } from './docker-key.ts';
import { TOKEN_USER } from './git-secret.ts';
import { githubAppAt } from './github-app/app-at.ts';
import type { GithubAppTokens } from './github-app/installation-tokens.ts';
import type { ReadSecret, SecretFields, SecretName } from './kube-secrets.ts';
import { runScript as runScriptForReal, type RunScript } from './run-script.ts';
import { parseUserPassword, type UserPassword } from './user-password.ts';

export type BasicLogin = Extract<Login, { kind: 'basic' }>;

/** The places that a named login can be in. */
export interface LoginSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly runScript?: RunScript;
  /** Without it there is no cluster to read Secrets from. */
  readonly readSecret?: ReadSecret | undefined;
  readonly appTokens: GithubAppTokens;
}

export interface ReadingContext {
  readonly sources: LoginSources;
  readonly repository: ImageRepository;
  /** Where the API of the registry is. */
  readonly apiHost: string | undefined;
  readonly signal: AbortSignal;
  /** A login that this one is to take the place of. */
  readonly refused?: BasicLogin | undefined;
}

/** Fields of a pull secret: of type `kubernetes.io/dockerconfigjson`, and of the older `kubernetes.io/dockercfg`. */
const PULL_SECRET_FIELD = '.dockerconfigjson';
const LEGACY_PULL_SECRET_FIELD = '.dockercfg';

/** Reads the login that a text of the configuration or an annotation names. Throws `credentials-missing`, `credentials-failed`. */
export async function readLogin(spec: CredentialSpec, context: ReadingContext): Promise<BasicLogin> {
  return { kind: 'basic', identity: formatCredentialSpec(spec), ...(await readUserPassword(spec, context)) };
}

async function readUserPassword(spec: CredentialSpec, context: ReadingContext): Promise<UserPassword> {
  const { sources, repository, apiHost, signal } = context;
  switch (spec.kind) {
    case 'env': {
      const text = sources.env[spec.variable];
      if (text === undefined)
        throw missing(`the environment variable ${spec.variable} is not set`, 'set it where Lynceus runs');
      return userPassword(text, `the environment variable ${spec.variable}`);
    }
    case 'ext': {
      const { runScript = runScriptForReal, env } = sources;
      return userPassword(await runScript(spec.path, { env, signal }), `what ${spec.path} printed`);
    }
    case 'secret': {
      const fields = await readFields(spec, context);
      const text = fields[spec.field];
      if (text === undefined)
        throw missing(`the Secret ${spec.namespace}/${spec.name} has no field ${spec.field}`);
      return userPassword(text, `the field ${spec.field} of the Secret ${spec.namespace}/${spec.name}`);
    }
    case 'pullsecret': {
      const where = `the Secret ${spec.namespace}/${spec.name}`;
      const config = pullSecretConfig(await readFields(spec, context), where);
      const entry = findDockerLogin(config, repository, apiHost);
      if (entry === undefined)
        throw missing(
          `${where} has no entry for ${formatRepository(repository)}, only for ${listUnfit(config, repository, apiHost)}`,
        );
      return wellFormed(entry, where);
    }
    case 'github-app':
      return await readGithubApp(spec, context);
  }
}

/** The least that is enough: a token that may read packages and nothing else. */
const PERMISSIONS = { packages: 'read' } as const;

async function readGithubApp(
  { at }: Extract<CredentialSpec, { kind: 'github-app' }>,
  context: ReadingContext,
): Promise<UserPassword> {
  const { sources, repository, signal, refused } = context;
  const { appTokens, env } = sources;
  const app = await githubAppAt(at, { env, readFields: (secret) => readFields(secret, context) });
  const [owner = ''] = repository.path.split('/');
  const scope = { owner, permissions: PERMISSIONS };
  const renewed = refused && (await appTokens.renew(app, { ...scope, refused: refused.password }, signal));
  return { username: TOKEN_USER, password: renewed ?? (await appTokens.get(app, scope, signal)) };
}

function pullSecretConfig(fields: SecretFields, where: string): DockerConfig {
  const text = fields[PULL_SECRET_FIELD];
  const legacy = fields[LEGACY_PULL_SECRET_FIELD];
  if (text === undefined && legacy === undefined)
    throw missing(
      `${where} has no field ${PULL_SECRET_FIELD}`,
      'a pull secret is of type kubernetes.io/dockerconfigjson; write secret:NAMESPACE/NAME#FIELD for one field',
    );
  const config = parseDockerConfig(text ?? legacy ?? '');
  if (config !== undefined) return config;
  const field = text === undefined ? LEGACY_PULL_SECRET_FIELD : PULL_SECRET_FIELD;
  throw failed(`${where} holds no Docker configuration in ${field}`);
}

async function readFields(
  secret: SecretName,
  { sources: { readSecret }, signal }: Pick<ReadingContext, 'sources' | 'signal'>,
): Promise<SecretFields> {
  const where = `the Secret ${secret.namespace}/${secret.name}`;
  if (readSecret === undefined) {
    throw missing(
      `the login is to come from ${where}, and there is no cluster to read it from`,
      'use env: or ext: instead, or run in a cluster',
    );
  }
  const found = await readSecret({ namespace: secret.namespace, name: secret.name }, signal);
  if (found === undefined) throw missing(`there is no ${where.slice('the '.length)}`);
  return found.fields;
}

const USER_FIRST = 'a token alone is half of it: put the user name and a colon in front';

function userPassword(text: string, what: string): UserPassword {
  const login = parseUserPassword(text);
  if (login === undefined)
    throw failed(`expected user:password in ${what}, found something else`, USER_FIRST);
  return login;
}

/** The login of an entry, which may be none. */
export function wellFormed({ key, login }: DockerConfigEntry, where: string): UserPassword {
  const expected = 'expected auth with user:password in base64, or username and password';
  if (login === 'malformed') throw failed(`the entry ${shownKey(key)} of ${where} is no login: ${expected}`);
  if (login === 'registry-token')
    throw failed(
      `the entry ${shownKey(key)} of ${where} has only a registrytoken, which is good for one image and ends soon: ${expected}, or identitytoken`,
    );
  return login;
}

function missing(message: string, hint?: string): LynceusError {
  return new LynceusError('credentials-missing', message, { hint });
}

function failed(message: string, hint?: string): LynceusError {
  return new LynceusError('credentials-failed', message, { hint });
}
