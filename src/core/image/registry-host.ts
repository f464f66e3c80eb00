import { isHost, looksLikeHost } from './grammar.ts';
import { parseUrl } from '../../parse-url.ts';

export const DOCKER_HUB = 'docker.io';

/** The host names under which Docker Hub is known, all for one registry. */
const DOCKER_HUB_HOSTS: ReadonlySet<string> = new Set([
  DOCKER_HUB,
  'index.docker.io',
  'registry-1.docker.io',
]);

/** A domain name without a port, which URLs write as it is. Most hosts are, and asking `URL` takes ten times as long. */
const PLAIN = /^[a-z0-9.-]+\.[a-z]+$/;

/**
 * One spelling for all names of a registry's host: lower case, `docker.io` for Docker Hub, and as URLs write it, so
 * without the port 443. `myhost:443` keeps its port: without it, `myhost/app` would be an image of Docker Hub.
 */
export function canonicalHost(host: string): string {
  const lower = host.toLowerCase();
  if (DOCKER_HUB_HOSTS.has(lower)) return DOCKER_HUB;
  if (PLAIN.test(lower)) return lower;
  const name = isHost(lower) ? parseUrl(`https://${lower}`)?.host : undefined;
  if (name === undefined) return lower;
  if (DOCKER_HUB_HOSTS.has(name)) return DOCKER_HUB;
  return looksLikeHost(name) ? name : lower;
}

/** The same for the host at the start of a prefix: `GHCR.io/acme` is `ghcr.io/acme`. Paths keep their case. */
export function canonicalPrefix(prefix: string): string {
  const [host = '', ...path] = prefix.split('/');
  return [canonicalHost(host), ...path].join('/');
}
