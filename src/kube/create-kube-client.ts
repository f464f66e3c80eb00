import { LynceusError } from '../errors.ts';
import { HttpFailure } from '../http/failure.ts';
import type { EnvironmentVariables } from '../http/proxy.ts';
import type { Clock } from '../ports/clock.ts';
import { createCredentials } from './credentials.ts';
import type {
  KubeClient,
  KubeEvent,
  KubeObject,
  KubePage,
  KubePatch,
  KubeResource,
  KubeScope,
} from './kube-client.ts';
import { loadKubeConfig } from './load-kube-config.ts';
import { omitMembers, omitTree } from './omit-members.ts';
import { createSender, type ApiRequest, type Sender } from './sender.ts';
import { requestText, type KubeRequest } from './status-error.ts';
import { readEvents } from './watch-events.ts';

/** Milliseconds. */
export interface KubeTimeouts {
  /** Until the first byte of an answer. */
  readonly response: number;
  /** Without a byte while an answer comes. */
  readonly idle: number;
  /**
   * Without a byte in a watch, after which its connection counts as lost. API servers send a bookmark about once a
   * minute, so it has to be well above that.
   */
  readonly watchIdle: number;
  /** How long the server is to keep a watch; chance makes it up to twice as long. */
  readonly watch: number;
}

export interface KubeClientOptions {
  /** Path of a kubeconfig; else KUBECONFIG, the pod's service account, `~/.kube/config`. */
  readonly kubeconfig?: string;
  /** Context instead of the kubeconfig's current one. */
  readonly context?: string;
  readonly env: EnvironmentVariables;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly timeouts?: Partial<KubeTimeouts>;
  /** Where a pod finds its service account. */
  readonly serviceAccountFolder?: string;
}

const DEFAULT_TIMEOUTS: KubeTimeouts = { response: 30_000, idle: 30_000, watchIdle: 150_000, watch: 240_000 };

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * A client for the cluster that is in reach. Reads are tried again after what may pass, and writes are sent once,
 * because the first one may have arrived. Throws `config-invalid` when there is no cluster.
 */
export async function createKubeClient(options: KubeClientOptions): Promise<KubeClient> {
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const place = {
    kubeconfig: options.kubeconfig,
    context: options.context,
    env: options.env,
    serviceAccountFolder: options.serviceAccountFolder ?? SERVICE_ACCOUNT,
  };
  const credentials = await createCredentials(() => loadKubeConfig(place));
  const sender = createSender({ credentials, clock: options.clock, userAgent: options.userAgent, timeouts });
  return {
    namespace: credentials.namespace,
    list: (scope, page, signal) => list(sender, { scope, ...page }, signal),
    watch: (scope, resourceVersion, signal) =>
      watch(
        sender,
        { scope, resourceVersion, seconds: (timeouts.watch / 1000) * (1 + options.clock.random()) },
        signal,
      ),
    serves: (resource, signal) => serves(sender, resource, signal),
    ...objectVerbs(sender),
    close: () => credentials.close(),
  };
}

interface WatchInput {
  readonly scope: KubeScope;
  readonly resourceVersion: string;
  readonly seconds: number;
}

async function* watch(
  sender: Sender,
  { scope, resourceVersion, seconds }: WatchInput,
  signal: AbortSignal,
): AsyncIterable<KubeEvent> {
  const request: KubeRequest = { verb: 'watch', resource: scope.resource, namespace: scope.namespace };
  const path = scopePath(scope, {
    watch: '1',
    resourceVersion,
    allowWatchBookmarks: 'true',
    timeoutSeconds: String(Math.ceil(seconds)),
  });
  const answer = await sender.openWatch(request, { method: 'GET', path }, signal);
  try {
    yield { type: 'BOOKMARK', resourceVersion };
    yield* readEvents(answer.chunks(), request, omitTree(scope.omit ?? []));
  } finally {
    answer.close();
  }
}

async function serves(sender: Sender, resource: KubeResource, signal: AbortSignal): Promise<boolean> {
  const request: KubeRequest = { verb: 'get', resource, namespace: undefined };
  const path = groupPath(resource);
  try {
    const { resources } = parseObject(
      (await sender.send(request, { method: 'GET', path }, signal)).toString('utf8'),
      request,
    );
    return (
      Array.isArray(resources) && resources.some((one: { name?: unknown }) => one.name === resource.plural)
    );
  } catch (thrown) {
    if (thrown instanceof LynceusError && thrown.code === 'kube-not-found') return false;
    throw thrown;
  }
}

/** The verbs for one object. */
function objectVerbs(sender: Sender): Pick<KubeClient, 'get' | 'create' | 'replace' | 'patch'> {
  async function send(request: KubeRequest, api: ApiRequest, signal: AbortSignal): Promise<KubeObject> {
    const body = await sender.send(request, api, signal);
    return parseObject(body.toString('utf8'), request);
  }
  return {
    get(resource, object, signal) {
      const api = { method: 'GET', path: resourcePath(resource, object) } as const;
      return send({ verb: 'get', resource, ...object }, api, signal);
    },
    create(resource, { namespace, body }, signal) {
      const api = {
        method: 'POST',
        path: resourcePath(resource, { namespace }),
        ...json(body),
      } as const;
      return send({ verb: 'create', resource, namespace }, api, signal);
    },
    replace(resource, { namespace, name, body }, signal) {
      const path = resourcePath(resource, { namespace, name });
      return send(
        { verb: 'update', resource, namespace, name },
        { method: 'PUT', path, ...json(body) },
        signal,
      );
    },
    patch(resource, { namespace, name, patch }, signal) {
      const path = resourcePath(resource, { namespace, name });
      const api = {
        method: 'PATCH',
        path,
        ...json(patch.body),
        contentType: PATCH_TYPES[patch.kind],
      } as const;
      return send({ verb: 'patch', resource, namespace, name }, api, signal);
    },
  };
}

const PATCH_TYPES: Readonly<Record<KubePatch['kind'], string>> = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
};

function json(body: unknown): { readonly contentType: string; readonly body: string } {
  return { contentType: 'application/json', body: JSON.stringify(body) };
}

interface PageInput {
  readonly scope: KubeScope;
  readonly limit: number;
  readonly next: string;
}

/** A page that is too large is requested again with fewer objects: a token may be used with any limit. */
async function list(
  sender: Sender,
  { scope, limit, next }: PageInput,
  signal: AbortSignal,
): Promise<KubePage> {
  const request: KubeRequest = { verb: 'list', resource: scope.resource, namespace: scope.namespace };
  const path = scopePath(scope, { limit: String(limit), ...(next === '' ? {} : { continue: next }) });
  let body: Buffer;
  try {
    body = await sender.send(request, { method: 'GET', path }, signal);
  } catch (error) {
    const tooLarge = error instanceof HttpFailure && error.kind === 'too-large';
    if (!tooLarge || limit <= 1) throw error;
    return list(sender, { scope, limit: Math.max(1, Math.floor(limit / 8)), next }, signal);
  }
  const { metadata, items } = parseObject(
    omitMembers(body, { items: { '*': omitTree(scope.omit ?? []) } }),
    request,
  );
  if (!Array.isArray(items) || typeof metadata?.resourceVersion !== 'string')
    throw new LynceusError('kube-failed', `the answer to ${requestText(request)} is not a list`);
  const token = metadata['continue'];
  return {
    items: items as readonly KubeObject[],
    resourceVersion: metadata.resourceVersion,
    next: typeof token === 'string' ? token : '',
  };
}

function parseObject(text: string, request: KubeRequest): KubeObject {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as KubeObject;
  } catch {
    // The text may be anything, and belongs in no message.
  }
  throw new LynceusError('kube-failed', `the answer to ${requestText(request)} is not a JSON object`);
}

/** `/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/shop`, from the parts that are given; a subresource is behind the name. */
function resourcePath(
  resource: KubeResource,
  { namespace, name }: { readonly namespace?: string | undefined; readonly name?: string },
): string {
  const place = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  const object = name === undefined ? '' : `/${encodeURIComponent(name)}`;
  const [plural, subresource] = resource.plural.split('/');
  const part = subresource === undefined ? '' : `/${subresource}`;
  return `${groupPath(resource)}${place}/${plural}${object}${part}`;
}

function groupPath({ group, version }: KubeResource): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}

/** The path of a list or watch, with its query. */
function scopePath(
  { resource, namespace, labelSelector, name }: KubeScope,
  query: Readonly<Record<string, string>>,
): string {
  const all = new URLSearchParams({
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(name === undefined ? {} : { fieldSelector: `metadata.name=${name}` }),
    ...query,
  });
  return `${resourcePath(resource, { namespace })}?${all.toString()}`;
}
