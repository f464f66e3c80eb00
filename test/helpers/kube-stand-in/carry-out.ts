import type { KubeObject } from '../../../src/kube/kube-client.ts';
import type { ObjectStore, ResourceName } from './object-store.ts';
import { applyJsonPatch, applyMergePatch } from './patches.ts';
import { resourceOf, type KubeRequest } from './request.ts';
import { readSelectors } from './selectors.ts';
import {
  alreadyExists,
  badRequest,
  conflict,
  gone,
  invalid,
  notFound,
  StatusError,
  type Asked,
} from './status.ts';
import { apiVersionOf, asItem, asSent, kindOf } from './wire.ts';

/** The rest of a list that was begun: the same state of things, whatever happens meanwhile. */
export type Continuations = Map<string, { readonly version: number; readonly rest: readonly KubeObject[] }>;

export interface Carrying {
  readonly request: KubeRequest;
  readonly store: ObjectStore;
  readonly continuations: Continuations;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Everything but watches. Throws `StatusError`. */
export function carryOut(carrying: Carrying): Answer {
  const { request, store } = carrying;
  switch (request.verb) {
    case 'list':
      return { status: 200, body: list(carrying) };
    case 'get':
      return { status: 200, body: asSent(existing(carrying), resourceOf(request), request.version) };
    case 'create':
      return { status: 201, body: create(carrying) };
    case 'update':
      return { status: 200, body: update(carrying) };
    case 'patch':
      return { status: 200, body: patch(carrying) };
    case 'delete':
      existing(carrying);
      store.delete(resourceOf(request), request.namespace, request.name);
      return { status: 200, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' } };
    case 'watch':
      throw new Error('a watch is no single answer');
  }
}

function list({ request, store, continuations }: Carrying): unknown {
  const resource = resourceOf(request);
  const limit = Number(request.query.get('limit') ?? 0);
  const token = request.query.get('continue') ?? '';
  const { version, rest } = token === '' ? begin(request, store) : resume(token, continuations);
  const items = limit > 0 ? rest.slice(0, limit) : rest;
  const left = rest.slice(items.length);
  const next =
    left.length === 0
      ? ''
      : Buffer.from(
          `{"v":"meta.k8s.io/v1","rv":${version},"left":${left.length},"n":${continuations.size}}`,
        ).toString('base64url');
  if (next !== '') continuations.set(next, { version, rest: left });
  return {
    apiVersion: apiVersionOf(request.group, request.version),
    kind: `${kindOf(resource)}List`,
    metadata: {
      resourceVersion: String(version),
      ...(next === '' ? {} : { continue: next, remainingItemCount: left.length }),
    },
    items: items.map((object) => asItem(object, resource, request.version)),
  };
}

function begin(request: KubeRequest, store: ObjectStore): { version: number; rest: readonly KubeObject[] } {
  const asked = Number(request.query.get('resourceVersion') ?? 0);
  if (asked > store.version)
    throw new StatusError(504, 'Timeout', `Too large resource version: ${asked}, current: ${store.version}`);
  if (request.query.get('resourceVersionMatch') === 'Exact' && asked < store.compacted)
    throw gone('The resourceVersion for the provided list is too old.');
  const selects = readSelectors(
    request.query.get('labelSelector') ?? '',
    request.query.get('fieldSelector') ?? '',
  );
  const namespace = request.namespace === '' ? undefined : request.namespace;
  return { version: store.version, rest: store.list(resourceOf(request), namespace).filter(selects) };
}

function resume(
  token: string,
  continuations: Continuations,
): { version: number; rest: readonly KubeObject[] } {
  const found = continuations.get(token);
  if (found !== undefined) return found;
  throw gone(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results.',
  );
}

function asked(request: KubeRequest): Asked {
  return {
    verb: request.verb,
    resource: resourceOf(request),
    namespace: request.namespace,
    name: request.name,
  };
}

function existing({ request, store }: Carrying): KubeObject {
  const found = store.get(resourceOf(request), request.namespace, request.name);
  if (found === undefined) throw notFound(asked(request));
  return found;
}

function create(carrying: Carrying): KubeObject {
  const { request, store } = carrying;
  const given = parseObject(carrying.body);
  const name = given.metadata?.name ?? generatedName(given, store.version);
  if (name === '')
    throw invalid(asked(request), 'metadata.name: Required value: name or generateName is required');
  const object = placed(carrying, given, name);
  if (store.get(resourceOf(request), request.namespace, name) !== undefined)
    throw alreadyExists(asked(request), name);
  return save(carrying, object);
}

function generatedName(given: KubeObject, version: number): string {
  const prefix = given.metadata?.['generateName'];
  return typeof prefix === 'string' && prefix !== ''
    ? `${prefix}${version.toString(36).padStart(5, '0')}`
    : '';
}

/** The API server lets these be replaced without saying what was there; all others need the version. */
const UNCONDITIONAL: ReadonlySet<string> = new Set(['/secrets', '/configmaps', '/events']);

function update(carrying: Carrying): KubeObject {
  const { request } = carrying;
  const present = existing(carrying);
  const object = within(request, placed(carrying, parseObject(carrying.body), request.name), present);
  const version = object.metadata?.resourceVersion ?? '';
  if (version === '' && !UNCONDITIONAL.has(keyOf(resourceOf(request))))
    throw invalid(
      asked(request),
      'metadata.resourceVersion: Invalid value: 0x0: must be specified for an update',
    );
  checkVersion(carrying, version, present);
  return save(carrying, object);
}

function patch(carrying: Carrying): KubeObject {
  const { request } = carrying;
  const present = existing(carrying);
  const patched = parseObject(JSON.stringify(patchedValue(carrying, present)));
  checkVersion(carrying, patched.metadata?.resourceVersion ?? '', present);
  return save(carrying, within(request, placed(carrying, patched, request.name), present));
}

/** Resources whose definition says `subresources: {status: {}}`. */
const WITH_STATUS: ReadonlySet<string> = new Set(['argocd-image-updater.argoproj.io/imageupdaters']);

/** Of a change by way of the status only the status counts, and of any other everything else. */
function within(request: KubeRequest, changed: KubeObject, present: KubeObject): KubeObject {
  if (!WITH_STATUS.has(keyOf(resourceOf(request)))) return changed;
  const [object, { status }] = request.subresource === '' ? [changed, present] : [present, changed];
  const { status: _status, ...rest } = object;
  return status === undefined ? rest : { ...rest, status };
}

function patchedValue({ request, body }: Carrying, present: KubeObject): unknown {
  const type = String(request.headers['content-type'] ?? '').split(';')[0];
  const given = parseJson(body);
  switch (type) {
    case 'application/merge-patch+json':
      return applyMergePatch(present, given);
    case 'application/json-patch+json':
      try {
        return applyJsonPatch(present, given);
      } catch (error) {
        // Without the reason's text in `message`, as the API server answers.
        const details = { causes: [{ message: error instanceof Error ? error.message : '' }] };
        throw new StatusError(
          422,
          'Invalid',
          'the server rejected our request due to an error in our request',
          { details },
        );
      }
    default:
      throw new StatusError(
        415,
        'UnsupportedMediaType',
        `the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json`,
      );
  }
}

function checkVersion({ request }: Carrying, version: string, present: KubeObject): void {
  if (version !== '' && version !== present.metadata?.resourceVersion) throw conflict(asked(request));
}

function placed({ request }: Carrying, object: KubeObject, name: string): KubeObject {
  const found = object.metadata?.namespace ?? request.namespace;
  if (found !== request.namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  if (object.metadata?.name !== undefined && object.metadata.name !== name)
    throw badRequest(
      `the name of the object (${object.metadata.name}) does not match the name on the URL (${name})`,
    );
  return { ...object, metadata: { ...object.metadata, namespace: request.namespace, name } };
}

function save({ request, store }: Carrying, object: KubeObject): KubeObject {
  const resource = resourceOf(request);
  if (request.query.get('dryRun') === 'All') return asSent(object, resource, request.version);
  return asSent(store.put(resource, object), resource, request.version);
}

function parseObject(text: string): KubeObject {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest('expected an object');
  return value as KubeObject;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw badRequest('invalid character looking for beginning of value');
  }
}

function keyOf({ group, plural }: ResourceName): string {
  return `${group}/${plural}`;
}
