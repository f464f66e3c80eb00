import { createHash } from 'node:crypto';
import { LynceusError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ExchangeClients } from '../exchange-clients.ts';
import { createShortLivedStore, type ReadShortLived } from '../short-lived.ts';
import { createAppApi, type AppApi } from './app-api.ts';
import type { GithubApp, TokenWish } from './github-app.ts';

/** Tokens of the installations of GitHub Apps. Throws `credentials-failed`. */
export interface GithubAppTokens {
  /** A token with at least five minutes left; asked for once, however many need it. */
  get(app: GithubApp, wish: TokenWish, signal: AbortSignal): Promise<string>;
  /** A new one in place of one that was refused; `undefined` when that one was made only a moment ago. */
  renew(
    app: GithubApp,
    wish: TokenWish & { readonly refused: string },
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
  const tokens = createShortLivedStore<string>({ clock, reserve: RESERVE });
  const installations = createShortLivedStore<string>({ clock });
  /** Milliseconds by which the clock of an API is ahead of ours, as far as that mattered. */
  const skews = new Map<string, number>();

  function read(app: GithubApp, wish: TokenWish): ReadShortLived<string> {
    return async (signal) => {
      const send = await clients.by(app.route);
      const api = createAppApi(app, { send, clock, skews });
      const installation = await installationOf(api, { app, wish, installations, clock, signal });
      return await api.token(installation, wish, signal);
    };
  }

  return {
    get: (app, wish, signal) => tokens.get(keyOf(app, wish), read(app, wish), signal),
    renew: (app, wish, signal) =>
      tokens.renew(
        keyOf(app, wish),
        { isRefused: (token) => token === wish.refused, read: read(app, wish) },
        signal,
      ),
  };
}

/** Tokens of one installation are for everything in it: who names the installation shares one. */
function keyOf(app: GithubApp, { owner, repository, permissions = {} }: TokenWish): string {
  const whose =
    app.installationId === undefined ? [owner.toLowerCase(), repository?.toLowerCase()] : app.installationId;
  return JSON.stringify([identityOf(app), whose, permissionsKey(permissions)]);
}

function permissionsKey(permissions: NonNullable<TokenWish['permissions']>): string {
  return Object.keys(permissions)
    .map((name) => `${name}=${permissions[name]}`)
    .toSorted((a, b) => a.localeCompare(b, 'en'))
    .join();
}

function identityOf({ apiUrl, appId, privateKey, route }: GithubApp): readonly unknown[] {
  return [apiUrl, appId, createHash('sha256').update(privateKey).digest('hex'), route];
}

interface InstallationQuestion {
  readonly app: GithubApp;
  readonly wish: TokenWish;
  readonly installations: ReturnType<typeof createShortLivedStore<string>>;
  readonly clock: Pick<Clock, 'now'>;
  readonly signal: AbortSignal;
}

/** The installation that was named, else the one at the repository, the organization or the user. */
async function installationOf(
  api: AppApi,
  { app, wish, installations, clock, signal }: InstallationQuestion,
): Promise<string> {
  if (app.installationId !== undefined) return app.installationId;
  const { owner, repository } = wish;
  const places =
    repository === undefined
      ? [
          `/orgs/${encodeURIComponent(owner)}/installation`,
          `/users/${encodeURIComponent(owner)}/installation`,
        ]
      : [`/repos/${encodeURIComponent(owner)}/${encodeURIComponent(repository)}/installation`];
  const search: ReadShortLived<string> = async (own) => {
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
  return await installations.get(JSON.stringify([identityOf(app), places]), search, signal);
}
