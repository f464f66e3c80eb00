import type { IncomingMessage } from 'node:http';
import type { ResourceName } from './object-store.ts';
import { StatusError } from './status.ts';

/** A request in the words of the API server's authorisation. */
export interface KubeRequest {
  readonly verb: 'list' | 'watch' | 'get' | 'create' | 'update' | 'patch' | 'delete';
  readonly group: string;
  readonly resource: string;
  /** `''` when all namespaces are meant. */
  readonly namespace: string;
  /** `''` when all objects are meant, or a new one. */
  readonly name: string;
  /** `status`; `''` when the object itself is meant. */
  readonly subresource: string;
  readonly version: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

const PATH =
  /^\/(?:api\/(?<core>v\w+)|apis\/(?<group>[^/]+)\/(?<version>v\w+))(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<plural>[^/]+)(?:\/(?<name>[^/]+)(?:\/(?<subresource>status))?)?$/;

const VERBS: Readonly<Record<string, KubeRequest['verb']>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** What a request asks for; `undefined` for a path that no API server knows. */
export function readRequest(message: IncomingMessage): KubeRequest | undefined {
  const url = new URL(message.url ?? '/', 'http://stand-in');
  const found = PATH.exec(url.pathname)?.groups;
  if (found === undefined) return undefined;
  const name = decodeURIComponent(found['name'] ?? '');
  const watching = ['1', 'true'].includes(url.searchParams.get('watch') ?? '');
  const reading = name !== '' ? 'get' : watching ? 'watch' : 'list';
  return {
    verb: VERBS[message.method ?? 'GET'] ?? reading,
    group: found['group'] ?? '',
    version: found['core'] ?? found['version'] ?? '',
    resource: found['plural'] ?? '',
    namespace: decodeURIComponent(found['namespace'] ?? ''),
    name,
    subresource: found['subresource'] ?? '',
    query: url.searchParams,
    headers: message.headers,
  };
}

/** As a rule names it: `imageupdaters/status`. */
export function ruleName({ resource, subresource }: KubeRequest): string {
  return subresource === '' ? resource : `${resource}/${subresource}`;
}

/** The group and version that a request of discovery is about. */
export function readDiscovery(message: IncomingMessage): { group: string; version: string } | undefined {
  const { pathname } = new URL(message.url ?? '/', 'http://stand-in');
  const found = /^\/apis\/(?<group>[^/]+)\/(?<version>v\w+)$/.exec(pathname)?.groups;
  return found && { group: found['group'] ?? '', version: found['version'] ?? '' };
}

export function resourceOf(request: KubeRequest): ResourceName {
  return { group: request.group, plural: request.resource };
}

const LARGEST_BODY = 3 * 1024 * 1024;

export async function readBody(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY) throw new StatusError(413, 'RequestEntityTooLarge', `limit is ${LARGEST_BODY}`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
