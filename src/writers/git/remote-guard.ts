import type { LookupAddress } from 'node:dns';
import { listenToAbort } from '../../async/listen-to-abort.ts';
import { hostnameOf, type GitRemote } from '../../core/git/remote.ts';
import type { GitPlace } from '../../core/policy.ts';
import { errnoOf, LynceusError, messageOf, withTenantMessage, type ErrorCode } from '../../errors.ts';
import {
  AddressRefusal,
  exceptionHint,
  type AddressGuard,
  type AddressRule,
  type HostAndPort,
} from '../../http/address-guard.ts';
import { addressRefused } from '../../http/address-refused.ts';
import { explainNetworkError } from '../../http/explain-network-error.ts';
import { bareHost } from '../../http/loopback.ts';
import { parseUrl } from '../../parse-url.ts';
import type { GitLogin, GitRoute } from '../../ports/git-logins.ts';

/** Which remotes may be connected to. */
export interface RemoteGuard {
  readonly addresses: AddressGuard;
  /** Whether a folder of this machine may be a remote. */
  readonly allowsFolder: (place: GitPlace) => boolean;
}

/** The addresses that a host has for git, because they were looked at. */
export interface Pin extends HostAndPort {
  readonly addresses: readonly string[];
}

export interface PinOptions {
  /** Without it any remote may be connected to, and git resolves names by itself. */
  readonly guard?: RemoteGuard | undefined;
  /** Where git takes its proxies from; that of the process unless set. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** Name servers that do not answer in this time, in milliseconds, count as silent. */
const LONGEST_LOOKUP = 10_000;

/** Nobody can be connected to here, so that git goes through its proxy or nowhere. */
const NOWHERE = '255.255.255.255';

/**
 * Looks at where a remote leads to, before git does. Returns what git must not resolve by itself: the host, and that of a
 * proxy that a Secret names; none of them where an administrator named it. Throws `address-refused`, and
 * `git-unreachable` for a name that has no address.
 */
export async function pinsOf(
  place: GitPlace,
  login: GitLogin,
  { guard, env = process.env, signal }: PinOptions,
): Promise<readonly Pin[]> {
  const { remote, isOwnSource = false } = place;
  if (guard === undefined || remote.transport === 'local') return [];
  const { addresses } = guard;
  const proxy = 'proxy' in login ? login.proxy : undefined;
  const proxies =
    proxy === undefined || proxy.url === '' ? [] : await pinsOfProxy(proxy.url, addresses, signal);
  const target = hostOf(remote);
  const rule = addresses.ruleFor(target, isOwnSource ? 'source' : 'stranger');
  if (rule === undefined) return proxies;
  const where = { label: remote.label, host: remote.host, signal };
  const isProxied = remote.transport !== 'ssh' && mayBeProxied(proxy, env);
  return [...proxies, await pinOf(target, rule, { ...where, isProxied })];
}

/** Throws `address-refused` for a folder of this machine that nobody trusted named. */
export function checkFolder(place: GitPlace, guard: RemoteGuard | undefined): void {
  const { transport, path, label } = place.remote;
  if (transport !== 'local' || guard === undefined || guard.allowsFolder(place)) return;
  throw new LynceusError(
    'address-refused',
    `the remote ${label} is a folder of this machine, and no administrator named it`,
    {
      hint: path.startsWith('/')
        ? `if it is meant, an administrator adds an entry to git.remotes: { url: "file://${path}" }`
        : 'write the URL of a Git server',
    },
  );
}

/** What differs between a port that is closed, one that is silent, and one where something else than a remote answers. */
const OF_THE_NETWORK: ReadonlySet<string> = new Set<ErrorCode>([
  'git-unreachable',
  'git-timeout',
  'git-denied',
  'git-failed',
]);

/**
 * The same error, which tells the people of an Application nothing of a host that only an annotation names: whoever may
 * write one could look for open ports with it otherwise.
 */
export function withholdRemote(thrown: unknown, place: GitPlace, guard: RemoteGuard | undefined): unknown {
  const { remote, isOwnSource = false } = place;
  if (!(thrown instanceof LynceusError) || !OF_THE_NETWORK.has(thrown.code)) return thrown;
  if (guard === undefined || isOwnSource || guard.addresses.ruleFor(hostOf(remote)) === undefined)
    return thrown;
  return withTenantMessage(thrown, {
    code: 'git-unreachable',
    message: `${remote.label} cannot be used as a remote; the log of Lynceus has the reason`,
  });
}

async function pinsOfProxy(
  url: string,
  addresses: AddressGuard,
  signal: AbortSignal,
): Promise<readonly Pin[]> {
  const parsed = parseUrl(url.includes('://') ? url : `http://${url}`);
  if (parsed === undefined) return [];
  const { hostname, host, protocol } = parsed;
  // curl takes 1080 where no port is written (CURLOPT_PROXY).
  const port = parsed.port || (protocol === 'https:' ? '443' : protocol === 'http:' ? '80' : '1080');
  const rule = addresses.ruleFor({ hostname, port });
  if (rule === undefined) return [];
  return [
    await pinOf({ hostname, port }, rule, { label: `the proxy ${host}`, host, isProxied: false, signal }),
  ];
}

interface Where {
  /** For messages. */
  readonly label: string;
  /** As an exception would name it. */
  readonly host: string;
  /** Perhaps it is a proxy that resolves the name. */
  readonly isProxied: boolean;
  readonly signal: AbortSignal;
}

async function pinOf(
  target: HostAndPort,
  rule: AddressRule,
  { label, host, isProxied, signal }: Where,
): Promise<Pin> {
  const hostname = bareHost(target.hostname);
  const pinned = { hostname, port: target.port };
  try {
    rule.checkWritten(target.hostname);
  } catch (thrown) {
    throw refused(thrown, label, host);
  }
  try {
    return { ...pinned, addresses: await resolve(hostname, rule, signal) };
  } catch (thrown) {
    if (signal.aborted) throw new LynceusError('aborted', 'stopped before git was started');
    if (isProxied) return { ...pinned, addresses: [NOWHERE] };
    throw refused(thrown, label, host);
  }
}

/** A lookup cannot be stopped: it is no longer waited for. */
function resolve(hostname: string, { lookup }: AddressRule, signal: AbortSignal): Promise<readonly string[]> {
  return new Promise((done, reject) => {
    const silent = Object.assign(new Error(), { code: 'EAI_AGAIN' });
    const timer = setTimeout(() => fail(silent), LONGEST_LOOKUP);
    let release = (): void => undefined;
    function stop(): void {
      clearTimeout(timer);
      release();
    }
    function fail(error: Error): void {
      stop();
      reject(error);
    }
    // Calls back at once when the signal is aborted already.
    release = listenToAbort(signal, () => fail(silent));
    lookup(hostname, { all: true }, (error, found) => {
      if (error !== null) return fail(error);
      stop();
      const addresses: readonly LookupAddress[] = Array.isArray(found) ? found : [];
      return done(addresses.map(({ address }) => address));
    });
  });
}

function refused(thrown: unknown, label: string, host: string): LynceusError {
  if (thrown instanceof AddressRefusal) return addressRefused(label, thrown, exceptionHint(host));
  const { text, hint } = explainNetworkError('', errnoOf(thrown) ?? messageOf(thrown));
  return new LynceusError('git-unreachable', `cannot reach ${label}: ${text}`, { hint });
}

const DEFAULT_PORTS = { https: '443', http: '80', ssh: '22', local: '' } as const;

function hostOf(remote: GitRemote): HostAndPort {
  const hostname = hostnameOf(remote);
  const port = remote.host.slice(hostname.length + 1) || DEFAULT_PORTS[remote.transport];
  return { hostname, port };
}

const PROXIES = ['http_proxy', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'] as const;

function mayBeProxied(proxy: GitRoute['proxy'], env: NonNullable<PinOptions['env']>): boolean {
  if (proxy !== undefined) return proxy.url !== '';
  return PROXIES.some((name) => (env[name] ?? '') !== '');
}
