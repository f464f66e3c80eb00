import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, connect, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gitEnvironment } from './git-world.ts';

/** What a request is for: the list of branches before a fetch or push, or the fetch or push itself. */
export type GitRequestKind = 'refs for fetch' | 'refs for push' | 'upload-pack' | 'receive-pack';

/** What to do with a request instead of, or before, serving it. */
export type Fault =
  /** Closes the connection. */
  | { readonly do: 'drop' }
  /** Serves it, then closes the connection before anything is answered. */
  | { readonly do: 'serve and drop' }
  /** Accepts it and never answers, until the server stops. */
  | { readonly do: 'hang' }
  | { readonly do: 'answer'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** Runs first; then the request is served. */
  | { readonly do: 'call'; readonly call: () => void | Promise<void> };

export interface GitHttpServer {
  /** `http://127.0.0.1:<port>`; a remote is `${url}/<name under root>`. */
  readonly url: string;
  /** Requests that were let through so far. */
  readonly counts: Readonly<Record<GitRequestKind, number>>;
  /** Bytes of bodies that came and went, as they were on the wire. */
  readonly traffic: { readonly received: number; readonly sent: number };
  /** Every line of request and every header received, for looking for what must not be there. */
  readonly requests: readonly { readonly line: string; readonly authorization: string | undefined }[];
  /** The next request of this kind meets this fault, logged in or not; faults of one kind wait in a row. */
  inject(kind: GitRequestKind, fault: Fault): void;
  stop(): Promise<void>;
}

export interface GitHttpServerOptions {
  /** Folder that holds the bare repositories. */
  readonly root: string;
  /** Asks for this login. */
  readonly login?: { readonly username: string; readonly password: string };
  /** Runs before each request is served, which are counted from 1; what it returns is waited for. */
  readonly onRequest?: (number: number) => unknown;
  /** Lets clients leave out the content of files, as the large hosts do. */
  readonly filters?: boolean;
  /** Speaks the protocol of before 2018 only, which gives no object by its hash. */
  readonly oldProtocol?: boolean;
  /** Asks for a login that this takes. */
  readonly accepts?: (login: { readonly username: string; readonly password: string }) => boolean;
}

/** Real `git http-backend` behind node:http, with faults on demand. */
export async function startGitHttpServer({
  root,
  login,
  onRequest,
  accepts,
  filters = false,
  oldProtocol = false,
}: GitHttpServerOptions): Promise<GitHttpServer> {
  const traffic = { received: 0, sent: 0 };
  const counts = { 'refs for fetch': 0, 'refs for push': 0, 'upload-pack': 0, 'receive-pack': 0 };
  const faults = new Map<GitRequestKind, Fault[]>();
  const requests: { line: string; authorization: string | undefined }[] = [];
  const children = new Set<ChildProcess>();
  const server = createHttpServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { authorization } = request.headers;
    requests.push({ line: `${request.method} ${request.url}`, authorization });
    await onRequest?.(requests.length);
    const kind = kindOf(request);
    if (kind === undefined) {
      response.writeHead(404).end();
      return;
    }
    const fault = faults.get(kind)?.shift();
    if (fault?.do === 'hang') return;
    if (fault?.do === 'drop') {
      request.socket.destroy();
      return;
    }
    if (fault?.do === 'answer') {
      response.writeHead(fault.status, fault.headers).end();
      return;
    }
    if (fault?.do === 'call') await fault.call();
    const refused =
      accepts === undefined
        ? login !== undefined && authorization !== basic(login)
        : !accepts(loginOf(authorization));
    if (refused) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return;
    }
    counts[kind] += 1;
    request.on('data', (chunk: Buffer) => (traffic.received += chunk.length));
    serveGit({
      root,
      request,
      response,
      children,
      silent: fault?.do === 'serve and drop',
      protocol: oldProtocol ? '' : header(request, 'git-protocol'),
      config: filters ? { 'uploadpack.allowFilter': 'true' } : {},
      onSent: (bytes) => (traffic.sent += bytes),
    });
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    traffic,
    requests,
    inject(kind, fault) {
      faults.set(kind, [...(faults.get(kind) ?? []), fault]);
    },
    async stop() {
      for (const child of children) child.kill('SIGKILL');
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export interface GitSshServer {
  /** URL of a bare repository, given its absolute path. */
  urlOf(path: string): string;
  /** Holds the server's host key. */
  readonly knownHostsFile: string;
  /** Holds another host key for the same address. */
  readonly wrongKnownHostsFile: string;
  readonly privateKeyFile: string;
  /** A key that the server does not accept. */
  readonly strangerKeyFile: string;
  stop(): Promise<void>;
}

/** A real sshd on a loopback port, as the user who runs the tests. */
export async function startGitSshServer(): Promise<GitSshServer> {
  const folder = mkdtempSync(join(tmpdir(), 'lynceus-sshd-'));
  const hostKey = makeKey(folder, 'host');
  const userKey = makeKey(folder, 'user');
  const strangerKey = makeKey(folder, 'stranger');
  const port = await freePort();
  writeFileSync(join(folder, 'authorized_keys'), readFileSync(`${userKey}.pub`));
  writeFileSync(join(folder, 'sshd_config'), sshdConfig(folder, port));
  for (const [file, key] of [
    ['known_hosts', hostKey] as const,
    ['wrong_known_hosts', strangerKey] as const,
  ]) {
    const [type, publicKey] = readFileSync(`${key}.pub`, 'utf8').split(' ');
    writeFileSync(join(folder, file), `[127.0.0.1]:${port} ${type} ${publicKey}\n`);
  }
  // Where the daemon drops its privileges; a machine that never ran it lacks the folder.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
  const program = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/sbin/sshd'].find((path) => existsSync(path));
  if (program === undefined) throw new Error('sshd is needed: apt-get install openssh-server');
  const daemon = spawn(program, ['-D', '-e', '-f', join(folder, 'sshd_config')], { stdio: 'ignore' });
  await waitForPort(port, daemon);
  return {
    urlOf: (path) => `ssh://${userInfo().username}@127.0.0.1:${port}${path}`,
    knownHostsFile: join(folder, 'known_hosts'),
    wrongKnownHostsFile: join(folder, 'wrong_known_hosts'),
    privateKeyFile: userKey,
    strangerKeyFile: strangerKey,
    async stop() {
      const ended = once(daemon, 'exit');
      daemon.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function kindOf(request: IncomingMessage): GitRequestKind | undefined {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (url.pathname.endsWith('/info/refs')) {
    return url.searchParams.get('service') === 'git-receive-pack' ? 'refs for push' : 'refs for fetch';
  }
  if (url.pathname.endsWith('/git-upload-pack')) return 'upload-pack';
  if (url.pathname.endsWith('/git-receive-pack')) return 'receive-pack';
  return undefined;
}

interface Service {
  readonly root: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly children: Set<ChildProcess>;
  readonly silent: boolean;
  /** What the client says about versions of the protocol. */
  readonly protocol: string;
  /** Settings of the git that serves. */
  readonly config: Readonly<Record<string, string>>;
  readonly onSent: (bytes: number) => void;
}

/** CGI (RFC 3875): headers, an empty line, then the body. */
function serveGit(service: Service): void {
  const { root, request, response, children, silent } = service;
  const url = new URL(request.url ?? '/', 'http://localhost');
  const child = spawn(httpBackend(), [], {
    env: {
      ...gitEnvironment(),
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      ...configEnvironment(service.config),
      GIT_PROTOCOL: service.protocol,
      REMOTE_ADDR: '127.0.0.1',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  children.add(child);
  child.on('close', () => children.delete(child));
  // A client that leaves early breaks these pipes.
  child.stdin.on('error', () => undefined);
  request.on('error', () => undefined);
  request.pipe(child.stdin);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.on('close', () => {
    if (silent) request.socket.destroy();
    else answer(response, Buffer.concat(chunks), service.onSent);
  });
}

let backend: string | undefined;

/** Path of git's own program, as web servers start it: without another git in front of it. */
function httpBackend(): string {
  backend ??= join(spawnSync('git', ['--exec-path'], { encoding: 'utf8' }).stdout.trim(), 'git-http-backend');
  return backend;
}

function configEnvironment(config: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(config);
  const variables: Record<string, string> = { GIT_CONFIG_COUNT: String(entries.length) };
  for (const [index, [key, value]] of entries.entries()) {
    variables[`GIT_CONFIG_KEY_${index}`] = key;
    variables[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  return variables;
}

function answer(response: ServerResponse, output: Buffer, onSent: (bytes: number) => void): void {
  const end = output.indexOf('\r\n\r\n');
  const headers = output.subarray(0, Math.max(end, 0)).toString('latin1');
  let status = end === -1 ? 500 : 200;
  for (const line of headers.split('\r\n').filter((text) => text !== '')) {
    const colon = line.indexOf(':');
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1).trim()];
    if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
  const body = end === -1 ? Buffer.alloc(0) : output.subarray(end + 4);
  onSent(body.length);
  response.writeHead(status).end(body);
}

function loginOf(authorization = ''): { readonly username: string; readonly password: string } {
  const text = Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString();
  const colon = text.indexOf(':');
  return { username: text.slice(0, Math.max(0, colon)), password: text.slice(colon + 1) };
}

function basic({ username, password }: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === 'string' ? value : '';
}

function makeKey(folder: string, name: string): string {
  const path = join(folder, name);
  const { status, stderr } = spawnSync('ssh-keygen', [
    '-q',
    '-t',
    'ed25519',
    '-N',
    '',
    '-C',
    name,
    '-f',
    path,
  ]);
  if (status !== 0)
    throw new Error(`ssh-keygen ended with ${status}: ${stderr?.toString() ?? 'not installed'}`);
  return path;
}

function sshdConfig(folder: string, port: number): string {
  return [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(folder, 'host')}`,
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    `PidFile ${join(folder, 'sshd.pid')}`,
    'UsePAM no',
    'StrictModes no',
    'PasswordAuthentication no',
    'PermitRootLogin prohibit-password',
    'LogLevel ERROR',
    // A bash that sshd starts reads the .bashrc of whoever runs the tests, unless another shell is above it.
    'SetEnv SHLVL=1',
    '',
  ].join('\n');
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function waitForPort(port: number, daemon: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (daemon.exitCode !== null) throw new Error(`sshd ended at once with ${daemon.exitCode}`);
    if (await answers(port)) return;
    await delay(25);
  }
  throw new Error(`sshd does not answer on port ${port}`);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
