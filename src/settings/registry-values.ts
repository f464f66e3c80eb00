import { parseCredentialSpec, type CredentialSpec } from '../core/credential-spec.ts';
import { parseDuration } from '../core/duration.ts';
import { isHost } from '../core/image/grammar.ts';
import { REGISTRY_APIS } from '../core/registry-api.ts';
import { asLynceusError } from '../errors.ts';
import { parseSecretPlace, type SecretPlace } from './secret-place.ts';
import { listOfValues, parsed, RefusedValue, shownValue, freeText, type ValueType } from './value-type.ts';
import { parseUrl } from '../parse-url.ts';

/** Through which proxy a registry is asked. */
export type ProxyChoice =
  /** `HTTPS_PROXY` and `NO_PROXY` decide. */
  | { readonly kind: 'environment' }
  | { readonly kind: 'none' }
  | { readonly kind: 'url'; readonly url: string; readonly credentials: SecretPlace | undefined };

const LONGEST = 1_000;
const LONGEST_PEM = 1_000_000;
const SECOND = 1_000;
const TEN_MINUTES = 600_000;

export const TRIMMED = trimmed((written) => written);

export const EXPECTED_API_URL = 'expected a URL such as https://registry.example.com';

export const API_URL = trimmed((written): string | RefusedValue => {
  const url = webUrlOf(written);
  if (url === undefined) return new RefusedValue(`${EXPECTED_API_URL}, found ${shownValue(written)}`);
  if (hasLogin(url))
    return new RefusedValue('must not hold a user name or password; name their place with credentials');
  if (hasQuery(url))
    return new RefusedValue(
      `${EXPECTED_API_URL} without ? and #, found ${shownValue(`${url.origin}${url.pathname}…`)}`,
    );
  const version = VERSION_END.exec(withoutSlashes(url.pathname))?.[0];
  if (version !== undefined)
    return new RefusedValue(
      `${EXPECTED_API_URL}, without the ${version} of the API, which is added to it; found ${shownValue(written)}`,
    );
  return withoutSlashes(written);
});

/** What follows in each request; Docker's first API is not spoken by anybody any more. */
const VERSION_END = /\/v[12]$/i;

const HOST_AND_PATH =
  /^(?:(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?(?:\/[A-Za-z0-9][\w.-]*)*)?$/;

export const PREFIX = trimmed((written) =>
  matching(
    HOST_AND_PATH,
    'expected a host as in image names, perhaps with the start of a path',
  )(withoutSlashes(written)),
);

export const CREDENTIALS = trimmed((written): CredentialSpec | RefusedValue => {
  try {
    return parseCredentialSpec(written);
  } catch (error) {
    // Its message never repeats the text: people put passwords here.
    return new RefusedValue(asLynceusError(error).line);
  }
});

export const EXPIRY = trimmed((written): number | undefined | RefusedValue => {
  const milliseconds = parseDuration(written);
  if (milliseconds === undefined)
    return new RefusedValue(
      `expected a duration with its unit such as 5h or 1h30m, found ${shownValue(written)}`,
    );
  return milliseconds === 0 ? undefined : milliseconds;
});

export const TIME = trimmed((written): number | RefusedValue => {
  const milliseconds = parseDuration(written);
  return milliseconds === undefined || milliseconds < SECOND || milliseconds > TEN_MINUTES
    ? new RefusedValue(`expected a duration from 1s to 10m such as 30s, found ${shownValue(written)}`)
    : milliseconds;
});

export const TAG_SORT_MODE = trimmed(
  oneOfNames(
    new Map([
      ['none', 'unsorted'],
      ['unsorted', 'unsorted'],
      ['latest-first', 'latest-first'],
      ['latest-last', 'latest-last'],
    ] as const),
    'latest-first, latest-last or none',
  ),
  'unsorted',
);

export const API = trimmed(
  oneOfNames(new Map(REGISTRY_APIS.map((api) => [api, api])), `one of ${REGISTRY_APIS.join(', ')}`),
  'auto',
);

const MOST_ASKED_FOR = 10_000;

/** A number, or that none is asked for. */
export const PAGE_SIZE: ValueType<number | 'none', number | 'none'> = {
  expected: `a whole number from 1 to ${MOST_ASKED_FOR}, or none`,
  reading: 'number',
  schema: (zod) => zod.union([zod.int().min(1).max(MOST_ASKED_FOR), zod.literal('none')]),
};

const EXPECTED_TOKEN_SERVER = 'expected the origin of one token server such as http://auth.example.com:5001';

/** An origin, exactly: a login goes there. */
const TOKEN_SERVER: ValueType<string, string> = parsed(
  freeText('the origin of a token server such as http://auth.example.com:5001', LONGEST),
  (written) => {
    const url = webUrlOf(written.trim());
    // The text is not repeated: it may hold a password that makes it no URL.
    if (url === undefined) return new RefusedValue(EXPECTED_TOKEN_SERVER);
    if (hasLogin(url)) return new RefusedValue('must not hold a user name or password');
    if (!isHost(url.host)) return new RefusedValue(`${EXPECTED_TOKEN_SERVER}, found ${shownValue(url.host)}`);
    if (url.pathname !== '/' || hasQuery(url))
      return new RefusedValue(`${EXPECTED_TOKEN_SERVER}, without a path; write ${url.origin}`);
    return url.origin;
  },
);

export const TOKEN_SERVERS = parsed(listOfValues(TOKEN_SERVER), (origins) =>
  origins.length === 0
    ? new RefusedValue('expected at least one origin; without the key there is none')
    : origins,
);

export const NAMESPACE = trimmed((written) => {
  const path = matching(
    /^[a-z0-9][a-z0-9._/-]*$/,
    'expected the start of an image path such as library',
  )(written);
  return path instanceof RefusedValue ? path : withoutSlashes(path);
}, '');

export const PEM = trimmed(
  (written) =>
    written.includes('-----BEGIN CERTIFICATE-----')
      ? written
      : new RefusedValue('expected certificates in PEM form, starting with -----BEGIN CERTIFICATE-----'),
  undefined,
  LONGEST_PEM,
);

export const PROXY = trimmed((written): Exclude<ProxyChoice, { kind: 'environment' }> | RefusedValue => {
  const expected = 'expected none, or the URL of a proxy such as http://proxy.example.com:3128';
  if (written === 'none') return { kind: 'none' };
  const url = webUrlOf(written);
  // The text is not repeated: it may hold a password that makes it no URL.
  if (url === undefined) return new RefusedValue(expected);
  if (hasLogin(url))
    return new RefusedValue(
      'must not hold a user name or password; name their place with proxyCredentials (proxy_credentials in registries.conf)',
    );
  if (url.pathname !== '/' || hasQuery(url)) return new RefusedValue(`${expected}, without a path`);
  return { kind: 'url', url: url.origin, credentials: undefined };
});

/** The text is not repeated: people put passwords here. */
export const PROXY_CREDENTIALS = trimmed(
  (written): SecretPlace | RefusedValue =>
    parseSecretPlace(written) ?? new RefusedValue('expected env:NAME or file:/path, where user:password is'),
);

/** A path as image names have it. */
const IMAGE_PATH = /^(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/;

export const MIRROR = trimmed((written): string | RefusedValue => {
  const expected = 'expected a URL such as https://mirror.example.com/docker-hub';
  const url = webUrlOf(written);
  if (url === undefined) return new RefusedValue(expected);
  const place = `${url.origin}${withoutSlashes(url.pathname)}`;
  if (hasLogin(url))
    return new RefusedValue('must not hold a user name or password; give its host an entry with credentials');
  if (hasQuery(url)) return new RefusedValue(`${expected} without ? and #`);
  if (/^\/v2(?:\/|$)/.test(url.pathname))
    return new RefusedValue(`${expected}, without the /v2 of the API; found ${shownValue(place)}`);
  if (!IMAGE_PATH.test(withoutSlashes(url.pathname)))
    return new RefusedValue(`${expected}, its path the start of an image path; found ${shownValue(place)}`);
  return place;
});

export const ROLE_ARN = trimmed(
  matching(
    /^arn:aws(?:-[a-z]+)*:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/,
    'expected a role such as arn:aws:iam::123456789012:role/pull',
  ),
);

/** AWS STS API Reference, AssumeRole. */
const EXTERNAL_ID_TEXT = /^[\w+=,.@:/-]{2,1224}$/;

export const EXTERNAL_ID = trimmed((written) =>
  EXTERNAL_ID_TEXT.test(written)
    ? written
    : new RefusedValue('expected 2 to 1224 letters, digits or characters of _+=,.@:/-'),
);

/** A text without the space around it; one without anything else is `blank`. */
function trimmed<Value>(parse: (text: string) => Value | RefusedValue): ValueType<string, Value | undefined>;
function trimmed<Value, const Blank>(
  parse: (text: string) => Value | RefusedValue,
  blank: Blank,
  longest?: number,
): ValueType<string, Value | Blank>;
function trimmed<Value>(
  parse: (text: string) => Value | RefusedValue,
  blank?: Value,
  longest: number = LONGEST,
): ValueType<string, Value | undefined> {
  return parsed(freeText('text', longest), (written) => {
    const bare = written.trim();
    return bare === '' ? blank : parse(bare);
  });
}

function webUrlOf(written: string): URL | undefined {
  const url = parseUrl(written);
  return url !== undefined && ['https:', 'http:'].includes(url.protocol) ? url : undefined;
}

function hasLogin({ username, password }: URL): boolean {
  return username !== '' || password !== '';
}

function hasQuery({ search, hash }: URL): boolean {
  return search !== '' || hash !== '';
}

function withoutSlashes(path: string): string {
  return path.replace(/\/+$/, '');
}

/** Takes what fits the pattern. */
function matching(pattern: RegExp, expected: string): (written: string) => string | RefusedValue {
  return (written) =>
    pattern.test(written) ? written : new RefusedValue(`${expected}, found ${shownValue(written)}`);
}

/** Takes the names of the table, in any case. */
function oneOfNames<Value>(
  choices: ReadonlyMap<string, Value>,
  expected: string,
): (written: string) => Value | RefusedValue {
  return (written) => {
    const word = written.toLowerCase();
    return choices.get(word) ?? new RefusedValue(`expected ${expected}, found ${shownValue(word)}`);
  };
}
