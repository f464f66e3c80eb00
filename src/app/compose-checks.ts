import { createChecks } from '../checks/create-checks.ts';
import { readCheckSecret } from '../credentials/check-secret.ts';
import type { ReadSecret } from '../credentials/kube-secrets.ts';
import { proxyFromEnvironment } from '../http/proxy.ts';
import type { Checks } from '../ports/checks.ts';
import type { Observer } from '../ports/observer.ts';
import { VERSION } from '../version.ts';
import type { Environment } from './environment.ts';
import type { ClusterReach } from './reach-cluster.ts';

/** Checks ask hosts that the configuration names, so these are not held to any addresses. */
export function composeChecks(
  { clock, env, registerSecret = () => undefined }: Environment,
  { cluster, observer }: { readonly cluster: ClusterReach | undefined; readonly observer: Observer },
): Checks & { close(): void } {
  const readSecret: ReadSecret | undefined =
    cluster && (async (secret, signal) => await (await cluster()).secrets.read(secret, signal));
  return createChecks({
    clock,
    observer,
    userAgent: `lynceus/${VERSION}`,
    kube: cluster && (async () => (await cluster()).kube),
    proxyFor: proxyFromEnvironment(env),
    async readSecret(place, signal) {
      const secret = await readCheckSecret(place, { env, readSecret }, signal);
      registerSecret(secret);
      return secret;
    },
  });
}
