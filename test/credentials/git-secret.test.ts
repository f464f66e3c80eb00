import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { loginFromNamedSecret, loginFromSecret } from '../../src/credentials/git-secret.ts';
import { parsePrivateKey } from '../../src/credentials/private-key.ts';
import { parseGitRemote } from '../../src/core/git/remote.ts';
import { caught } from '../helpers/thrown.ts';

const HTTPS = 'https://git.example/acme/deploy.git';
const SSH = 'git@git.example:acme/deploy.git';
const TRUST = { caFile: '/ca.pem', knownHostsFile: '/known_hosts' };

/** The form of a key; what is in it does not matter here. */
const KEY = '-----BEGIN OPENSSH PRIVATE KEY-----\ns3cretAAAA\nBBBB==\n-----END OPENSSH PRIVATE KEY-----\n';

type Fields = Readonly<Record<string, string>>;

function secret(fields: Fields) {
  return { where: 'the Secret shop/git', fields };
}

function basic(username: string, password: string, more: object = {}) {
  return { kind: 'basic', username, password, caFile: '/ca.pem', ...more };
}

const APP: Fields = {
  githubAppID: '1',
  githubAppInstallationID: '2',
  githubAppPrivateKey: 'key',
  githubAppEnterpriseBaseUrl: 'https://git.example/api/v3',
};

function appLogin({ githubAppInstallationID, proxy }: { githubAppInstallationID?: string; proxy?: object }) {
  const route = { caFile: '/ca.pem', ...(proxy === undefined ? {} : { proxy }) };
  const app = {
    appId: '1',
    installationId: githubAppInstallationID,
    privateKey: 'key',
    apiUrl: 'https://git.example/api/v3',
    where: 'the Secret shop/git',
    route,
  };
  return { kind: 'github-app', app, caFile: '/ca.pem' };
}

/** The head of an encrypted key: its magic, and the name of the cipher behind its length. */
const LOCKED = `-----BEGIN OPENSSH PRIVATE KEY-----\n${Buffer.from('openssh-key-v1\0\0\0\0\naes256-ctr').toString('base64')}\n-----END OPENSSH PRIVATE KEY-----`;
const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
const CLIENT_FIELDS = { tlsClientCertData: CERTIFICATE.trim(), tlsClientCertKey: KEY };
const CLIENT = { kind: 'text', certificate: CERTIFICATE, key: KEY };
const SSH_LOGIN = { kind: 'ssh-key', privateKey: KEY, knownHostsFile: '/known_hosts' };

// prettier-ignore
const LOGINS: readonly (readonly [what: string, url: string, fields: Fields, login: unknown])[] = [
  ['user name and password', HTTPS, { username: 'u', password: 'p' }, basic('u', 'p')],
  ['line breaks at the end', HTTPS, { username: 'u\n', password: 'p\r\n' }, basic('u', 'p')],
  ['a password alone', HTTPS, { password: 'p' }, basic('x-access-token', 'p')],
  ['a password and a key', HTTPS, { password: 'p', sshPrivateKey: KEY }, basic('x-access-token', 'p')],
  ['a password and a GitHub App', HTTPS, { password: 'p', githubAppID: '1' }, basic('x-access-token', 'p')],
  ['a GitHub App', HTTPS, APP, appLogin({ githubAppInstallationID: '2' })],
  ['a GitHub App without an installation', HTTPS, { ...APP, githubAppInstallationID: '' }, appLogin({})],
  ['a GitHub App and a proxy', HTTPS, { ...APP, proxy: 'http://proxy:3128' }, { ...appLogin({ githubAppInstallationID: '2', proxy: { url: 'http://proxy:3128', except: '' } }), proxy: { url: 'http://proxy:3128', except: '' } }],
  ['a bearer token', HTTPS, { bearerToken: 't\n', sshPrivateKey: KEY }, { kind: 'bearer', token: 't', caFile: '/ca.pem' }],
  ['a password and a bearer token', HTTPS, { password: 'p', bearerToken: 't' }, basic('x-access-token', 'p')],
  ['a client certificate beside a password', HTTPS, { password: 'p', ...CLIENT_FIELDS }, basic('x-access-token', 'p', { client: CLIENT })],
  ['a client certificate alone', HTTPS, CLIENT_FIELDS, { kind: 'none', caFile: '/ca.pem', client: CLIENT }],
  ['a proxy', HTTPS, { password: 'p', proxy: 'http://u:p@proxy:3128', noProxy: 'a,b' }, basic('x-access-token', 'p', { proxy: { url: 'http://u:p@proxy:3128', except: 'a,b' } })],
  ['switches that turn checks off', HTTPS, { password: 'p', insecure: 'true', insecureIgnoreHostKey: 'true', forceHttpBasicAuth: 'true' }, basic('x-access-token', 'p')],
  ['a password for plain http that the administrator named', 'http://git.example/x', { password: 'p' }, basic('x-access-token', 'p')],
  ['a key', SSH, { sshPrivateKey: KEY }, SSH_LOGIN],
  ['a key and a password', SSH, { sshPrivateKey: KEY, password: 'p' }, SSH_LOGIN],
  ['a key and switches that turn checks off', SSH, { sshPrivateKey: KEY, insecure: 'true', insecureIgnoreHostKey: 'true' }, SSH_LOGIN],
  ['a key with the line ends of another system, and none at its end', SSH, { sshPrivateKey: `\n${KEY.trim().replaceAll('\n', '\r\n')}` }, SSH_LOGIN],
  ['nothing', HTTPS, { url: HTTPS }, undefined],
  ['blanks', HTTPS, { username: '', password: ' \n', sshPrivateKey: '' }, undefined],
  ['a user name alone', HTTPS, { username: 'u' }, undefined],
  ['nothing for SSH', SSH, { url: SSH }, undefined],
];

// prettier-ignore
const FAULTS: readonly (readonly [what: string, url: string, fields: Fields, code: string, says: string])[] = [
  ['a GitHub App without its key', HTTPS, { githubAppID: '1', githubAppInstallationID: '2' }, 'credentials-missing', 'the Secret shop/git describes a GitHub App without githubAppPrivateKey'],
  ['a key of a GitHub App alone', HTTPS, { githubAppPrivateKey: 's3cret' }, 'credentials-missing', 'the Secret shop/git describes a GitHub App without githubAppID'],
  ['a GitHub App of github.com', HTTPS, { githubAppID: '1', githubAppPrivateKey: 's3cret' }, 'credentials-failed', 'the GitHub App of the Secret shop/git is one of github.com, and git.example/acme/deploy is elsewhere'],
  ['a GitHub App of another server', HTTPS, { githubAppID: '1', githubAppPrivateKey: 's3cret', githubAppEnterpriseBaseUrl: 'https://github.example/api/v3' }, 'credentials-failed', 'is one of github.example, and'],
  ['a Google service account', HTTPS, { gcpServiceAccountKey: 's3cret' }, 'credentials-missing', 'gcpServiceAccountKey'],
  ['a client certificate that is none', HTTPS, { password: 's3cret', tlsClientCertData: 's3cret', tlsClientCertKey: 's3cret' }, 'credentials-failed', 'expected a certificate in PEM in the field tlsClientCertData'],
  ['a client certificate without its key', HTTPS, { tlsClientCertData: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' }, 'credentials-failed', 'expected a private key in the field tlsClientCertKey'],
  ['a GitHub App for SSH', SSH, { githubAppPrivateKey: 's3cret' }, 'credentials-missing', 'holds a GitHub App, and git.example/acme/deploy is an SSH remote: expected sshPrivateKey'],
  ['a key for https', HTTPS, { sshPrivateKey: KEY }, 'credentials-missing', 'holds an SSH key, and git.example/acme/deploy is an https:// remote'],
  ['a password for SSH', SSH, { password: 's3cret' }, 'credentials-missing', 'holds a password, and git.example/acme/deploy is an SSH remote: expected sshPrivateKey'],
  ['a password of two lines', HTTPS, { password: 's3cret\nx' }, 'credentials-failed', 'the password in the Secret shop/git is empty or holds a line break'],
  ['a user name with a control character', HTTPS, { username: 'a\u0000', password: 's3cret' }, 'credentials-failed', 'the username in the Secret shop/git'],
  ['a proxy of two lines', HTTPS, { password: 'p', proxy: 'http://s3cret\nx' }, 'credentials-failed', 'the proxy in the Secret shop/git'],
  ['a key that is none', SSH, { sshPrivateKey: 's3cret' }, 'credentials-failed', 'expected a private key in the field sshPrivateKey of the Secret shop/git, found something else'],
  ['a key in base64 twice', SSH, { sshPrivateKey: Buffer.from(KEY).toString('base64') }, 'credentials-failed', 'found something else'],
  ['a key of OpenSSH with a passphrase', SSH, { sshPrivateKey: LOCKED }, 'credentials-failed', 'the private key in the field sshPrivateKey of the Secret shop/git has a passphrase'],
  ['a public key', SSH, { sshPrivateKey: 'ssh-ed25519 AAAAs3cret me' }, 'credentials-failed', 'found something else'],
  ['half a key', SSH, { sshPrivateKey: KEY.slice(0, -20) }, 'credentials-failed', 'found something else'],
  ['a key on one line', SSH, { sshPrivateKey: KEY.replaceAll('\n', ' ') }, 'credentials-failed', 'found something else'],
  ['a key with a command behind it', SSH, { sshPrivateKey: `${KEY}s3cret` }, 'credentials-failed', 'found something else'],
];

describe('a Secret with a Git login', () => {
  test.each(LOGINS)('with %s for %s', (_what, url, fields, login) => {
    expect(loginFromSecret(parseGitRemote(url), secret(fields), TRUST)).toEqual(login);
  });

  test.each(FAULTS)('with %s for %s is an error that does not show it', (_what, url, fields, code, says) => {
    const error = caught(() => loginFromSecret(parseGitRemote(url), secret(fields), TRUST));
    expect(error).toMatchObject({ code, message: expect.stringContaining(says) as string });
    expect(`${error.line} ${error.stack} ${JSON.stringify(error)}`).not.toContain('s3cret');
  });
});

describe('a Secret that an Application names', () => {
  test.each([
    [HTTPS, { username: 'u' }, 'credentials-missing', 'expected the fields username and password'],
    [SSH, { url: SSH }, 'credentials-missing', 'expected the fields sshPrivateKey'],
    [
      'http://git.example/x',
      { password: 's3cret' },
      'credentials-failed',
      'is not sent to git.example/x over plain http',
    ],
  ])('must hold a login for %s', (url, fields, code, says) => {
    const error = caught(() => loginFromNamedSecret(parseGitRemote(url), secret(fields), TRUST));
    expect(error).toMatchObject({ code, message: expect.stringContaining(says) as string });
    expect(error.line).not.toContain('s3cret');
  });

  test('may hold a GitHub App beside a password: there the App wins', () => {
    const remote = parseGitRemote(HTTPS);
    const both = secret({ ...APP, password: 'p' });
    expect(loginFromNamedSecret(remote, both, TRUST)).toMatchObject({ kind: 'github-app' });
    expect(loginFromSecret(remote, both, TRUST)).toMatchObject({ kind: 'basic', password: 'p' });
    const part = secret({ githubAppID: '1', password: 'p' });
    expect(loginFromNamedSecret(remote, part, TRUST)).toMatchObject({ kind: 'basic', password: 'p' });
  });

  test('may hold one for plain http to this machine', () => {
    const remote = parseGitRemote('http://127.0.0.1:3000/x');
    expect(loginFromNamedSecret(remote, secret({ password: 'p' }), TRUST)).toMatchObject({ password: 'p' });
  });
});

describe('a private key', () => {
  test.each([
    ['pkcs1', undefined],
    ['pkcs8', undefined],
    ['pkcs8', 'aes-256-cbc'],
    ['pkcs1', 'aes-256-cbc'],
  ] as const)('in the form %s, encrypted with %s', (type, cipher) => {
    const encrypted = cipher === undefined ? {} : { cipher, passphrase: 'x' };
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 1024,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type, format: 'pem', ...encrypted },
    });
    if (cipher === undefined) expect(parsePrivateKey(privateKey, 'x')).toBe(privateKey);
    else expect(caught(() => parsePrivateKey(privateKey, 'x')).message).toContain('has a passphrase');
  });
});
