import { LynceusError } from '../../src/errors.ts';
import type { KubeClient, KubeObject } from '../../src/kube/kube-client.ts';

/** The store of an API server, as far as Leases go. */
export interface LeaseServer {
  readonly versions: readonly KubeObject[];
  lease(): KubeObject | undefined;
  put(lease: KubeObject | undefined): void;
  get(): KubeObject;
  create(body: KubeObject): KubeObject;
  replace(body: KubeObject): KubeObject;
}

export function createLeaseServer(): LeaseServer {
  const versions: KubeObject[] = [];
  let present: KubeObject | undefined;
  let version = 100;

  function store(body: KubeObject): KubeObject {
    version += 1;
    present = structuredClone({ ...body, metadata: { ...body.metadata, resourceVersion: String(version) } });
    versions.push(present);
    return present;
  }

  return {
    versions,
    lease: () => present,
    put(lease) {
      if (lease === undefined) present = undefined;
      else store(lease);
    },
    get() {
      if (present === undefined) throw new LynceusError('kube-not-found', 'there is no such lease');
      return present;
    },
    create(body) {
      if (present !== undefined) throw new LynceusError('kube-conflict', 'there is one already');
      return store(body);
    },
    replace(body) {
      if (present === undefined) throw new LynceusError('kube-not-found', 'there is no such lease');
      if (body.metadata?.resourceVersion !== present.metadata?.resourceVersion)
        throw new LynceusError('kube-conflict', 'the object has been modified');
      return store(body);
    },
  };
}

/** How a request gets through: it may never arrive, take its time, or its answer may be lost. */
export type Network = <T>(
  verb: 'get' | 'create' | 'update',
  carryOut: () => T,
  signal: AbortSignal,
) => Promise<T>;

/** A client of the server over this network. */
export function clientOf(server: LeaseServer, network: Network): KubeClient {
  const unused = (): never => {
    throw new Error('nobody here lists, watches or patches');
  };
  return {
    namespace: 'argocd',
    list: unused,
    serves: unused,
    watch: unused,
    patch: unused,
    get: (_resource, _object, signal) => network('get', () => server.get(), signal),
    create: (_resource, { body }, signal) => network('create', () => server.create(body), signal),
    replace: (_resource, { body }, signal) => network('update', () => server.replace(body), signal),
    close: () => undefined,
  };
}

/** Every request arrives at once. */
export const DIRECT: Network = async (_verb, carryOut) => carryOut();
