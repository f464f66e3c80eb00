import type { ImageRepository } from '../core/image/reference.ts';
import { DOCKER_HUB } from '../core/image/registry-host.ts';
import { isJsonObject, objectField, parseJsonObject, textField, type JsonObject } from '../http/json.ts';
import {
  compareRanks,
  differenceOf,
  parseDockerKey,
  rankKey,
  serverHosts,
  shownKey,
  type DockerKey,
} from './docker-key.ts';
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

/**
 * `undefined` when the text is not such a file. One without any text holds nothing, as for Docker. What older files have at
 * their top, and Secrets of type `kubernetes.io/dockercfg`, is what newer ones have below `auths`; it is known by its shape, since
 * it is also found where the other is expected.
 */
export function parseDockerConfig(text: string): DockerConfig | undefined {
  if (/^\s*(?:null\s*)?$/.test(text)) return NOTHING;
  const content = parseJsonObject(Buffer.from(text));
  if (content === undefined || !isJsonObject(content['auths'] ?? {})) return undefined;
  if (isLegacy(content)) return { ...NOTHING, ...entriesOf(content) };
  const helpers = objectField(content, 'credHelpers');
  return {
    ...entriesOf(objectField(content, 'auths')),
    helpers: Object.keys(helpers)
      .map((server) => [server, textField(helpers, server)] as const)
      .filter(([, helper]) => helper !== ''),
    store: textField(content, 'credsStore') || undefined,
  };
}

const NOTHING: DockerConfig = { entries: [], emptyKeys: [], helpers: [], store: undefined };

const LOGIN_FIELDS = ['auth', 'username', 'password', 'email', 'identitytoken', 'registrytoken'];

function isLegacy(content: JsonObject): boolean {
  if ('auths' in content || 'credHelpers' in content || 'credsStore' in content) return false;
  return Object.values(content).some(
    (value) => isJsonObject(value) && LOGIN_FIELDS.some((name) => name in value),
  );
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
  const hosts = serverHosts(repository, apiHost);
  const fitting = entries.flatMap((entry) => {
    const rank = rankKey(parseDockerKey(entry.key), hosts, repository.path);
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
  const hosts = serverHosts(repository, apiHost);
  const fits = (key: string) => rankKey(parseDockerKey(key), hosts, repository.path) !== undefined;
  const all = [
    ...emptyKeys.filter(fits).map((key) => ({ key, why: ' (without a login)' })),
    ...entries.map(({ key }) => ({ key, why: differenceOf(parseDockerKey(key), hosts) })),
  ];
  if (all.length === 0) return 'nothing';
  const near = all.filter(({ why }) => why !== '');
  const sorted = [...near, ...all.filter(({ why }) => why === '')];
  const shown = sorted.slice(0, MOST_SHOWN).map(({ key, why }) => shownKey(key) + why);
  const more = all.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
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
  const hosts = serverHosts(repository, apiHost);
  const own = hosts.flatMap((host) =>
    helpers
      .filter(([written]) => isServer(parseDockerKey(written), host))
      .map(([server, helper]) => ({ helper, server, key: 'credHelpers' }) as const),
  );
  const server = hosts[0] === DOCKER_HUB ? DOCKER_HUB_SERVER : repository.registry || (apiHost ?? '');
  const all = store === undefined ? [] : [{ helper: store, server, key: 'credsStore' } as const];
  return [...own.slice(0, 1), ...all];
}

function isServer({ host, path }: DockerKey, wanted: string): boolean {
  return host === wanted && path === '';
}

function readLogin(entry: JsonObject): UserPassword | LoginFault | undefined {
  const [identityToken = '', auth = '', username = '', password = ''] = [
    'identitytoken',
    'auth',
    'username',
    'password',
  ].map((name) => textField(entry, name));
  const token = withoutSpace(identityToken);
  if (token !== '') return { username: IDENTITY_TOKEN_USER, password: token };
  const encoded = withoutSpace(auth);
  if (encoded !== '') return decodeAuth(encoded) ?? 'malformed';
  if (username && password) return parseUserPassword(`${username.trim()}:${password}`) ?? 'malformed';
  if (username || password) return 'malformed';
  return textField(entry, 'registrytoken') === '' ? undefined : 'registry-token';
}

/** Of either alphabet, with any padding or none. */
function decodeAuth(auth: string): UserPassword | undefined {
  if (!/^[A-Za-z0-9+/_-]+=*$/.test(auth)) return undefined;
  return parseUserPassword(Buffer.from(auth, 'base64').toString('utf8'));
}

/** `base64` breaks its lines after 76 characters, and editors where they please. */
function withoutSpace(text: string): string {
  return text.replace(/\s+/g, '');
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
