import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig, type Cluster, type User } from '@kubernetes/client-node';
import { afterAll, expect, test } from 'vitest';
import { loginOf, withTokenFile } from '../../src/kube/kubeconfig-login.ts';

const folder = mkdtempSync(join(tmpdir(), 'lynceus-login-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const HTTPS: Cluster = { name: 'c', server: 'https://api.example', skipTLSVerify: false };
const HTTP: Cluster = { name: 'c', server: 'http://api.example', skipTLSVerify: true };
const USER: User = { name: 'u' };

/** Each is what the official client makes of it. */
const ROWS: readonly (readonly [string, Cluster, User])[] = [
  ['nothing at all', HTTPS, USER],
  ['a server without TLS', HTTP, USER],
  ['no check of the certificate', { ...HTTPS, skipTLSVerify: true }, USER],
  ['another name of the server', { ...HTTPS, tlsServerName: 'kubernetes' }, USER],
  ['an authority', { ...HTTPS, caData: base64('authority') }, USER],
  ['an authority in a file', { ...HTTPS, caFile: file('ca', 'authority in a file') }, USER],
  ['both', { ...HTTPS, caFile: file('ca-2', 'the file wins'), caData: base64('authority') }, USER],
  ['a client certificate', HTTPS, { ...USER, certData: base64('certificate'), keyData: base64('key') }],
  [
    'a client certificate in files',
    HTTPS,
    { ...USER, certFile: file('cert', 'certificate'), keyFile: file('key', 'key') },
  ],
  ['a token', HTTPS, { ...USER, token: 'a-token' }],
  ['a token in a file', HTTPS, withTokenFile(USER, file('token', 'token in a file'))],
  ['both tokens', HTTPS, withTokenFile({ ...USER, token: 'a-token' }, file('token-2', 'token in a file'))],
  ['a password', HTTPS, { ...USER, username: 'user', password: 'pass:word' }],
  ['a password over HTTP', HTTP, { ...USER, username: 'user', password: 'pass' }],
  ['somebody to act for', HTTPS, { ...USER, token: 'a-token', impersonateUser: 'somebody' }],
  ['a proxy', { ...HTTPS, proxyUrl: 'http://proxy.example:3128' }, { ...USER, token: 'a-token' }],
  ['a SOCKS proxy', { ...HTTPS, proxyUrl: 'socks5://proxy.example:1080' }, USER],
  [
    'a login of a cloud',
    HTTPS,
    { ...USER, authProvider: { name: 'gcp', config: { 'access-token': 'a', expiry: '2999-01-01' } } },
  ],
];

test.each(ROWS)('%s is the same as with the official client', async (_, cluster, user) => {
  const ours: RequestOptions = {};
  await (
    await loginOf(cluster, user)
  )(ours);
  const official = new KubeConfig();
  official.loadFromClusterAndUser(cluster, user);
  const theirs: RequestOptions = {};
  await official.applyToHTTPSOptions(theirs);

  expect(described(ours)).toEqual(described(theirs));
});

test('the authority counts for one who needs no login, too', async () => {
  const ours: RequestOptions = {};
  await (
    await loginOf({ ...HTTPS, caData: base64('authority') }, undefined)
  )(ours);

  expect(described(ours)).toMatchObject({ ca: 'authority', headers: {} });
});

test('a token is read again for each request', async () => {
  const path = file('exchanged', 'first');
  const login = await loginOf(HTTPS, withTokenFile(USER, path));
  const tokens: unknown[] = [];
  for (const token of ['first', 'second']) {
    writeFileSync(path, token);
    const options: RequestOptions = {};
    await login(options);
    tokens.push(described(options).headers['Authorization']);
  }

  expect(tokens).toEqual(['Bearer first', 'Bearer second']);
});

function described({ headers, auth, agent, ...options }: RequestOptions) {
  const { ca, cert, key, servername, rejectUnauthorized } = options;
  const text = (part: unknown): unknown => (Buffer.isBuffer(part) ? part.toString() : part);
  return {
    auth,
    headers: { ...(headers as Readonly<Record<string, unknown>> | undefined) },
    agent: agent?.constructor.name,
    ca: text(ca),
    cert: text(cert),
    key: text(key),
    servername,
    rejectUnauthorized,
  };
}
