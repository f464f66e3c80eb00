import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContext } from 'node:tls';
import { githubGraphqlPath } from '../../../core/git/github-api.ts';
import { hostnameOf, type GitRemote } from '../../../core/git/remote.ts';
import type { GitPlace } from '../../../core/policy.ts';
import { asLynceusError } from '../../../errors.ts';
import { clientGuard, type AddressGuard, type NamedBy } from '../../../http/address-guard.ts';
import { createHttpClient } from '../../../http/client.ts';
import { isLoopbackHost } from '../../../http/loopback.ts';
import { guardedProxies, proxyFromEnvironment, type EnvironmentVariables } from '../../../http/proxy.ts';
import { normalizeLimits } from '../../../http/rate-limits.ts';
import { retrying } from '../../../http/retrying.ts';
import { authoritiesWith } from '../../../http/trust.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { GitLogin, GitRoute } from '../../../ports/git-logins.ts';
import type { Log } from '../../../ports/log.ts';
import { createAsk, type Ask } from './graphql.ts';
import { madeByUs } from './made-by-us.ts';
import { publish, type Publication, type PublishContext, type Published } from './publish.ts';

/** Makes the commits of one remote through the API of its host. */
export interface CommitApi {
  /** E-mail addresses of the committer that the host puts into such commits. */
  readonly committers: readonly string[];
  publish(publication: Publication, environment: PublishEnvironment): Promise<Published>;
  /** Those of these commits, which the host committed, that were made for us. Throws what the API refuses. */
  madeByUs(shas: readonly string[], signal: AbortSignal): Promise<ReadonlySet<string>>;
}

export type PublishEnvironment = Pick<PublishContext, 'treeOf' | 'headNow' | 'signal'>;

/** The remote, and whether Argo CD connects to it too. */
export type CommitPlace = Pick<GitPlace, 'remote' | 'isOwnSource'>;

export interface CommitApis {
  /** `undefined` for a remote without such an API, or a login that it does not take, which is logged once. */
  find(place: CommitPlace, login: GitLogin): CommitApi | undefined;
}

export interface CommitApisOptions {
  /** Base URL of GitHub's REST API for the remote; `undefined` when it is not known to be at GitHub. */
  readonly apiUrlOf: (remote: GitRemote) => string | undefined;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Where the proxies are taken from. */
  readonly env: EnvironmentVariables;
  /** Which addresses the host of a remote may have; without it any. */
  readonly guard?: AddressGuard;
}

const CODES = { unreachable: 'git-unreachable', tooLarge: 'host-failed', invalid: 'host-failed' } as const;

const TIMEOUT = 30_000;

export function createCommitApis(options: CommitApisOptions): CommitApis {
  const logged = new Set<string>();
  return {
    find({ remote, isOwnSource = false }, login) {
      const apiUrl = options.apiUrlOf(remote);
      const access = accessOf(remote, login);
      if (apiUrl !== undefined && access.kind === 'login')
        return openApi(remote, { ...access, apiUrl, namedBy: isOwnSource ? 'source' : 'stranger' }, options);
      if (!logged.has(remote.key)) {
        logged.add(remote.key);
        const elsewhere = 'its host is not known to be GitHub';
        const why = access.kind === 'login' || apiUrl === undefined ? elsewhere : access.why;
        options.log.warn('git.commitMethod is api, and this remote is pushed to with git', {
          remote: remote.label,
          why,
        });
      }
      return undefined;
    },
  };
}

/** Where GitHub's GraphQL API is, by the base URL of the REST API, with or without a trailing slash. */
export function graphqlUrl(apiUrl: string): URL {
  const base = apiUrl.replace(/\/+$/, '');
  return new URL(`${base}${githubGraphqlPath(base)}`);
}

type Login = Extract<GitLogin, { kind: 'basic' | 'bearer' }>;

interface Access {
  readonly login: Login;
  readonly apiUrl: string;
  readonly namedBy: NamedBy;
}

type FoundLogin =
  { readonly kind: 'login'; readonly login: Login } | { readonly kind: 'none'; readonly why: string };

/** The login, or why there is none that the API takes. */
function accessOf(remote: GitRemote, login: GitLogin): FoundLogin {
  const safe = remote.transport === 'https' || (remote.transport === 'http' && isLoopbackHost(remote.host));
  if (!safe) return { kind: 'none', why: 'it is not reached over https' };
  if (remote.path.split('/').length !== 2)
    return { kind: 'none', why: 'its URL does not name an owner and a repository' };
  if (login.kind === 'basic' || login.kind === 'bearer') return { kind: 'login', login };
  return { kind: 'none', why: 'there is no token for it' };
}

function openApi(
  remote: GitRemote,
  { login, apiUrl, namedBy }: Access,
  options: CommitApisOptions,
): CommitApi {
  async function withAsk<T>(work: (ask: Ask) => Promise<T>): Promise<T> {
    const secure = await secureContextOf(login);
    const guard = options.guard && clientGuard(options.guard, namedBy);
    const named = login.proxy === undefined ? undefined : options.guard && clientGuard(options.guard);
    const client = createHttpClient({
      userAgent: options.userAgent,
      codes: CODES,
      guard,
      timeouts: { response: TIMEOUT, total: TIMEOUT },
      proxyFor: guardedProxies(proxyFromEnvironment(proxiesOf(login, options.env)), named),
      ...(secure === undefined ? {} : { secureContext: () => secure }),
    });
    const { clock } = options;
    // Nothing is sent twice but what was refused for its haste: a commit may have been made all the same.
    const send = retrying(normalizeLimits(client.send, clock), { clock, nothingDone: [429] });
    const token = login.kind === 'basic' ? login.password : login.token;
    try {
      return await work(createAsk({ url: graphqlUrl(apiUrl), token, send, remote, login }));
    } finally {
      client.close();
    }
  }

  const repository = remote.path;
  const host = hostnameOf(remote);
  return {
    committers: ['noreply@github.com', `noreply@${host}`],
    async publish(publication, environment) {
      try {
        return await withAsk((ask) => publish(publication, { ...environment, ask, repository }));
      } catch (thrown) {
        return { outcome: { kind: 'failed', error: asLynceusError(thrown) }, shas: [] };
      }
    },
    madeByUs: (shas, signal) =>
      withAsk((ask) => madeByUs(shas, { ask, repository, signsAll: SIGNS_ALL.test(host), signal })),
  };
}

/** GitHub Enterprise Server signs only where that was set up. */
const SIGNS_ALL = /^(?:[^.]+\.)*(?:github\.com|ghe\.com)$/;

function proxiesOf({ proxy }: GitRoute, env: EnvironmentVariables): EnvironmentVariables {
  return proxy === undefined ? env : { HTTPS_PROXY: proxy.url, NO_PROXY: proxy.except };
}

async function secureContextOf({ caFile, client }: GitRoute): Promise<SecureContext | undefined> {
  if (caFile === undefined && client === undefined) return undefined;
  const ca = caFile === undefined ? {} : { ca: [...authoritiesWith(await readFile(caFile, 'utf8'))] };
  if (client === undefined) return createSecureContext(ca);
  const [cert, key] =
    client.kind === 'text'
      ? [client.certificate, client.key]
      : [await readFile(client.certFile, 'utf8'), await readFile(client.keyFile, 'utf8')];
  return createSecureContext({ ...ca, cert, key });
}
