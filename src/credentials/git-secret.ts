import { hostnameOf, type GitRemote } from '../core/git/remote.ts';
import { LynceusError } from '../errors.ts';
import { isLoopbackHost } from '../http/loopback.ts';
import type { GitLogin, GitRoute } from '../ports/git-logins.ts';
import {
  describesApp,
  githubAppOf,
  githubAppTexts,
  gitHostOf,
  gitServerOf,
  SECRET_FIELDS,
  type GithubApp,
  type GithubAppNames,
  type GithubAppTexts,
} from './github-app/github-app.ts';
import type { SecretFields } from './kube-secrets.ts';
import { parsePrivateKey } from './private-key.ts';

/** A Secret with a Git login, in the fields of Argo CD. */
export interface GitSecret {
  /** `the Secret argocd/github`, for messages. */
  readonly where: string;
  readonly fields: SecretFields;
}

/** The host keys and certificate authorities to trust at a remote; `undefined` means those of the system. */
export interface GitTrust extends GitRoute {
  readonly knownHostsFile: string | undefined;
}

/** A login as it is written down: that of a GitHub App has yet to be turned into a token. */
export type FoundGitLogin =
  | GitLogin
  | (Omit<Extract<GitLogin, { kind: 'basic' }>, 'kind' | 'username' | 'password'> & {
      readonly kind: 'github-app';
      readonly app: GithubApp;
    });

/** What forges take as the user name of a token. */
export const TOKEN_USER = 'x-access-token';

export const GIT_HINT = 'see docs/git.md, "Logging in"';

/** Logins that Argo CD knows and Lynceus does not, by the fields that hold them. */
const UNSUPPORTED: readonly { readonly fields: readonly string[]; readonly what: string }[] = [
  { fields: ['gcpServiceAccountKey'], what: 'a Google service account' },
];

const GITHUB_APP = [SECRET_FIELDS.appId, SECRET_FIELDS.installationId, SECRET_FIELDS.privateKey];

/**
 * The login that a Secret holds for a remote: `username` and `password`, or else a GitHub App, for `https://`;
 * `sshPrivateKey` for SSH. `undefined` when it holds none at all, as that of a public repository does. Host keys and
 * certificates are always checked: `insecure`, `insecureIgnoreHostKey` and `forceHttpBasicAuth` have no effect.
 *
 * Throws `credentials-missing` for a login of another kind, `credentials-failed` for a malformed one; neither shows it.
 */
export function loginFromSecret(
  remote: GitRemote,
  secret: GitSecret,
  trust: GitTrust,
): FoundGitLogin | undefined {
  return remote.transport === 'ssh' ? sshLogin(remote, secret, trust) : httpLogin(remote, secret, trust);
}

/**
 * The same for a Secret that an Application names: it must hold a login, and that is never sent in clear. There a GitHub
 * App wins over a password, as in Argo CD Image Updater.
 */
export function loginFromNamedSecret(remote: GitRemote, secret: GitSecret, trust: GitTrust): FoundGitLogin {
  if (remote.transport === 'http' && !isLoopbackHost(remote.host)) {
    throw new LynceusError(
      'credentials-failed',
      `the login of ${secret.where} is not sent to ${remote.label} over plain http`,
      { hint: 'use an https:// or SSH URL', retryable: false },
    );
  }
  const { appId, privateKey } = githubAppTexts(secret.fields, SECRET_FIELDS);
  const isApp = remote.transport !== 'ssh' && appId !== undefined && privateKey !== undefined;
  const login = isApp ? appLogin(remote, secret, trust) : loginFromSecret(remote, secret, trust);
  if (login?.kind === 'github-app' && !isAtGithub(remote, login.app)) throw elsewhere(remote, login.app);
  if (login !== undefined) return login;
  const expected = remote.transport === 'ssh' ? 'sshPrivateKey' : 'username and password';
  throw missing(`${secret.where} has no login for ${remote.label}: expected the fields ${expected}`);
}

/** Whether a Secret holds a login of any kind. A `username` alone is none. */
export function holdsLogin(fields: SecretFields): boolean {
  const all = [
    'password',
    'bearerToken',
    'sshPrivateKey',
    ...GITHUB_APP,
    ...UNSUPPORTED.flatMap((kind) => kind.fields),
  ];
  return all.some((field) => isFilled(fields[field]));
}

function httpLogin(remote: GitRemote, secret: GitSecret, trust: GitTrust): FoundGitLogin | undefined {
  const { fields, where } = secret;
  const { username = '', password = '', bearerToken = '' } = fields;
  const route = routeOf(secret, trust);
  if (isFilled(password)) {
    return {
      kind: 'basic',
      username: isFilled(username) ? secretLine(username, `username in ${where}`) : TOKEN_USER,
      password: secretLine(password, `password in ${where}`),
      ...route,
    };
  }
  if (isFilled(bearerToken))
    return { kind: 'bearer', token: secretLine(bearerToken, `bearerToken in ${where}`), ...route };
  const app = appLogin(remote, secret, trust);
  if (app !== undefined) return app;
  refuseUnsupported(secret);
  if (!isFilled(fields['sshPrivateKey']))
    return route.client === undefined ? undefined : { kind: 'none', ...route };
  throw missing(`${where} holds an SSH key, and ${remote.label} is an ${remote.transport}:// remote`);
}

function appLogin(
  remote: GitRemote,
  secret: GitSecret,
  trust: GitTrust,
): Extract<FoundGitLogin, { kind: 'github-app' }> | undefined {
  const texts = githubAppTexts(secret.fields, SECRET_FIELDS);
  if (!describesApp(texts)) return undefined;
  const place = { names: SECRET_FIELDS, where: secret.where, route: routeOf(secret, trust) };
  return loginOfApp(remote, texts, place);
}

export interface GithubAppSource {
  readonly names: GithubAppNames;
  readonly where: string;
  readonly route: GitRoute;
}

/** The login of the App that the texts describe. A token of one GitHub is not shown to another host. */
export function loginOfApp(
  remote: GitRemote,
  texts: GithubAppTexts,
  source: GithubAppSource,
): Extract<FoundGitLogin, { kind: 'github-app' }> {
  const app = githubAppOf(texts, source);
  if (hostnameOf(remote) === gitHostOf(app)) return { kind: 'github-app', app, ...source.route };
  throw elsewhere(remote, app);
}

/** Whether a remote is on the server of an App, by its port too. */
export function isAtGithub({ transport, host }: GitRemote, app: GithubApp): boolean {
  return `${transport}://${host}` === gitServerOf(app);
}

function elsewhere({ label }: GitRemote, app: GithubApp): LynceusError {
  return new LynceusError(
    'credentials-failed',
    `the GitHub App of ${app.where} is one of ${gitHostOf(app)}, and ${label} is elsewhere`,
    { hint: 'for GitHub Enterprise Server give the base URL of its API', retryable: false },
  );
}

function sshLogin(remote: GitRemote, secret: GitSecret, { knownHostsFile }: GitTrust): GitLogin | undefined {
  const { fields, where } = secret;
  const { sshPrivateKey = '' } = fields;
  if (isFilled(sshPrivateKey))
    return {
      kind: 'ssh-key',
      privateKey: parsePrivateKey(sshPrivateKey, `the field sshPrivateKey of ${where}`),
      knownHostsFile,
    };
  refuseUnsupported(secret);
  if (describesApp(githubAppTexts(fields, SECRET_FIELDS)))
    throw missing(
      `${where} holds a GitHub App, and ${remote.label} is an SSH remote: expected sshPrivateKey`,
    );
  if (!isFilled(fields['password'])) return undefined;
  throw missing(`${where} holds a password, and ${remote.label} is an SSH remote: expected sshPrivateKey`);
}

/** The route of the Secret goes before that of the configuration. */
function routeOf(secret: GitSecret, { caFile, proxy, client }: GitTrust): GitRoute {
  return {
    caFile,
    ...(proxy === undefined ? {} : { proxy }),
    ...(client === undefined ? {} : { client }),
    ...proxyOf(secret),
    ...clientOf(secret),
  };
}

const CERTIFICATE = /^-----BEGIN CERTIFICATE-----\n[^]*-----END CERTIFICATE-----$/;

function clientOf({ fields, where }: GitSecret): Pick<GitRoute, 'client'> {
  const { tlsClientCertData = '', tlsClientCertKey = '' } = fields;
  if (!isFilled(tlsClientCertData) && !isFilled(tlsClientCertKey)) return {};
  const certificate = tlsClientCertData.replaceAll('\r', '').trim();
  if (!CERTIFICATE.test(certificate)) {
    throw new LynceusError(
      'credentials-failed',
      `expected a certificate in PEM in the field tlsClientCertData of ${where}, found something else`,
      { hint: 'it needs both tlsClientCertData and tlsClientCertKey', retryable: false },
    );
  }
  const key = parsePrivateKey(tlsClientCertKey, `the field tlsClientCertKey of ${where}`);
  return { client: { kind: 'text', certificate: `${certificate}\n`, key } };
}

function proxyOf({ fields, where }: GitSecret): { readonly proxy?: { url: string; except: string } } {
  const { proxy = '', noProxy = '' } = fields;
  if (!isFilled(proxy)) return {};
  const except = isFilled(noProxy) ? secretLine(noProxy, `noProxy in ${where}`) : '';
  return { proxy: { url: secretLine(proxy, `proxy in ${where}`), except } };
}

function refuseUnsupported({ fields, where }: GitSecret): void {
  for (const kind of UNSUPPORTED) {
    const field = kind.fields.find((name) => isFilled(fields[name]));
    if (field !== undefined) throw unsupported(where, kind.what, field);
  }
}

function isFilled(text: string | undefined): boolean {
  return text !== undefined && text.trim() !== '';
}

function unsupported(where: string, what: string, field: string): LynceusError {
  return missing(`${where} holds the login of ${what} (${field}), which is not supported yet`);
}

function missing(message: string): LynceusError {
  return new LynceusError('credentials-missing', message, { hint: 'see docs/secrets.md' });
}

/**
 * A user name or password as git takes it. A secret that was made with an editor ends with a line break that is no part
 * of it. Throws `credentials-failed` for nothing and for control characters, without the text.
 */
export function secretLine(text: string, what: string): string {
  const line = text.replace(/\r?\n$/, '');
  // oxlint-disable-next-line no-control-regex -- git asks for one line
  if (line !== '' && !/[\u0000-\u001f\u007f]/.test(line)) return line;
  throw new LynceusError('credentials-failed', `the ${what} is empty or holds a line break`, {
    hint: GIT_HINT,
    retryable: false,
  });
}
