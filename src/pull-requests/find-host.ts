import type { GitRemote } from '../core/git/remote.ts';
import { webPlaceOf } from '../core/git/web-place.ts';
import { LynceusError } from '../errors.ts';
import { clientGuard, type AddressGuard, type NamedBy } from '../http/address-guard.ts';
import { createHttpClient, type HttpClient } from '../http/client.ts';
import { DEFAULT_RETRY_RULES } from '../http/retry.ts';
import { retrying } from '../http/retrying.ts';
import type { Clock } from '../ports/clock.ts';
import type { GitPlace } from '../core/policy.ts';
import type { PullRequestHost, PullRequestHosts } from '../ports/pull-request-host.ts';
import { joinKey } from '../core/identity/key.ts';
import { parseUrl } from '../parse-url.ts';
import { createHostApi, type HostAccounts } from './host-api.ts';
import { createHostPauses, pausing, type HostPauses } from './host-pauses.ts';
import type { HostKind, HostLogin } from './host-kind.ts';
import type { HostKindName } from '../core/pull-requests/host-kinds.ts';
import { HOST_KINDS, knownKind } from './kinds.ts';
import { normalizeLimits } from '../http/rate-limits.ts';

/** Kind and address of the host of one remote. */
export interface HostSettings {
  /** `undefined`: by its URL. */
  readonly kind: HostKindName | undefined;
  /** Base URL of the API; `undefined`: where this kind has it. */
  readonly apiUrl: string | undefined;
}

export interface HostAccess {
  readonly login: HostLogin;
  /** PEM of authorities that are trusted besides the system's. */
  readonly ca: string | undefined;
}

export interface PullRequestHostsOptions {
  /** `named`: the kind that the Application names. */
  readonly settingsOf: (remote: GitRemote, named: string | undefined) => HostSettings;
  /** Throws `credentials-missing` when there is no token. */
  readonly accessOf: (place: GitPlace, remote: GitRemote, signal: AbortSignal) => Promise<HostAccess>;
  readonly userAgent: string;
  readonly clock: Clock;
  /** Which addresses the host of a remote may have; without it any. */
  readonly guard?: AddressGuard;
}

const CODES = { unreachable: 'host-unreachable', tooLarge: 'host-failed', invalid: 'host-failed' } as const;

/** Methods that leave the same behind when they are sent twice. */
const REPEATABLE = ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'] as const;

/** Every Git host that has pull requests, behind one port. */
export function createPullRequestHosts(options: PullRequestHostsOptions): PullRequestHosts {
  /** By authority and by who named the host: connections are kept from one cycle to the next. */
  const clients = new Map<string, HttpClient>();
  const pauses = createHostPauses();
  const accounts: HostAccounts = new Map();

  function clientFor(ca: string | undefined, namedBy: NamedBy): HttpClient {
    const { userAgent, guard } = options;
    const key = joinKey(ca, namedBy);
    const client =
      clients.get(key) ??
      createHttpClient({ userAgent, codes: CODES, ca, guard: guard && clientGuard(guard, namedBy) });
    clients.set(key, client);
    return client;
  }

  return {
    async find(place, signal) {
      const { remote } = place;
      const settings = options.settingsOf(remote, place.pullRequest?.kind);
      const kind = HOST_KINDS[kindOf(remote, settings)];
      const { login, ca } = await options.accessOf(place, remote, signal);
      return openHost(
        { remote, kind, settings, login, pauses, accounts },
        clientFor(ca, place.isOwnSource === true ? 'source' : 'stranger'),
        options,
      );
    },
    close() {
      for (const client of clients.values()) client.close();
      clients.clear();
    },
  };
}

interface Opening {
  readonly remote: GitRemote;
  readonly kind: HostKind;
  readonly settings: HostSettings;
  readonly login: HostLogin;
  readonly pauses: HostPauses;
  readonly accounts: HostAccounts;
}

function openHost(
  { remote, kind, settings, login, pauses, accounts }: Opening,
  client: HttpClient,
  { clock }: PullRequestHostsOptions,
): PullRequestHost {
  const headers = kind.headersOf(login);
  const baseUrl = settings.apiUrl ?? kind.apiUrlOf(webPlaceOf(remote));
  const key = joinKey(parseUrl(baseUrl)?.origin ?? baseUrl, headers['authorization']);
  const kept = { pauses: pauses.of(key), path: remote.path.replace(/^\/+/, ''), clock };
  const send = retrying(pausing(normalizeLimits(client.send, clock), kept), {
    clock,
    rules: DEFAULT_RETRY_RULES,
    methods: REPEATABLE,
    nothingDone: [429],
  });
  const api = createHostApi({
    baseUrl,
    label: remote.label,
    headers,
    send,
    accounts,
    key,
    secrets: secretsOf(login, headers),
  });
  return kind.open(remote, api);
}

/** The token, its last part where a name is before it, and the form in which the header has both. */
function secretsOf({ token }: HostLogin, { authorization = '' }: Readonly<Record<string, string>>) {
  return [token, token.slice(token.indexOf(':') + 1), authorization.slice(authorization.indexOf(' ') + 1)];
}

function kindOf({ host, label }: GitRemote, { kind }: HostSettings): HostKindName {
  const known = kind ?? knownKind(host);
  if (known !== undefined) return known;
  throw new LynceusError('config-invalid', `it is not known which kind of Git host ${label} is`, {
    hint: `set kind in pullRequests for its URL to one of ${Object.keys(HOST_KINDS).join(', ')}`,
  });
}
