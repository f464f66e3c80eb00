import type { Expiring } from '../../async/expiring-cache.ts';
import { parseJsonObject, textField } from '../../http/json.ts';
import type { HttpRequest, HttpResponse, Send } from '../../http/message.ts';
import type { Clock } from '../../ports/clock.ts';
import { parseRsaKey, signJwt } from '../sign-jwt.ts';
import { explainAnswer } from './explain-answer.ts';
import type { GithubApp, TokenWish } from './github-app.ts';

/** The part of GitHub's API that an App speaks in its own name. Throws `credentials-failed`. */
export interface AppApi {
  /** Number of the installation that a path tells; `undefined` when the App is not installed there. */
  find(path: string, signal: AbortSignal): Promise<string | undefined>;
  token(installation: string, wish: TokenWish, signal: AbortSignal): Promise<Expiring<string>>;
}

export interface AppApiOptions {
  readonly send: Send;
  readonly clock: Pick<Clock, 'now'>;
  /** Milliseconds by which the clock of an API is ahead of ours, by its URL, as far as that has mattered. */
  readonly skews: Map<string, number>;
}

/** GitHub takes a JWT for at most ten minutes, counted from the time it says it was made at. */
const ISSUED_BEFORE = 60_000;
const JWT_LIFE = 540_000;

/** A clock that differs by less than this is no reason for a refusal. */
const TOLERATED_SKEW = 30_000;

const LONGEST_ANSWER = 256 * 1024;

export function createAppApi(app: GithubApp, options: AppApiOptions): AppApi {
  const ask = createAsker(app, options);
  return {
    async find(path, signal) {
      const response = await ask({ method: 'GET', path }, signal);
      if (response.status === 404) return undefined;
      const id = response.status === 200 ? parseJsonObject(response.body)?.['id'] : undefined;
      if (typeof id === 'number' && Number.isSafeInteger(id) && id > 0) return String(id);
      throw explainAnswer(response, { app, what: 'tell the installation' });
    },
    async token(installation, wish, signal) {
      const body = JSON.stringify(wish.permissions === undefined ? {} : { permissions: wish.permissions });
      const path = `/app/installations/${installation}/access_tokens`;
      const response = await ask({ method: 'POST', path, body }, signal);
      const answer = parseJsonObject(response.body) ?? {};
      const token = textField(answer, 'token');
      // It becomes a header and a password: what could end one or begin another is no token.
      if (response.status !== 201 || !/^[\x21-\x7e]{1,4096}$/.test(token))
        throw explainAnswer(response, { app, what: `give a token for installation ${installation}`, wish });
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
function createAsker(app: GithubApp, { send, clock, skews }: AppApiOptions): Ask {
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

/** By our clock, whatever the server's says. */
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
