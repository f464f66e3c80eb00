import type { ImageRepository } from '../core/image/reference.ts';
import { canonicalHost, DOCKER_HUB } from '../core/image/registry-host.ts';
import { quoted } from '../core/quoted.ts';
import { isJsonObject, objectField, parseJsonObject, textField, type JsonObject } from '../http/json.ts';
import { parseUserPassword, type UserPassword } from './user-password.ts';

/** A Docker configuration file, or a Secret of type `kubernetes.io/dockerconfigjson`. */
export interface DockerConfig {
  /** `auths`. */
  readonly entries: readonly DockerConfigEntry[];
  /** Keys of `auths` without any login, as credential helpers leave them. */
  readonly emptyKeys: readonly string[];
  /** `credHelpers`: by server as written, what comes after `docker-credential-` in the name of the program. */
  readonly helpers: readonly (readonly [server: string, helper: string])[];
  /** `credsStore`: the helper for every server. */
  readonly store: string | undefined;
}

export interface DockerConfigEntry {
  /** As written: `https://index.docker.io/v1/`, `ghcr.io/acme`, `*.azurecr.io`. */
  readonly key: string;
  readonly login: UserPassword | LoginFault;
}

/** What an entry has in the place of a login. */
export type LoginFault =
  | 'malformed'
  /** A token for one request, `registrytoken`, and nothing to get another with. */
  | 'registry-token';

/** Docker writes an identity token beside an empty password; this user name marks it for the token server. */
const IDENTITY_TOKEN_USER = '<token>';

/** What Docker calls Docker Hub where it asks a helper. */
const DOCKER_HUB_SERVER = 'https://index.docker.io/v1/';

/** `undefined` when the text is not such a file. Entries without any login, as credential helpers leave them, are left out. */
export function parseDockerConfig(text: string): DockerConfig | undefined {
  const content = parseJsonObject(Buffer.from(text));
  if (content === undefined || !isJsonObject(content['auths'] ?? {})) return undefined;
  const helpers = objectField(content, 'credHelpers');
  return {
    ...entriesOf(objectField(content, 'auths')),
    helpers: Object.keys(helpers)
      .map((server) => [server, textField(helpers, server)] as const)
      .filter(([, helper]) => helper !== ''),
    store: textField(content, 'credsStore') || undefined,
  };
}

/** The same of a Secret of type `kubernetes.io/dockercfg`: what newer files have below `auths` is all there is. */
export function parseLegacyDockerConfig(text: string): DockerConfig | undefined {
  const auths = parseJsonObject(Buffer.from(text));
  return auths && { ...entriesOf(auths), helpers: [], store: undefined };
}

function entriesOf(auths: JsonObject): Pick<DockerConfig, 'entries' | 'emptyKeys'> {
  const all = Object.entries(auths).map(([key, value]) => ({
    key,
    login: isJsonObject(value) ? readLogin(value) : 'malformed',
  }));
  return {
    entries: all.flatMap(({ key, login }) => (login === undefined ? [] : [{ key, login }])),
    emptyKeys: all.flatMap(({ key, login }) => (login === undefined ? [key] : [])),
  };
}

/**
 * The entry for an image: the one with the longest path that its path begins with, part by part; of those one with the
 * host itself rather than a pattern; and then the first in the order of the keys. `ghcr.io` is not for
 * `ghcr.io.evil.example`, `ghcr.io/acme` not for `ghcr.io/acmex/api`.
 *
 * `apiHost` is where the registry's API is, when that is another host than the image's: keys may name either.
 */
export function findDockerLogin(
  { entries }: DockerConfig,
  repository: ImageRepository,
  apiHost: string | undefined,
): DockerConfigEntry | undefined {
  const hosts = hostsOf(repository, apiHost);
  const fitting = entries.flatMap((entry) => {
    const rank = rankOf(parseKey(entry.key), hosts, repository.path);
    return rank === undefined ? [] : [{ entry, rank }];
  });
  return fitting.toSorted((a, b) => compareRanks(a.rank, b.rank) || compareTexts(a.entry.key, b.entry.key))[0]
    ?.entry;
}

const MOST_SHOWN = 5;

/**
 * The keys of a file that has no entry for an image, the nearest first, each with what keeps it from fitting unless that is its
 * host: `"ghcr.io:80" (another port), "quay.io"`; `nothing` when there are none.
 */
export function listUnfit(
  { entries, emptyKeys }: DockerConfig,
  repository: ImageRepository,
  apiHost: string | undefined,
): string {
  const hosts = hostsOf(repository, apiHost);
  const fits = (key: string) => rankOf(parseKey(key), hosts, repository.path) !== undefined;
  const all = [
    ...emptyKeys.filter(fits).map((key) => ({ key, why: ' (without a login)' })),
    ...entries.map(({ key }) => ({ key, why: differenceOf(parseKey(key), hosts) })),
  ];
  if (all.length === 0) return 'nothing';
  const near = all.filter(({ why }) => why !== '');
  const sorted = [...near, ...all.filter(({ why }) => why === '')];
  const shown = sorted.slice(0, MOST_SHOWN).map(({ key, why }) => shownKey(key) + why);
  const more = all.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function differenceOf({ host }: ParsedKey, hosts: readonly string[]): string {
  if (hosts.some((wanted) => host === wanted || matchesPattern(host, wanted))) return ' (another path)';
  const name = withoutPort(host);
  return hosts.some((wanted) => withoutPort(wanted) === name) ? ' (another port)' : '';
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '');
}

function hostsOf({ registry }: ImageRepository, apiHost: string | undefined): readonly string[] {
  return [registry, apiHost ?? registry].map(serverHost);
}

/** As in a message: without what may be a login, and not too long. */
export function shownKey(key: string): string {
  return quoted(key.replace(/[^/]*@/g, ''));
}

/** A helper to ask, and which key of the file names it. */
export interface NamedHelper {
  readonly helper: string;
  /** Server as the helper knows it. */
  readonly server: string;
  readonly key: 'credHelpers' | 'credsStore';
}

/** The helpers to ask for an image, in order: the one for its registry, then the one for all. */
export function findDockerHelpers(
  { helpers, store }: DockerConfig,
  repository: ImageRepository,
  apiHost: string | undefined,
): readonly NamedHelper[] {
  const hosts = hostsOf(repository, apiHost);
  const own = hosts.flatMap((host) =>
    helpers
      .filter(([server]) => isServer(parseKey(server), host))
      .map(([server, helper]) => ({ helper, server, key: 'credHelpers' }) as const),
  );
  const server = hosts[0] === DOCKER_HUB ? DOCKER_HUB_SERVER : repository.registry;
  const all = store === undefined ? [] : [{ helper: store, server, key: 'credsStore' } as const];
  return [...own.slice(0, 1), ...all];
}

function isServer({ host, path }: ParsedKey, wanted: string): boolean {
  return host === wanted && path === '';
}

/** Lower is better, the first difference decides: shortness of the path, pattern or not, which of the hosts. */
type Rank = readonly number[];

interface ParsedKey {
  readonly host: string;
  /** Without slashes around it. */
  readonly path: string;
}

function parseKey(key: string): ParsedKey {
  const [host = '', ...rest] = key
    .trim()
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
    .split('/');
  const path = rest.filter((part) => part !== '').join('/');
  // Docker's own keys end in the version of the API.
  return { host: serverHost(host), path: /^v[12]$/.test(path) ? '' : path };
}

function rankOf({ host, path }: ParsedKey, hosts: readonly string[], imagePath: string): Rank | undefined {
  if (path !== '' && imagePath !== path && !imagePath.startsWith(`${path}/`)) return undefined;
  const exact = hosts.indexOf(host);
  if (exact >= 0) return [-path.length, 0, exact];
  const pattern = hosts.findIndex((candidate) => matchesPattern(host, candidate));
  return pattern >= 0 ? [-path.length, 1, pattern] : undefined;
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

/** Keys of these files also name Docker Hub by the host of its web pages. */
function serverHost(host: string): string {
  const name = canonicalHost(host);
  return name === 'registry.hub.docker.com' ? DOCKER_HUB : name;
}

function readLogin(entry: JsonObject): UserPassword | LoginFault | undefined {
  const [identityToken, auth, username, password] = ['identitytoken', 'auth', 'username', 'password'].map(
    (name) => textField(entry, name),
  );
  if (identityToken) return { username: IDENTITY_TOKEN_USER, password: identityToken.trim() };
  if (auth) return decodeAuth(auth) ?? 'malformed';
  if (username && password) return parseUserPassword(`${username}:${password}`) ?? 'malformed';
  if (username || password) return 'malformed';
  return textField(entry, 'registrytoken') === '' ? undefined : 'registry-token';
}

function decodeAuth(auth: string): UserPassword | undefined {
  if (!/^[A-Za-z0-9+/_-]+={0,2}\s*$/.test(auth)) return undefined;
  return parseUserPassword(Buffer.from(auth, 'base64').toString('utf8'));
}

function compareRanks(a: Rank, b: Rank): number {
  const index = a.findIndex((part, at) => part !== b[at]);
  return index < 0 ? 0 : (a[index] ?? 0) - (b[index] ?? 0);
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
