/**
 * An API server for tests: the part of the Kubernetes API that clients of ours can see, over real HTTP on a loopback
 * port of its own. One version rises over all resources, lists are paged from one state of things, watches are chunked
 * and resume from a version, writers are refused when they come too late, and errors are `Status` objects with the
 * sentences of the real server. Any resource exists, unless it is named in `missing`.
 *
 * What it leaves out: schemas, defaults, admission, strategic merge and server-side apply, subresources but the status of
 * `ImageUpdater`s, finalizers, discovery of anything but custom resources.
 *
 * It begins with the AppProject `default` in `argocd`, as Argo CD does. A test puts objects with `objects`, breaks things with `inject`, `watches` and `down`, and reads what was asked in
 * `requests` and `verbs()`. Nothing happens by itself: bookmarks, ends and expiries come when the test says so (and
 * when a watch's own `timeoutSeconds` is over).
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ANALYSIS_RUNS,
  APP_PROJECTS,
  APPLICATIONS,
  IMAGE_UPDATERS,
  ROLLOUTS,
  type KubeObject,
} from '../../../src/kube/kube-client.ts';
import { createPrivateCa } from '../certificates.ts';
import { carryOut, type Continuations } from './carry-out.ts';
import { createFaults, matches, type Fault, type InjectedFault, type RequestMatch } from './faults.ts';
import { createObjectStore, type ResourceName } from './object-store.ts';
import { readBody, readDiscovery, readRequest, ruleName, type KubeRequest } from './request.ts';
import { answerReview, type People } from './reviews.ts';
import { isAllowed, type KubeRule } from './rules.ts';
import { readSelectors } from './selectors.ts';
import { forbidden, StatusError, unauthorized } from './status.ts';
import { breakConnection, createWatchStreams, type WatchStreams } from './watch-streams.ts';

export interface KubeStandInOptions {
  /** The bearer token that is asked for; `''` asks for none. */
  readonly token?: string;
  /** Who the token is, in the sentences of a refusal. */
  readonly user?: string;
  /** What the token may do; everything unless said. */
  readonly rules?: readonly KubeRule[];
  /** Resources that are not there, as `group/plural`: a custom resource that was not installed. */
  readonly missing?: readonly string[];
  /** HTTPS with a certificate of a private authority. */
  readonly tls?: boolean;
  /** Who other tokens are, for reviews of tokens. Reviews of access allow what `mayGet` names. */
  readonly people?: People;
}

export interface KubeStandIn {
  readonly url: string;
  /** PEM of the private authority; `undefined` without TLS. */
  readonly ca: string | undefined;
  /** Writes a kubeconfig with the token of now, and answers its path. */
  kubeconfig(path: string, options?: { readonly namespace?: string }): string;
  /**
   * Writes what a pod finds of its service account into `folder` (token, ca.crt, namespace), and answers what it finds
   * in its environment. Needs `tls`.
   */
  serviceAccount(folder: string, namespace?: string): Readonly<Record<string, string>>;
  /** From now on only this token is taken. Files that hold the old one stay as they are. */
  rotateToken(token: string): void;
  /** From now on only this is allowed, everything with `undefined`. */
  setRules(rules: readonly KubeRule[] | undefined): void;
  /** From now on these resources are not there. Their objects and watches stay until the test ends them. */
  setMissing(missing: readonly string[]): void;
  readonly objects: {
    /** Creates or replaces, without asking for a version or a right. Answers what is stored. */
    put(resource: ResourceName, object: KubeObject): KubeObject;
    get(resource: ResourceName, namespace: string, name: string): KubeObject | undefined;
    delete(resource: ResourceName, namespace: string, name: string): void;
    list(resource: ResourceName, namespace?: string): readonly KubeObject[];
  };
  /** Every request so far, refused ones included. */
  readonly requests: readonly KubeRequest[];
  /** How many connections were made so far. */
  readonly connections: number;
  /** `list argoproj.io/applications`, `get secrets`. */
  verbs(): ReadonlySet<string>;
  /** Resolves at the `times`-th request that matches, counted from the beginning. */
  seen(match: RequestMatch, times?: number): Promise<KubeRequest>;
  inject(fault: InjectedFault): void;
  /** Forgets faults that were not used up. */
  clearFaults(): void;
  readonly watches: Omit<WatchStreams, 'serve'>;
  /** Forgets old versions: lists that are under way and watches that resume get 410. */
  compact(): void;
  /** Closes the port and every connection. */
  down(): Promise<void>;
  /** Opens the same port again, with the same objects. */
  up(): Promise<void>;
  stop(): Promise<void>;
}

/** As Argo CD makes it by itself. */
const DEFAULT_APP_PROJECT = anAppProject('default');

/** An AppProject of Argo CD's namespace that allows every remote. */
export function anAppProject(
  name: string,
  spec: { readonly sourceRepos?: readonly string[]; readonly sourceNamespaces?: readonly string[] } = {},
): KubeObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name, namespace: 'argocd' },
    spec: { sourceRepos: ['*'], destinations: [{ server: '*', namespace: '*' }], ...spec },
  };
}

const DEFAULT_TOKEN = 'token-of-the-stand-in';
const DEFAULT_USER = 'system:serviceaccount:argocd:lynceus';

export async function startKubeStandIn(options: KubeStandInOptions = {}): Promise<KubeStandIn> {
  const store = createObjectStore();
  store.put(APP_PROJECTS, DEFAULT_APP_PROJECT);
  const streams = createWatchStreams(store);
  const faults = createFaults();
  const continuations: Continuations = new Map();
  const requests: KubeRequest[] = [];
  const waiting = new Set<() => void>();
  let missing = new Set(options.missing);
  const user = options.user ?? DEFAULT_USER;
  const scheme = options.tls === true ? 'https' : 'http';
  let token = options.token ?? DEFAULT_TOKEN;
  let rules = options.rules;

  async function answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const discovery = readDiscovery(message);
    if (discovery !== undefined) return sendDiscovery(response, discovery, missing);
    const request = readRequest(message);
    if (request === undefined) return sendText(response, 404, '404 page not found\n');
    const fault = record(request);
    const body = await readBody(message);
    if (fault !== undefined && (await applyFault(fault, response))) return;
    if (token !== '' && message.headers.authorization !== `Bearer ${token}`) throw unauthorized();
    if (rules !== undefined && !isAllowed(request, rules))
      throw forbidden(user, {
        ...request,
        resource: { group: request.group, plural: ruleName(request) },
      });
    if (missing.has(`${request.group}/${request.resource}`))
      return sendText(response, 404, '404 page not found\n');
    const review = answerReview(request, body, options.people ?? {});
    if (review !== undefined) return sendJson(response, 201, JSON.stringify(review));
    if (request.verb === 'watch') {
      const { query } = request;
      const selects = readSelectors(query.get('labelSelector') ?? '', query.get('fieldSelector') ?? '');
      return streams.serve(request, response, selects);
    }
    const done = carryOut({ request, store, continuations, body });
    const text = JSON.stringify(done.body);
    if (fault?.kind === 'drop-midway') return sendHalf(response, text);
    sendJson(response, done.status, text);
  }

  function record(request: KubeRequest): Fault | undefined {
    requests.push(request);
    for (const check of waiting) check();
    return faults.take(request);
  }

  const gate = await openGate(options.tls === true, (message, response) => {
    answer(message, response).catch((error: unknown) => sendError(response, error));
  });
  const url = `${scheme}://127.0.0.1:${gate.port}`;

  return {
    url,
    ca: gate.ca,
    kubeconfig(path, { namespace } = {}) {
      writeFileSync(path, JSON.stringify(kubeconfigOf({ url, ca: gate.ca, token, namespace })));
      return path;
    },
    serviceAccount(folder, namespace = 'argocd') {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'token'), token);
      writeFileSync(join(folder, 'ca.crt'), gate.ca ?? '');
      writeFileSync(join(folder, 'namespace'), namespace);
      return { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(gate.port) };
    },
    rotateToken(next) {
      token = next;
    },
    setRules(next) {
      rules = next;
    },
    setMissing(next) {
      missing = new Set(next);
    },
    objects: {
      put: (resource, object) => store.put(resource, object),
      get: (resource, namespace, name) => store.get(resource, namespace, name),
      delete: (resource, namespace, name) => void store.delete(resource, namespace, name),
      list: (resource, namespace) => store.list(resource, namespace),
    },
    requests,
    get connections() {
      return gate.connections;
    },
    verbs: () =>
      new Set(
        requests.map(
          (request) =>
            `${request.verb} ${request.group === '' ? '' : `${request.group}/`}${ruleName(request)}`,
        ),
      ),
    seen: (match, times = 1) =>
      new Promise((resolve) => {
        const check = (): void => {
          const found = requests.filter((request) => matches(request, match))[times - 1];
          if (found === undefined) return;
          waiting.delete(check);
          resolve(found);
        };
        waiting.add(check);
        check();
      }),
    inject: (fault) => faults.inject(fault),
    clearFaults: () => faults.clear(),
    watches: streams,
    compact() {
      store.compact();
      continuations.clear();
    },
    down: () => gate.close(),
    up: () => gate.open(),
    async stop() {
      await gate.close();
      gate.clean();
    },
  };
}

/** Answers whether that was all. */
async function applyFault(fault: Fault, response: ServerResponse): Promise<boolean> {
  switch (fault.kind) {
    case 'status': {
      const headers = fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter };
      if (fault.body === undefined)
        throw new StatusError(fault.status, 'InternalError', 'injected', { headers });
      sendText(response, fault.status, fault.body);
      return true;
    }
    case 'answer':
      response.writeHead(200, { 'content-type': fault.contentType ?? 'application/json' }).end(fault.body);
      return true;
    case 'drop':
      breakConnection(response);
      return true;
    case 'hold':
      await fault.until;
      return false;
    case 'before':
      fault.run();
      return false;
    case 'drop-midway':
      return false;
  }
}

function sendJson(response: ServerResponse, status: number, text: string): void {
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    .end(text);
}

/** The custom resources that there are. */
function sendDiscovery(
  response: ServerResponse,
  { group, version }: { readonly group: string; readonly version: string },
  missing: ReadonlySet<string>,
): void {
  const names = [APPLICATIONS, APP_PROJECTS, IMAGE_UPDATERS, ROLLOUTS, ANALYSIS_RUNS]
    .filter((one) => one.group === group && !missing.has(`${group}/${one.plural}`))
    .map(({ plural }) => plural);
  if (names.length === 0) return sendText(response, 404, '404 page not found\n');
  const resources = names.map((name) => ({ name, namespaced: true, verbs: ['list', 'watch'] }));
  const list = { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: `${group}/${version}`, resources };
  sendJson(response, 200, JSON.stringify(list));
}

function sendHalf(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.write(text.slice(0, text.length / 2), () => response.socket?.destroy());
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
}

function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  const status =
    error instanceof StatusError
      ? error
      : new StatusError(500, 'InternalError', error instanceof Error ? error.message : 'unknown');
  for (const [name, value] of Object.entries(status.headers)) response.setHeader(name, value);
  sendJson(response, status.status, JSON.stringify(status.body));
}

interface Gate {
  readonly port: number;
  readonly ca: string | undefined;
  readonly connections: number;
  open(): Promise<void>;
  close(): Promise<void>;
  /** Removes its files. */
  clean(): void;
}

/** A port that can be closed and opened again. */
async function openGate(
  tls: boolean,
  handle: (message: IncomingMessage, response: ServerResponse) => void,
): Promise<Gate> {
  const folder = tls ? mkdtempSync(join(tmpdir(), 'lynceus-kube-')) : undefined;
  const ca = folder === undefined ? undefined : createPrivateCa(folder);
  const keys =
    folder === undefined
      ? undefined
      : { key: readFileSync(join(folder, 'server.key')), cert: readFileSync(join(folder, 'server.pem')) };
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  let port = 0;
  let connections = 0;

  async function open(): Promise<void> {
    const made: Server = keys === undefined ? createHttpServer(handle) : createHttpsServer(keys, handle);
    made.on('connection', (socket: Socket) => {
      connections += 1;
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      made.once('error', reject);
      made.listen(port, '127.0.0.1', resolve);
    });
    server = made;
    port = (made.address() as AddressInfo).port;
  }

  await open();
  return {
    get port() {
      return port;
    },
    ca,
    get connections() {
      return connections;
    },
    open,
    async close() {
      const closing = server;
      server = undefined;
      if (closing === undefined) return;
      const closed = new Promise((resolve) => closing.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    clean() {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Kubeconfig {
  readonly url: string;
  readonly ca: string | undefined;
  readonly token: string;
  readonly namespace: string | undefined;
}

/** JSON is YAML as well. */
function kubeconfigOf({ url, ca, token, namespace }: Kubeconfig): unknown {
  const trust =
    ca === undefined
      ? { 'insecure-skip-tls-verify': true }
      : { 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'stand-in', cluster: { server: url, ...trust } }],
    users: [{ name: 'stand-in', user: token === '' ? {} : { token } }],
    contexts: [
      {
        name: 'stand-in',
        context: { cluster: 'stand-in', user: 'stand-in', ...(namespace === undefined ? {} : { namespace }) },
      },
    ],
    'current-context': 'stand-in',
  };
}
