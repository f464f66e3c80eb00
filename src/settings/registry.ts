import { parseCredentialSpec, type CredentialSpec } from '../core/credential-spec.ts';
import { parseDuration } from '../core/duration.ts';
import { REGISTRY_APIS, type RegistryApi } from '../core/registry-api.ts';
import { asLynceusError } from '../errors.ts';
import { type CheckedKeys, key } from './keys.ts';
import { parseSecretPlace, type SecretPlace } from './secret-place.ts';
import { parsed, Refusal, shown, text, type ValueType, wholeNumber, YES_OR_NO } from './value-type.ts';

const SECOND = 1_000;
const TEN_MINUTES = 600_000;
const LONGEST = 1_000;
const LONGEST_PEM = 1_000_000;

/** Requests per second to a registry that says nothing else. */
export const DEFAULT_REGISTRY_LIMIT = 20;

/**
 * An entry of `registries` and of `registries.conf`, where words stand between underscores and `ways.conf` has the
 * names that Argo CD Image Updater gave. A text without a word in it counts as missing, as there. What is wrong with
 * entries as a whole, also that a key is missing, is in `config/registry-rules.ts`.
 */
export const REGISTRY = {
  name: key(
    'Name for people; required',
    trimmed((name) => name),
  ),
  apiUrl: key('Base URL of the registry API, https or http; required', trimmed(apiUrlOf)),
  prefix: key(
    'Host as in image names, perhaps with the start of a path; only the default registry can do without',
    trimmed(prefixOf),
  ),
  credentials: key(
    'Where the login is: `env:NAME`, `ext:/path`, `secret:namespace/name#field`, `pullsecret:namespace/name`, or `github-app:env`, `github-app:/folder`, `github-app:namespace/name`',
    trimmed(credentialsOf),
  ),
  credentialsExpire: key(
    'After how long the login is read again, such as 10h; without it never',
    trimmed(expiryOf),
    {
      conf: 'credsexpire',
    },
  ),
  tagSortMode: key(
    'Order in which the registry lists tags: unsorted (also none), latest-first or latest-last',
    trimmed(tagSortModeOf, 'unsorted'),
    { default: 'unsorted', conf: 'tagsortmode' },
  ),
  api: key(
    `Interface that tells digests and times in bulk: ${REGISTRY_APIS.slice(0, -1).join(', ')} or ${REGISTRY_APIS.at(-1)}`,
    trimmed(apiOf, 'auto'),
    { default: 'auto' },
  ),
  defaultNamespace: key('Put in front of image names of one component', trimmed(namespaceOf, ''), {
    default: '',
    conf: 'defaultns',
  }),
  insecure: key('Do not check the TLS certificate', YES_OR_NO, { default: false }),
  limit: key(
    'Requests per second; 0 means the default too',
    parsed(wholeNumber(0, 10_000), (limit) => (limit === 0 ? DEFAULT_REGISTRY_LIMIT : limit)),
    { default: DEFAULT_REGISTRY_LIMIT },
  ),
  immutableTags: key(
    'No tag of this registry ever moves: a tag whose digest is known is not asked again',
    YES_OR_NO,
  ),
  concurrency: key(
    'Requests at the same time, 1 to 100; without it what is known of the registry, 10 at most',
    wholeNumber(1, 100),
  ),
  default: key('Use it for image names without a host; one registry only', YES_OR_NO, { default: false }),
  caFile: key(
    'PEM file of certificate authorities that are trusted in addition',
    trimmed((path) => path),
  ),
  caData: key('The same as text', trimmed(pemOf, undefined, LONGEST_PEM)),
  clientCertFile: key(
    'PEM file of the certificate that is shown to the registry',
    trimmed((path) => path),
  ),
  clientKeyFile: key(
    'PEM file of its private key; both or none',
    trimmed((path) => path),
  ),
  proxy: key(
    'URL of the proxy to reach it through, or `none`; without it `HTTPS_PROXY` and `NO_PROXY` decide',
    trimmed(proxyOf),
  ),
  proxyCredentials: key(
    'Where `user:password` for the proxy is: `env:NAME` or `file:/path`',
    trimmed(proxyCredentialsOf),
  ),
  mirror: key(
    'Where its images are looked up instead: a URL, its path the start of their paths there',
    trimmed(mirrorOf),
  ),
  loginToMirror: key('Offer the login of the registry to its mirror', YES_OR_NO, { default: false }),
  connectTimeout: key(
    'Longest time for a connection, and for its TLS, 1s to 10m; without it 10s',
    trimmed(timeOf),
  ),
  timeout: key(
    'Longest time for one answer, 1s to 10m; without it 2m, and 30s until it begins',
    trimmed(timeOf),
  ),
  awsRoleArn: key('Role to assume for Amazon ECR, in place of the own AWS identity', trimmed(roleOf)),
  awsExternalId: key(
    'External ID that the trust policy of that role asks for; beside a role only',
    trimmed(externalIdOf),
  ),
};

/** An entry with each key checked by itself. */
export type RegistryEntry = CheckedKeys<typeof REGISTRY>;

/** How one registry is reached: an entry that was checked as a whole, or what is known of a public registry. Durations are milliseconds. */
export interface RegistryEndpoint extends Omit<
  RegistryEntry,
  'name' | 'apiUrl' | 'prefix' | 'api' | 'default' | 'proxy' | 'proxyCredentials'
> {
  readonly name: string;
  /** Base URL without a trailing slash; what the OCI distribution spec calls `/v2/` comes after it. */
  readonly apiUrl: string;
  /** Host as in image names, perhaps with the start of a path; `''` only for the default. */
  readonly prefix: string;
  /** Interface of a vendor that lists in bulk; `auto` unless said. */
  readonly api?: RegistryApi;
  readonly isDefault: boolean;
  readonly proxy: ProxyChoice;
}

/** Through which proxy a registry is asked. */
export type ProxyChoice =
  /** `HTTPS_PROXY` and `NO_PROXY` decide. */
  | { readonly kind: 'environment' }
  | { readonly kind: 'none' }
  | { readonly kind: 'url'; readonly url: string; readonly credentials: SecretPlace | undefined };

/** A text without the space around it; one without anything else is `blank`. */
function trimmed<Value>(parse: (text: string) => Value | Refusal): ValueType<string, Value | undefined>;
function trimmed<Value, const Blank>(
  parse: (text: string) => Value | Refusal,
  blank: Blank,
  longest?: number,
): ValueType<string, Value | Blank>;
function trimmed<Value>(
  parse: (text: string) => Value | Refusal,
  blank?: Value,
  longest: number = LONGEST,
): ValueType<string, Value | undefined> {
  return parsed(text('text', longest), (written) => {
    const bare = written.trim();
    return bare === '' ? blank : parse(bare);
  });
}

function webUrlOf(written: string): URL | undefined {
  const url = URL.canParse(written) ? new URL(written) : undefined;
  return url !== undefined && ['https:', 'http:'].includes(url.protocol) ? url : undefined;
}

function hasLogin({ username, password }: URL): boolean {
  return username !== '' || password !== '';
}

function hasQuery({ search, hash }: URL): boolean {
  return search !== '' || hash !== '';
}

export const EXPECTED_API_URL = 'expected a URL such as https://registry.example.com';

function apiUrlOf(written: string): string | Refusal {
  const url = webUrlOf(written);
  if (url === undefined) return new Refusal(`${EXPECTED_API_URL}, found ${shown(written)}`);
  if (hasLogin(url))
    return new Refusal('must not hold a user name or password; name their place with credentials');
  if (hasQuery(url))
    return new Refusal(
      `${EXPECTED_API_URL} without ? and #, found ${shown(`${url.origin}${url.pathname}…`)}`,
    );
  return withoutSlashes(written);
}

function withoutSlashes(path: string): string {
  return path.replace(/\/+$/, '');
}

const PREFIX =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?(?:\/[A-Za-z0-9][\w.-]*)*$/;

function prefixOf(written: string): string | Refusal {
  const prefix = withoutSlashes(written);
  if (prefix === '' || PREFIX.test(prefix)) return prefix;
  return new Refusal(
    `expected a host as in image names, perhaps with the start of a path, found ${shown(prefix)}`,
  );
}

function credentialsOf(written: string): CredentialSpec | Refusal {
  try {
    return parseCredentialSpec(written);
  } catch (error) {
    // Its message never repeats the text: people put passwords here.
    return new Refusal(asLynceusError(error).line);
  }
}

function expiryOf(written: string): number | undefined | Refusal {
  const milliseconds = parseDuration(written);
  if (milliseconds === undefined)
    return new Refusal(`expected a duration with its unit such as 5h or 1h30m, found ${shown(written)}`);
  return milliseconds === 0 ? undefined : milliseconds;
}

function timeOf(written: string): number | Refusal {
  const milliseconds = parseDuration(written);
  return milliseconds === undefined || milliseconds < SECOND || milliseconds > TEN_MINUTES
    ? new Refusal(`expected a duration from 1s to 10m such as 30s, found ${shown(written)}`)
    : milliseconds;
}

type TagSortMode = 'unsorted' | 'latest-first' | 'latest-last';

const TAG_SORT_MODES: ReadonlyMap<string, TagSortMode> = new Map([
  ['none', 'unsorted'],
  ['unsorted', 'unsorted'],
  ['latest-first', 'latest-first'],
  ['latest-last', 'latest-last'],
]);

function tagSortModeOf(written: string): TagSortMode | Refusal {
  const word = written.toLowerCase();
  return (
    TAG_SORT_MODES.get(word) ??
    new Refusal(`expected latest-first, latest-last or none, found ${shown(word)}`)
  );
}

function apiOf(written: string): RegistryApi | Refusal {
  const word = written.toLowerCase();
  return (
    REGISTRY_APIS.find((api) => api === word) ??
    new Refusal(`expected one of ${REGISTRY_APIS.join(', ')}, found ${shown(word)}`)
  );
}

function namespaceOf(written: string): string | Refusal {
  if (/^[a-z0-9][a-z0-9._/-]*$/.test(written)) return withoutSlashes(written);
  return new Refusal(`expected the start of an image path such as library, found ${shown(written)}`);
}

function pemOf(written: string): string | Refusal {
  return written.includes('-----BEGIN CERTIFICATE-----')
    ? written
    : new Refusal('expected certificates in PEM form, starting with -----BEGIN CERTIFICATE-----');
}

function proxyOf(written: string): Exclude<ProxyChoice, { kind: 'environment' }> | Refusal {
  const expected = 'expected none, or the URL of a proxy such as http://proxy.example.com:3128';
  if (written === 'none') return { kind: 'none' };
  const url = webUrlOf(written);
  // The text is not repeated: it may hold a password that makes it no URL.
  if (url === undefined) return new Refusal(expected);
  if (hasLogin(url))
    return new Refusal(
      'must not hold a user name or password; name their place with proxyCredentials (proxy_credentials in registries.conf)',
    );
  if (url.pathname !== '/' || hasQuery(url)) return new Refusal(`${expected}, without a path`);
  return { kind: 'url', url: url.origin, credentials: undefined };
}

function proxyCredentialsOf(written: string): SecretPlace | Refusal {
  // The text is not repeated: people put passwords here.
  return parseSecretPlace(written) ?? new Refusal('expected env:NAME or file:/path, where user:password is');
}

/** A path as image names have it. */
const IMAGE_PATH = /^(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/;

function mirrorOf(written: string): string | Refusal {
  const expected = 'expected a URL such as https://mirror.example.com/docker-hub';
  const url = webUrlOf(written);
  if (url === undefined) return new Refusal(expected);
  const place = `${url.origin}${withoutSlashes(url.pathname)}`;
  if (hasLogin(url))
    return new Refusal('must not hold a user name or password; give its host an entry with credentials');
  if (hasQuery(url)) return new Refusal(`${expected} without ? and #`);
  if (/^\/v2(?:\/|$)/.test(url.pathname))
    return new Refusal(`${expected}, without the /v2 of the API; found ${shown(place)}`);
  if (!IMAGE_PATH.test(withoutSlashes(url.pathname)))
    return new Refusal(`${expected}, its path the start of an image path; found ${shown(place)}`);
  return place;
}

const ROLE_ARN = /^arn:aws(?:-[a-z]+)*:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/;

function roleOf(written: string): string | Refusal {
  return ROLE_ARN.test(written)
    ? written
    : new Refusal(`expected a role such as arn:aws:iam::123456789012:role/pull, found ${shown(written)}`);
}

/** AWS STS API Reference, AssumeRole. */
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/;

function externalIdOf(written: string): string | Refusal {
  return EXTERNAL_ID.test(written)
    ? written
    : new Refusal('expected 2 to 1224 letters, digits or characters of _+=,.@:/-');
}
