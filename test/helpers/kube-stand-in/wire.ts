import type { KubeObject } from '../../../src/kube/kube-client.ts';
import type { ResourceName } from './object-store.ts';

const KINDS: Readonly<Record<string, string>> = {
  applications: 'Application',
  appprojects: 'AppProject',
  configmaps: 'ConfigMap',
  events: 'Event',
  imageupdaters: 'ImageUpdater',
  leases: 'Lease',
  secrets: 'Secret',
};

export function kindOf({ plural }: ResourceName): string {
  return KINDS[plural] ?? `${plural.charAt(0).toUpperCase()}${plural.slice(1).replace(/s$/, '')}`;
}

export function apiVersionOf(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

/** An object as it is sent alone: with kind and version, whatever it was put with. */
export function asSent(object: KubeObject, resource: ResourceName, version: string): KubeObject {
  return { apiVersion: apiVersionOf(resource.group, version), kind: kindOf(resource), ...object };
}

/** Items of a list carry no kind and version when the resource is built in, as opposed to a custom one. */
export function asItem(object: KubeObject, resource: ResourceName, version: string): KubeObject {
  if (resource.group.includes('.') && !resource.group.endsWith('.k8s.io'))
    return asSent(object, resource, version);
  const { apiVersion: _apiVersion, kind: _kind, ...item } = object;
  return item;
}
