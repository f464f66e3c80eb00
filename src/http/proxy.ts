import { BlockList, isIP } from 'node:net';
import type { AddressRule, ClientGuard } from './address-guard.ts';
import { LynceusError } from '../errors.ts';
import { bareHost, isInside, isLoopbackHost } from './loopback.ts';
import { parseUrl } from '../parse-url.ts';

export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/** A proxy for TLS connections (`CONNECT`). */
export interface Proxy {
  /** `http:` or `https:`, without user information. */
  readonly url: URL;
  /** Where it is set, for hints: `see HTTPS_PROXY and NO_PROXY in the environment`. */
  readonly hint: string;
  /** Read for each connection; `undefined` when it wants none. */
  readonly login: () => Promise<ProxyLogin | undefined>;
  /** What its address is held to; absent where an administrator or the own environment names it. */
  readonly rule?: AddressRule | undefined;
}

export interface ProxyLogin {
  readonly username: string;
  readonly password: string;
}

/** The same proxies, of which those that nobody trusted named are held to addresses. */
export function guardedProxies(
  proxies: (url: URL) => Proxy | undefined,
  guard: ClientGuard | undefined,
): (url: URL) => Proxy | undefined {
  return (target) => {
    const proxy = proxies(target);
    return proxy && { ...proxy, rule: guard?.ruleFor(proxy.url) };
  };
}

/** `proxyFor` over one environment. A login in the variable is sent to the proxy and to nobody else. */
export function proxyFromEnvironment(env: EnvironmentVariables): (url: URL) => Proxy | undefined {
  return (target) => {
    const full = proxyFor(target, env);
    if (full === undefined) return undefined;
    const login =
      full.username === ''
        ? undefined
        : { username: decodeURIComponent(full.username), password: decodeURIComponent(full.password) };
    const hint = 'see HTTPS_PROXY and NO_PROXY in the environment';
    return { url: new URL(full.origin), hint, login: () => Promise.resolve(login) };
  };
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/**
 * The proxy for a URL by `HTTPS_PROXY` and `NO_PROXY` (also in lower case), read as Go's `http.ProxyFromEnvironment`
 * reads them; `undefined` to ask directly. Only `https:` goes through a proxy: a registry without TLS is in our own
 * network. This machine itself is always asked directly. Throws `config-invalid` for a proxy that is not `http:` or `https:`.
 */
export function proxyFor(url: URL, env: EnvironmentVariables): URL | undefined {
  if (url.protocol !== 'https:') return undefined;
  const text = env['HTTPS_PROXY'] || env['https_proxy'] || '';
  if (text === '' || isExcepted(url, env['NO_PROXY'] || env['no_proxy'] || '')) return undefined;
  const full = text.includes('://') ? text : `http://${text}`;
  const proxy = parseUrl(full);
  // The text is not repeated: it may hold a password.
  if (proxy === undefined || !/^https?:$/.test(proxy.protocol))
    throw new LynceusError('config-invalid', 'HTTPS_PROXY is not an http:// or https:// URL');
  return proxy;
}

function isExcepted(url: URL, noProxy: string): boolean {
  if (isLoopbackHost(url.hostname)) return true;
  const host = bareHost(url.hostname);
  const port = url.port || DEFAULT_PORTS[url.protocol] || '';
  return noProxy.split(',').some((entry) => matchesEntry(entry.trim().toLowerCase(), host, port));
}

/** One of: `*`, an address, a range such as `10.0.0.0/8`, `.corp` for what is below it, `corp` for itself as well; each with an optional port. */
function matchesEntry(entry: string, host: string, port: string): boolean {
  if (entry === '') return false;
  if (entry === '*') return true;
  if (entry.includes('/')) return isInRange(host, entry);
  const [, name = '', entryPort] = /^(\[[^\]]*\]|[^:]+|[0-9a-f:]+)(?::(\d+))?$/.exec(entry) ?? [];
  if (entryPort !== undefined && entryPort !== port) return false;
  const wanted = name.replace(/^\[|\]$/g, '').replace(/^\*\./, '.');
  if (isIP(wanted) !== 0) return wanted === host;
  return (
    wanted !== '' &&
    (wanted.startsWith('.') ? host.endsWith(wanted) : host === wanted || host.endsWith(`.${wanted}`))
  );
}

function isInRange(host: string, range: string): boolean {
  const [address = '', bits = ''] = range.split('/');
  const version = isIP(address);
  const length = Number(bits);
  if (version === 0 || !/^\d{1,3}$/.test(bits) || length > (version === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(address, length, version === 4 ? 'ipv4' : 'ipv6');
  return isInside(host, list);
}
