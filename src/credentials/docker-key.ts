import type { ImageRepository } from '../core/image/reference.ts';
import { canonicalHost, DOCKER_HUB } from '../core/image/registry-host.ts';
import { quoted } from '../core/quoted.ts';

/** A key of `auths` or `credHelpers`. */
export interface DockerKey {
  /** Lower case, without the port 443; may hold `*`. */
  readonly host: string;
  /** Lower case, without slashes around it: image paths of these files are. */
  readonly path: string;
}

/**
 * Reads a key in whatever way a tool or a person wrote it: `ghcr.io`, `https://GHCR.io:443/`, `https://index.docker.io/v1/`,
 * `https://reg.corp/v2/acme`, ` user@reg.corp:5000 `.
 */
export function parseDockerKey(key: string): DockerKey {
  const [, scheme = '', rest = ''] = /^((?:[a-z][a-z0-9+.-]*:)?\/\/)?(.*)$/is.exec(key.trim()) ?? [];
  const [authority = '', ...parts] = rest.toLowerCase().split('/');
  const path = parts.filter((part) => part !== '').join('/');
  // Docker's own keys end in the version of the API; a URL has it in front of a path.
  const versioned = scheme === '' ? /^v[12]$/ : /^v[12](?:\/|$)/;
  return {
    host: serverHost(authority.slice(authority.lastIndexOf('@') + 1)),
    path: path.replace(versioned, ''),
  };
}

/** The hosts that a key for an image may have: its own, and that of the API, if it is another. */
export function serverHosts(
  { registry }: Pick<ImageRepository, 'registry'>,
  apiHost: string | undefined,
): readonly string[] {
  return [registry, apiHost ?? registry].filter((host) => host !== '').map(serverHost);
}

/** Keys of these files also name Docker Hub by the host of its web pages, and any host with the port of HTTPS. */
function serverHost(host: string): string {
  const name = canonicalHost(host.replace(/:0*443$/, ''));
  return name === 'registry.hub.docker.com' ? DOCKER_HUB : name;
}

/** Lower is better, the first difference decides: shortness of the path, pattern or not, which of the hosts. */
export type KeyRank = readonly number[];

/** How well a key fits an image; `undefined` when it does not. */
export function rankKey(
  { host, path }: DockerKey,
  hosts: readonly string[],
  imagePath: string,
): KeyRank | undefined {
  if (path !== '' && !`${imagePath.toLowerCase()}/`.startsWith(`${path}/`)) return undefined;
  const exact = hosts.indexOf(host);
  if (exact >= 0) return [-path.length, 0, exact];
  const pattern = hosts.findIndex((candidate) => matchesPattern(host, candidate));
  return pattern >= 0 ? [-path.length, 1, pattern] : undefined;
}

export function compareRanks(a: KeyRank, b: KeyRank): number {
  const index = a.findIndex((part, at) => part !== b[at]);
  return index < 0 ? 0 : (a[index] ?? 0) - (b[index] ?? 0);
}

/** Kubernetes lets `*` stand for a part of one label: `*.azurecr.io` is for `acme.azurecr.io`, not for `a.b.azurecr.io`. */
function matchesPattern(pattern: string, host: string): boolean {
  if (!pattern.includes('*') || pattern.length > 255) return false;
  const labels = pattern.split('.');
  const hostLabels = host.split('.');
  return (
    labels.length === hostLabels.length &&
    labels.every((label, index) => matchesLabel(label, hostLabels[index] ?? ''))
  );
}

/** Greedy is enough for one kind of wildcard, and never slow. */
function matchesLabel(pattern: string, label: string): boolean {
  const [first = '', ...parts] = pattern.split('*');
  if (parts.length === 0) return pattern === label;
  const last = parts.pop() ?? '';
  if (!label.startsWith(first) || !label.endsWith(last) || label.length < first.length + last.length)
    return false;
  let position = first.length;
  for (const part of parts) {
    const found = label.indexOf(part, position);
    if (found < 0) return false;
    position = found + part.length;
  }
  return position <= label.length - last.length;
}

/** What keeps a key from an image that it does not fit, in parentheses; `''` for the host, as of most keys. */
export function differenceOf({ host }: DockerKey, hosts: readonly string[]): string {
  if (hosts.some((wanted) => host === wanted || matchesPattern(host, wanted))) return ' (another path)';
  const name = withoutPort(host);
  return hosts.some((wanted) => withoutPort(wanted) === name) ? ' (another port)' : '';
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '');
}

/** As in a message: without what may be a login, and not too long. */
export function shownKey(key: string): string {
  return quoted(key.replace(/[^/]*@/g, ''));
}
