import type { KubeResource, KubeScope } from './kube-client.ts';

/** `/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/shop`, from the parts that are given. */
export function resourcePath(
  { group, version, plural }: KubeResource,
  { namespace, name }: { readonly namespace?: string | undefined; readonly name?: string },
): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const place = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  const object = name === undefined ? '' : `/${encodeURIComponent(name)}`;
  return `${root}${place}/${plural}${object}`;
}

/** The path of a list or watch, with its query. */
export function scopePath(
  { resource, namespace, labelSelector }: KubeScope,
  query: Readonly<Record<string, string>>,
): string {
  const all = new URLSearchParams({ ...(labelSelector === undefined ? {} : { labelSelector }), ...query });
  return `${resourcePath(resource, { namespace })}?${all.toString()}`;
}
