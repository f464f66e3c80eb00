import { createPrivateKey, randomUUID, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { SelfSigned } from './certificates.ts';

export interface TokenServerOptions {
  readonly username: string;
  readonly password: string;
  /** Whether nobody in particular may pull, as on a public registry; false unless said. */
  readonly anonymousPull?: boolean;
  /** Seconds that a token lasts; 300 unless said. */
  readonly expiresIn?: number;
}

export interface TokenServer {
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  readonly certificateFile: string;
  /** The scope of every token that was asked for, in order. */
  readonly asked: readonly string[];
  /** Every token that was given out. */
  readonly given: readonly string[];
  stop(): Promise<void>;
}

const SERVICE = 'a test registry';
const ISSUER = 'a test token server';

export interface TokenServerSetup {
  /** What tokens are signed with. */
  readonly signing: SelfSigned;
  /** Serves HTTPS with these. */
  readonly tls: { readonly key: Buffer; readonly cert: Buffer } | undefined;
}

/** Gives out signed tokens as the distribution project's token specification says. */
export async function startTokenServer(
  options: TokenServerOptions,
  { signing, tls }: TokenServerSetup,
): Promise<TokenServer> {
  const { key, certificate, certificateFile } = signing;
  const signer: Signer = {
    key: createPrivateKey(key),
    chain: [new X509Certificate(certificate).raw.toString('base64')],
  };
  const asked: string[] = [];
  const given: string[] = [];
  const listener: RequestListener = (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const scopes = url.searchParams.getAll('scope');
    asked.push(scopes.join(' '));
    const user = authenticate(request, options);
    if (user === 'wrong') return void response.writeHead(401).end('{"errors":[{"code":"UNAUTHORIZED"}]}');
    const expiresIn = options.expiresIn ?? 300;
    const token = signToken(signer, {
      access: scopes.flatMap((scope) => granted(scope, user, options)),
      expiresIn,
    });
    given.push(token);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ token, expires_in: expiresIn, issued_at: new Date().toISOString() }));
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    realm: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/token`,
    service: SERVICE,
    issuer: ISSUER,
    certificateFile,
    asked,
    given,
    stop: () => close(server),
  };
}

interface Signer {
  readonly key: KeyObject;
  readonly chain: readonly string[];
}

type User = 'known' | 'nobody' | 'wrong';

function authenticate(request: IncomingMessage, { username, password }: TokenServerOptions): User {
  const header = request.headers.authorization;
  if (header === undefined) return 'nobody';
  return header === `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` ? 'known' : 'wrong';
}

function granted(
  scope: string,
  user: User,
  { anonymousPull = false }: TokenServerOptions,
): readonly unknown[] {
  const [type, name, actions = ''] = scope.split(':');
  const allowed = actions
    .split(',')
    .filter((action) => user === 'known' || (anonymousPull && action === 'pull'));
  return allowed.length === 0 ? [] : [{ type, name, actions: allowed }];
}

function signToken(
  { key, chain }: Signer,
  { access, expiresIn }: { access: readonly unknown[]; expiresIn: number },
): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: ISSUER,
    aud: SERVICE,
    sub: '',
    iat: now,
    nbf: now - 5,
    exp: now + expiresIn,
    jti: randomUUID(),
    access,
  };
  const text = [{ typ: 'JWT', alg: 'ES256', x5c: chain }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${text}.${sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
