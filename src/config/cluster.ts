import { parseShard } from '../core/shard.ts';
import type { Config, WatchedNamespaces } from './config.ts';

type Cluster = Config['cluster'];

/** The keys of the file, with every default filled in. */
type ClusterKeys = Omit<Cluster, 'shard'> & { readonly shard: string | undefined };

export function clusterOf(keys: ClusterKeys): Cluster {
  return {
    kubeconfig: keys.kubeconfig,
    context: keys.context,
    leaderElection: keys.leaderElection,
    leaseNamespace: keys.leaseNamespace,
    leaseName: keys.leaseName,
    shard: keys.shard === undefined ? undefined : shardFrom(keys.shard),
    events: keys.events,
    refreshAfterPush: keys.refreshAfterPush,
  };
}

/** `undefined` when the text names no shard. */
export function shardFrom(text: string): Cluster['shard'] {
  try {
    return parseShard(text);
  } catch {
    return undefined;
  }
}

/** No name is the own namespace, `*` is all of them; `undefined` when `*` stands beside others. */
export function watchedNamespacesOf(names: readonly string[]): WatchedNamespaces | undefined {
  if (names.length === 0) return { kind: 'own' };
  if (!names.includes('*')) return { kind: 'list', names: [...new Set(names)] };
  return new Set(names).size === 1 ? { kind: 'all' } : undefined;
}
