import { parseDuration } from '../core/duration.ts';
import { shown } from './faults.ts';

/** What an entry says of the network, as somebody wrote it; the types are already right. */
export interface NetworkKeys {
  readonly apiUrl?: string | undefined;
  readonly clientCertFile?: string | undefined;
  readonly clientKeyFile?: string | undefined;
  readonly proxy?: string | undefined;
  readonly proxyCredentials?: string | undefined;
  readonly mirror?: string | undefined;
  readonly loginToMirror?: boolean | undefined;
  readonly connectTimeout?: string | undefined;
  readonly timeout?: string | undefined;
}

/** How a registry is reached, beyond its URL and its authorities. Durations are milliseconds. */
export interface RegistryNetwork {
  /** Both or none: what proves to the server who we are (mutual TLS). */
  readonly clientCertFile: string | undefined;
  readonly clientKeyFile: string | undefined;
  readonly proxy: ProxyChoice;
  /** Where its images are looked up instead: host and the start of their paths there. */
  readonly mirror: string | undefined;
  /** Whether the registry's own login is offered to the mirror. */
  readonly loginToMirror: boolean;
  readonly connectTimeout: number | undefined;
  readonly timeout: number | undefined;
}

export type ProxyChoice =
  /** `HTTPS_PROXY` and `NO_PROXY` decide. */
  | { readonly kind: 'environment' }
  | { readonly kind: 'none' }
  | { readonly kind: 'url'; readonly url: string; readonly credentials: SecretPlace | undefined };

/** Where `user:password` is. */
export type SecretPlace =
  { readonly kind: 'env'; readonly variable: string } | { readonly kind: 'file'; readonly path: string };

type AddFault = (key: keyof NetworkKeys, message: string) => void;

const SECOND = 1_000;
const TEN_MINUTES = 600_000;

/** Checks the keys of an entry that are about the network; what is wrong becomes faults. */
export function networkOf(keys: NetworkKeys, fault: AddFault): RegistryNetwork {
  const clientCertFile = textOf(keys.clientCertFile);
  const clientKeyFile = textOf(keys.clientKeyFile);
  if (clientCertFile === undefined && clientKeyFile !== undefined)
    fault('clientCertFile', 'is missing; a key without its certificate proves nothing');
  if (clientCertFile !== undefined && clientKeyFile === undefined)
    fault('clientKeyFile', 'is missing; expected the path of the private key of the client certificate');
  return {
    clientCertFile,
    clientKeyFile,
    proxy: proxyOf(keys, fault),
    mirror: mirrorOf(keys, fault),
    loginToMirror: keys.loginToMirror ?? false,
    connectTimeout: timeOf('connectTimeout', keys, fault),
    timeout: timeOf('timeout', keys, fault),
  };
}

function textOf(text: string | undefined): string | undefined {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' ? undefined : trimmed;
}

function proxyOf(keys: NetworkKeys, fault: AddFault): ProxyChoice {
  const text = textOf(keys.proxy);
  const place = textOf(keys.proxyCredentials);
  const choice = proxyChoiceOf(text, keys, fault);
  if (place === undefined) return choice;
  if (choice.kind !== 'url') {
    if (text === undefined || text === 'none')
      fault('proxyCredentials', 'is only for an entry with the URL of a proxy');
    return choice;
  }
  const credentials = placeOf(place);
  // The text is not repeated: people put passwords here.
  if (credentials === undefined)
    fault('proxyCredentials', 'expected env:NAME or file:/path, where user:password is');
  return { ...choice, credentials };
}

function proxyChoiceOf(text: string | undefined, { apiUrl = '' }: NetworkKeys, fault: AddFault): ProxyChoice {
  const expected = 'expected none, or the URL of a proxy such as http://proxy.example.com:3128';
  if (text === undefined) return { kind: 'environment' };
  if (text === 'none') return { kind: 'none' };
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    // Neither is this one: it may hold a password that makes it no URL.
    fault('proxy', expected);
    return { kind: 'environment' };
  }
  if (url.username !== '' || url.password !== '')
    fault(
      'proxy',
      'must not hold a user name or password; name their place with proxyCredentials (proxy_credentials in registries.conf)',
    );
  else if (url.pathname !== '/' || url.search !== '' || url.hash !== '')
    fault('proxy', `${expected}, without a path`);
  else if (/^http:/i.test(apiUrl.trim()))
    fault('proxy', 'is only for registries at an https:// URL; others are asked directly');
  return { kind: 'url', url: url.origin, credentials: undefined };
}

function placeOf(text: string): SecretPlace | undefined {
  const [, variable] = /^env:([A-Za-z_]\w*)$/.exec(text) ?? [];
  if (variable !== undefined) return { kind: 'env', variable };
  const [, path] = /^file:(\S.*)$/.exec(text) ?? [];
  return path === undefined ? undefined : { kind: 'file', path };
}

const PATH = /^(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/;

function mirrorOf(keys: NetworkKeys, fault: AddFault): string | undefined {
  const text = textOf(keys.mirror);
  if (text === undefined) {
    if (keys.loginToMirror === true) fault('loginToMirror', 'is only for an entry with a mirror');
    return undefined;
  }
  const expected = 'expected a URL such as https://mirror.example.com/docker-hub';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    fault('mirror', expected);
    return undefined;
  }
  const path = url.pathname.replace(/\/+$/, '');
  if (url.username !== '' || url.password !== '')
    fault('mirror', 'must not hold a user name or password; give its host an entry with credentials');
  else if (url.search !== '' || url.hash !== '') fault('mirror', `${expected} without ? and #`);
  else if (/^\/v2(?:\/|$)/.test(path))
    fault('mirror', `${expected}, without the /v2 of the API; found ${shown(url.origin + path)}`);
  else if (!PATH.test(path))
    fault('mirror', `${expected}, its path the start of an image path; found ${shown(url.origin + path)}`);
  return `${url.origin}${path}`;
}

function timeOf(key: 'connectTimeout' | 'timeout', keys: NetworkKeys, fault: AddFault): number | undefined {
  const text = textOf(keys[key]);
  if (text === undefined) return undefined;
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined || milliseconds < SECOND || milliseconds > TEN_MINUTES)
    fault(key, `expected a duration from 1s to 10m such as 30s, found ${shown(text)}`);
  return milliseconds;
}
