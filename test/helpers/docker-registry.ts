import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import { createPrivateCa, createSelfSigned, issueCertificate } from './certificates.ts';
import { fetchBytes } from './fetch-bytes.ts';
import { findFreePort } from './free-port.ts';
import { startTokenServer, type TokenServer, type TokenServerOptions } from './token-server.ts';

export interface DockerRegistryOptions {
  /** Basic authentication: this one user may do everything, everybody else nothing. */
  readonly htpasswd?: { readonly username: string; readonly password: string };
  /** Bearer tokens from a token server of its own, as on Docker Hub and GHCR. */
  readonly token?: TokenServerOptions;
  /** HTTPS with a certificate of a private authority (see `ca`). */
  readonly tls?: boolean;
  /** HTTPS for those alone who show a certificate of the same authority (see `client`). */
  readonly clientCertificates?: boolean;
  /** Who is told of every push, pull and deletion. */
  readonly notifies?: { readonly url: string; readonly headers: Readonly<Record<string, readonly string[]>> };
}

export interface ClientFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface DockerRegistry {
  /** `127.0.0.1:<port>`, as in image names. */
  readonly host: string;
  readonly url: string;
  /** PEM of the private authority; `undefined` without TLS. */
  readonly ca: string | undefined;
  /** Set with `clientCertificates`. */
  readonly client: ClientFiles | undefined;
  /** Set with `token`. */
  readonly tokens: TokenServer | undefined;
  stop(): Promise<void>;
}

/** A real registry (Debian's `docker-registry`), empty, in memory, on a loopback port of its own. */
export async function startDockerRegistry(options: DockerRegistryOptions = {}): Promise<DockerRegistry> {
  const folder = mkdtempSync(join(tmpdir(), 'lynceus-registry-'));
  const demanding = options.clientCertificates === true;
  const ca = options.tls === true || demanding ? createPrivateCa(folder) : undefined;
  const client = demanding ? issueCertificate(folder, 'client') : undefined;
  const tokens =
    options.token === undefined ? undefined : await startTokens(folder, options.token, ca !== undefined);
  try {
    return await startOnFreePort({ folder, options, tokens, ca, client });
  } catch (error) {
    await tokens?.stop();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

interface Setup {
  readonly folder: string;
  readonly options: DockerRegistryOptions;
  readonly tokens: TokenServer | undefined;
  readonly ca: string | undefined;
  readonly client: ClientFiles | undefined;
}

function startTokens(folder: string, options: TokenServerOptions, tls: boolean): Promise<TokenServer> {
  const read = (name: string): Buffer => readFileSync(join(folder, name));
  const keys = tls ? { key: read('server.key'), cert: read('server.pem') } : undefined;
  return startTokenServer(options, { signing: createSelfSigned(folder), tls: keys });
}

async function startOnFreePort(setup: Setup): Promise<DockerRegistry> {
  const { folder, tokens, ca, client } = setup;
  for (let attempt = 1; ; attempt++) {
    const host = `127.0.0.1:${await findFreePort()}`;
    const url = `${ca === undefined ? 'http' : 'https'}://${host}`;
    const configFile = join(folder, 'config.yml');
    writeFileSync(configFile, stringify(registryConfig(setup, host)));
    const child = spawn('docker-registry', ['serve', configFile], { stdio: ['ignore', 'ignore', 'pipe'] });
    const killWithUs = (): void => void child.kill('SIGKILL');
    process.once('exit', killWithUs);
    child.once('exit', () => process.off('exit', killWithUs));
    const trouble = collectText(child);
    if (await isUp(url, setup, child)) {
      return { host, url, ca, client, tokens, stop: () => stop(child, tokens, folder) };
    }
    // Somebody else may have taken the port since it was found free.
    if (attempt === 3) throw new Error(`docker-registry did not start: ${trouble()}`);
  }
}

function registryConfig({ folder, options, tokens, ca, client }: Setup, host: string): unknown {
  const tls =
    ca === undefined
      ? {}
      : {
          tls: {
            certificate: join(folder, 'server.pem'),
            key: join(folder, 'server.key'),
            ...(client === undefined ? {} : { clientcas: [join(folder, 'authority.pem')] }),
          },
        };
  return {
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { inmemory: {}, delete: { enabled: true }, maintenance: { uploadpurging: { enabled: false } } },
    http: { addr: host, secret: 'only for tests', ...tls },
    ...authConfig(folder, options, tokens),
    ...(options.notifies === undefined
      ? {}
      : { notifications: { endpoints: [endpointOf(options.notifies)] } }),
  };
}

function endpointOf({ url, headers }: NonNullable<DockerRegistryOptions['notifies']>): unknown {
  return { name: 'sink', url, headers, timeout: '5s', threshold: 3, backoff: '100ms' };
}

function authConfig(
  folder: string,
  options: DockerRegistryOptions,
  tokens: TokenServer | undefined,
): Record<string, unknown> {
  if (options.htpasswd !== undefined) {
    const path = join(folder, 'htpasswd');
    const { username, password } = options.htpasswd;
    writeFileSync(
      path,
      execFileSync('htpasswd', ['-Bin', '-C', '4', username], {
        input: password,
        stdio: ['pipe', 'pipe', 'ignore'],
      }),
    );
    return { auth: { htpasswd: { realm: 'a test registry', path } } };
  }
  if (tokens === undefined) return {};
  const { realm, service, issuer, certificateFile } = tokens;
  return { auth: { token: { realm, service, issuer, rootcertbundle: certificateFile } } };
}

async function isUp(url: string, { ca, client }: Setup, child: ChildProcess): Promise<boolean> {
  const tls = { ...(ca === undefined ? {} : { ca }), ...(client === undefined ? {} : { client }) };
  for (let tries = 0; tries < 400 && child.exitCode === null; tries++) {
    const answer = await fetchBytes(`${url}/v2/`, tls).catch(() => undefined);
    if (answer !== undefined) return true;
    await delay(25);
  }
  child.kill('SIGKILL');
  return false;
}

function collectText(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-4096);
  });
  return () => text;
}

async function stop(child: ChildProcess, tokens: TokenServer | undefined, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }
  await tokens?.stop();
  rmSync(folder, { recursive: true, force: true });
}
