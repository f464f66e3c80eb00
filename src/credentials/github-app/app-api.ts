import type { Expiring } from '../../async/expiring-cache.ts';
import type { LynceusError } from '../../errors.ts';
import { parseJsonObject, textField } from '../../http/json.ts';
import type { HttpRequest, HttpResponse, Send } from '../../http/message.ts';
import type { Clock } from '../../ports/clock.ts';
import { LONGEST_ANSWER, noToken, tokenField } from '../oauth.ts';
import { parseRsaKey, signJwt } from '../sign-jwt.ts';
import type { GithubApp, TokenScope } from './github-app.ts';

/** The part of GitHub's API that an App speaks in its own name. Throws `credentials-failed`. */
export interface AppApi {
  /** Number of the installation at a path; `undefined` when the App is not installed there. */
  find(path: string, signal: AbortSignal): Promise<string | undefined>;
  token(installation: string, scope: TokenScope, signal: AbortSignal): Promise<Expiring<string>>;
}

export interface AppApiOptions {
  readonly send: Send;
  readonly clock: Pick<Clock, 'now'>;
  /** Milliseconds by which the clock of an API is ahead of ours, by its URL, as far as that has mattered. */
  readonly skews: Map<string, number>;
}

/** GitHub takes a JWT for at most ten minutes, counted from its own `iat`. */
const ISSUED_BEFORE = 60_000;
const JWT_LIFE = 540_000;

/** A smaller difference between the clocks cannot be the reason for a refusal. */
const TOLERATED_SKEW = 30_000;

export function createAppApi(app: GithubApp, options: AppApiOptions): AppApi {
  const ask = createRequester(app, options);
  return {
    async find(path, signal) {
      const response = await ask({ method: 'GET', path }, signal);
      if (response.status === 404) return undefined;
      const id = response.status === 200 ? parseJsonObject(response.body)?.['id'] : undefined;
      if (typeof id === 'number' && Number.isSafeInteger(id) && id > 0) return String(id);
      throw unexpected(response, { app, what: 'name the installation' });
    },
    async token(installation, scope, signal) {
      const body = JSON.stringify(scope.permissions === undefined ? {} : { permissions: scope.permissions });
      const path = `/app/installations/${installation}/access_tokens`;
      const response = await ask({ method: 'POST', path, body }, signal);
      const answer = parseJsonObject(response.body) ?? {};
      const token = tokenField(answer, 'token');
      if (response.status !== 201 || token === undefined)
        throw unexpected(response, { app, what: `give a token for installation ${installation}`, scope });
      return { value: token, expiresAt: expiryOf(textField(answer, 'expires_at'), response, options) };
    },
  };
}

interface AppRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
}

type Ask = (request: AppRequest, signal: AbortSignal) => Promise<HttpResponse>;

/** Sends a request with a proof of the App, and once more by the server's time when that may be why it was refused. */
function createRequester(app: GithubApp, { send, clock, skews }: AppApiOptions): Ask {
  const key = parseRsaKey(app.privateKey, `the private key of ${app.where}`);

  function proof(): string {
    const issued = clock.now() + (skews.get(app.apiUrl) ?? 0) - ISSUED_BEFORE;
    const seconds = (time: number): number => Math.floor(time / 1000);
    return signJwt({ iss: app.appId, iat: seconds(issued), exp: seconds(issued + JWT_LIFE) }, { key });
  }

  function requestOf({ method, path, body }: AppRequest): HttpRequest {
    const content = body === undefined ? {} : { 'content-type': 'application/json' };
    const headers = {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${proof()}`,
      'x-github-api-version': '2022-11-28',
      ...content,
    };
    const url = new URL(`${app.apiUrl}${path}`);
    return { method, url, headers, maxBytes: LONGEST_ANSWER, ...(body === undefined ? {} : { body }) };
  }

  function learnSkew({ headers }: HttpResponse): boolean {
    const skew = Date.parse(headers['date'] ?? '') - clock.now();
    if (Number.isNaN(skew) || Math.abs(skew - (skews.get(app.apiUrl) ?? 0)) < TOLERATED_SKEW) return false;
    skews.set(app.apiUrl, skew);
    return true;
  }

  return async (request, signal) => {
    const response = await send(requestOf(request), signal);
    if (response.status !== 401 || !learnSkew(response)) return response;
    return await send(requestOf(request), signal);
  };
}

/** By our clock, not the server's. */
function expiryOf(
  text: string,
  { headers }: HttpResponse,
  { clock }: Pick<AppApiOptions, 'clock'>,
): number | undefined {
  const theirs = Date.parse(text);
  if (Number.isNaN(theirs)) return undefined;
  const date = Date.parse(headers['date'] ?? '');
  return Number.isNaN(date) ? theirs : clock.now() + (theirs - date);
}

interface Explained {
  readonly app: GithubApp;
  /** What GitHub was asked to do: `give a token for installation 7`. */
  readonly what: string;
  readonly scope?: TokenScope;
}

/** The error for an unexpected answer. GitHub's own message may repeat what was sent, so it is left out. */
function unexpected(response: HttpResponse, { app, what, scope }: Explained): LynceusError {
  const { status } = response;
  const message = `${new URL(app.apiUrl).host} did not ${what} of the GitHub App of ${app.where}: status ${status}`;
  return noToken(message, response, hintFor(status, app, scope));
}

function hintFor(status: number, app: GithubApp, scope: TokenScope | undefined): string | undefined {
  switch (status) {
    case 401:
      return `see whether the private key belongs to the App ${app.appId}, and whether the clock of this machine is right`;
    case 403:
      return 'see whether the installation is suspended, and whether addresses are restricted';
    case 404:
      return 'see whether the number of the installation is right and belongs to this App';
    case 422:
      return `give the App the permission ${permissionsOf(scope)}, and let the owner of the installation accept it`;
    case 200:
    case 201:
      return 'see whether the base URL is that of the API, such as https://github.example.com/api/v3';
    default:
      return undefined;
  }
}

function permissionsOf({ permissions = {} }: TokenScope = { owner: '' }): string {
  const names = Object.entries(permissions).map(([name, access]) => `${name}: ${access}`);
  return names.length === 0 ? 'that it needs' : names.join(', ');
}
