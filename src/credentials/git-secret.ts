import { isLoopback, type GitRemote } from '../core/git-remote.ts';
import { LynceusError } from '../errors.ts';
import type { GitLogin } from '../ports/git-logins.ts';
import type { SecretFields } from './kube-secrets.ts';
import { oneLine } from './one-line.ts';
import { parsePrivateKey } from './private-key.ts';

/** A Secret with a Git login, in the fields of Argo CD. */
export interface GitSecret {
  /** `the Secret argocd/github`, for messages. */
  readonly where: string;
  readonly fields: SecretFields;
}

/** Whom to trust at a remote; `undefined` means what the system trusts. */
export interface GitTrust {
  readonly caFile: string | undefined;
  readonly knownHostsFile: string | undefined;
}

/** What forges take as the user name of a token. */
export const TOKEN_USER = 'x-access-token';

/** Logins that Argo CD knows and Lynceus does not, by the fields that hold them. */
const UNSUPPORTED: readonly { readonly fields: readonly string[]; readonly what: string }[] = [
  { fields: ['githubAppID', 'githubAppInstallationID', 'githubAppPrivateKey'], what: 'a GitHub App' },
  { fields: ['gcpServiceAccountKey'], what: 'a Google service account' },
  { fields: ['bearerToken'], what: 'a bearer token' },
];

const CLIENT_CERTIFICATE = ['tlsClientCertData', 'tlsClientCertKey'];

/**
 * The login that a Secret holds for a remote: `username` and `password` for `https://`, `sshPrivateKey` for SSH.
 * `undefined` when it holds none at all, as that of a public repository does. Whatever the Secret says, host keys and
 * certificates are checked (`insecure`, `insecureIgnoreHostKey` and `forceHttpBasicAuth` mean nothing here).
 *
 * Throws `credentials-missing` for a login of another kind, `credentials-failed` for a malformed one; neither shows it.
 */
export function loginFromSecret(remote: GitRemote, secret: GitSecret, trust: GitTrust): GitLogin | undefined {
  return remote.transport === 'ssh' ? sshLogin(remote, secret, trust) : httpLogin(remote, secret, trust);
}

/** The same for a Secret that an Application names: it must hold a login, and that is never sent in clear. */
export function loginFromNamedSecret(remote: GitRemote, secret: GitSecret, trust: GitTrust): GitLogin {
  if (remote.transport === 'http' && !isLoopback(remote)) {
    throw new LynceusError(
      'credentials-failed',
      `the login of ${secret.where} is not sent to ${remote.label} over plain http`,
      { hint: 'use an https:// or SSH URL', retryable: false },
    );
  }
  const login = loginFromSecret(remote, secret, trust);
  if (login !== undefined) return login;
  const expected = remote.transport === 'ssh' ? 'sshPrivateKey' : 'username and password';
  throw missing(`${secret.where} has no login for ${remote.label}: expected the fields ${expected}`);
}

/** Whether a Secret holds a login of any kind. Counter-example: a `username` alone is part of one. */
export function holdsLogin(fields: SecretFields): boolean {
  const all = ['password', 'sshPrivateKey', ...UNSUPPORTED.flatMap((kind) => kind.fields)];
  return all.some((field) => isFilled(fields[field]));
}

function httpLogin(remote: GitRemote, secret: GitSecret, { caFile }: GitTrust): GitLogin | undefined {
  const { fields, where } = secret;
  const { username = '', password = '' } = fields;
  if (CLIENT_CERTIFICATE.some((field) => isFilled(fields[field])))
    throw unsupported(where, 'a TLS client certificate', CLIENT_CERTIFICATE[0] ?? '');
  if (isFilled(password)) {
    return {
      kind: 'basic',
      username: isFilled(username) ? oneLine(username, `username in ${where}`) : TOKEN_USER,
      password: oneLine(password, `password in ${where}`),
      caFile,
      ...proxyOf(secret),
    };
  }
  refuseUnsupported(secret);
  if (!isFilled(fields['sshPrivateKey'])) return undefined;
  throw missing(`${where} holds an SSH key, and ${remote.label} is an ${remote.transport}:// remote`);
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
  if (!isFilled(fields['password'])) return undefined;
  throw missing(`${where} holds a password, and ${remote.label} is an SSH remote: expected sshPrivateKey`);
}

function proxyOf({ fields, where }: GitSecret): { readonly proxy?: { url: string; except: string } } {
  const { proxy = '', noProxy = '' } = fields;
  if (!isFilled(proxy)) return {};
  const except = isFilled(noProxy) ? oneLine(noProxy, `noProxy in ${where}`) : '';
  return { proxy: { url: oneLine(proxy, `proxy in ${where}`), except } };
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
