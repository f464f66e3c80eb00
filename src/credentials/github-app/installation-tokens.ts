import { createHash } from 'node:crypto';
import {
  createExpiringCache,
  renewedEarly,
  type CacheRequest,
  type ExpiringCache,
} from '../../async/expiring-cache.ts';
import { joinKey } from '../../core/identity/key.ts';
import { LynceusError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { routeKey, type ExchangeClients } from '../exchange-clients.ts';
import { createAppApi, type AppApi } from './app-api.ts';
import type { GithubApp, TokenScope } from './github-app.ts';

/** Tokens of the installations of GitHub Apps. Throws `credentials-failed`. */
export interface GithubAppTokens {
  /** A token with at least five minutes left; asked for once, however many need it. */
  get(app: GithubApp, scope: TokenScope, signal: AbortSignal): Promise<string>;
  /** A new one in place of one that was refused; `undefined` when that one was made only a moment ago. */
  renew(
    app: GithubApp,
    scope: TokenScope & { readonly refused: string },
    signal: AbortSignal,
  ): Promise<string | undefined>;
}

export interface GithubAppTokensOptions {
  readonly clients: Pick<ExchangeClients, 'by'>;
  readonly clock: Clock;
}

/** One cycle reads and writes with the token that it began with. */
const RESERVE = 300_000;

const INSTALLATION_LASTS = 3_600_000;

export function createGithubAppTokens({ clients, clock }: GithubAppTokensOptions): GithubAppTokens {
  const tokens = createExpiringCache<string>({ clock, usefulLife: renewedEarly({ reserve: RESERVE }) });
  const installations = createExpiringCache<string>({ clock, usefulLife: renewedEarly() });
  /** Milliseconds by which the clock of an API is ahead of ours, as far as that mattered. */
  const skews = new Map<string, number>();

  function read(app: GithubApp, scope: TokenScope): CacheRequest<string>['read'] {
    return async (signal) => {
      const send = await clients.by({ ...app.route, guarded: true });
      const api = createAppApi(app, { send, clock, skews });
      const installation = await installationOf(api, { app, scope, installations, clock, signal });
      return await api.token(installation, scope, signal);
    };
  }

  return {
    get: (app, scope, signal) => tokens.get(tokenKey(app, scope), { read: read(app, scope) }, signal),
    renew: (app, scope, signal) =>
      tokens.renew(
        tokenKey(app, scope),
        { isRefused: (token) => token === scope.refused, read: read(app, scope) },
        signal,
      ),
  };
}

/** A token covers its whole installation, so all users of a named installation share one. */
function tokenKey(app: GithubApp, { owner, repository, permissions = {} }: TokenScope): string {
  const whose = app.installationId ?? `${owner}/${repository ?? ''}`.toLowerCase();
  return joinKey(appKey(app), whose, permissionsKey(permissions));
}

function permissionsKey(permissions: NonNullable<TokenScope['permissions']>): string {
  return Object.keys(permissions)
    .map((name) => `${name}=${permissions[name]}`)
    .toSorted((a, b) => a.localeCompare(b, 'en'))
    .join();
}

/** Equal for what is one App to its API, reached in one way. */
function appKey({ apiUrl, appId, privateKey, route = {} }: GithubApp): string {
  return joinKey(apiUrl, appId, createHash('sha256').update(privateKey).digest('hex'), routeKey(route));
}

interface InstallationInput {
  readonly app: GithubApp;
  readonly scope: TokenScope;
  readonly installations: ExpiringCache<string>;
  readonly clock: Pick<Clock, 'now'>;
  readonly signal: AbortSignal;
}

/** The installation that was named, else the one at the repository, the organization or the user. */
async function installationOf(
  api: AppApi,
  { app, scope, installations, clock, signal }: InstallationInput,
): Promise<string> {
  if (app.installationId !== undefined) return app.installationId;
  const { owner, repository } = scope;
  const places =
    repository === undefined
      ? [
          `/orgs/${encodeURIComponent(owner)}/installation`,
          `/users/${encodeURIComponent(owner)}/installation`,
        ]
      : [`/repos/${encodeURIComponent(owner)}/${encodeURIComponent(repository)}/installation`];
  const search: CacheRequest<string>['read'] = async (own) => {
    for (const path of places) {
      const value = await api.find(path, own);
      if (value !== undefined) return { value, expiresAt: clock.now() + INSTALLATION_LASTS };
    }
    const at = repository === undefined ? owner : `${owner}/${repository}`;
    throw new LynceusError('credentials-failed', `the GitHub App of ${app.where} is not installed at ${at}`, {
      hint: 'install it there and give it this repository; or name the installation',
      retryable: false,
    });
  };
  return await installations.get(joinKey(appKey(app), ...places), { read: search }, signal);
}
