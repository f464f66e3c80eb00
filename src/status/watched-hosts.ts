import { isFailedRequest } from '../core/registry-failure.ts';
import type { RegistryStatus, RemoteStatus } from '../core/status/status-pages.ts';
import type { Clock } from '../ports/clock.ts';
import type { Observer } from '../ports/observer.ts';

/** What was seen of registries and Git remotes since the process began. */
export interface WatchedHosts {
  readonly observer: Observer;
  registries(): readonly RegistryStatus[];
  remotes(): readonly RemoteStatus[];
}

/** So many of each, the ones that were asked last. */
const MOST = 1_000;

export function watchHosts({ now }: Pick<Clock, 'now'>): WatchedHosts {
  const registries = new Map<string, RegistryStatus>();
  const remotes = new Map<string, RemoteStatus>();

  function changeRegistry(name: string, change: (before: RegistryStatus) => RegistryStatus): void {
    keep(registries, name, change(registries.get(name) ?? { registry: name, requests: 0, failures: 0 }));
  }

  return {
    registries: () =>
      [...registries.values()].map((one) => withoutOver(one, now())).sort(byName(({ registry }) => registry)),
    remotes: () => [...remotes.values()].sort(byName(({ remote }) => remote)),
    observer: {
      registryRequest({ registry, kind, status, quota }) {
        changeRegistry(registry, (before) => ({
          ...before,
          requests: before.requests + 1,
          failures: before.failures + (isFailedRequest(kind, status) ? 1 : 0),
          lastAt: now(),
          ...(quota === undefined ? {} : { quota: { ...quota, at: now() } }),
        }));
      },
      registryFrozen({ registry, scope, reason, until }) {
        changeRegistry(registry, (before) =>
          scope === 'path' && (before.pausedUntil ?? 0) > until
            ? before
            : {
                ...before,
                pausedUntil: until,
                pausedBecause: scope === 'path' ? `${reason}, one path` : reason,
              },
        );
      },
      gitOperation({ remote: host, label: remote = host, kind, ok }) {
        const before = remotes.get(remote) ?? { remote };
        const seen = { at: now(), ok };
        keep(remotes, remote, {
          ...before,
          ...(kind === 'fetch' ? { lastFetch: seen } : { lastPush: seen }),
        });
      },
      signatureRefused: () => undefined,
      checkMeasured: () => undefined,
    },
  };
}

function keep<Value>(map: Map<string, Value>, name: string, value: Value): void {
  map.delete(name);
  map.set(name, value);
  const [oldest] = map.keys();
  if (map.size > MOST && oldest !== undefined) map.delete(oldest);
}

function withoutOver(one: RegistryStatus, now: number): RegistryStatus {
  if (one.pausedUntil === undefined || one.pausedUntil > now) return one;
  const { pausedUntil: _until, pausedBecause: _because, ...rest } = one;
  return rest;
}

function byName<Value>(nameOf: (value: Value) => string): (a: Value, b: Value) => number {
  return (a, b) => (nameOf(a) < nameOf(b) ? -1 : 1);
}
