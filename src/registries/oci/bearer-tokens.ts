import { createExpiringCache, type Expiring } from '../../async/expiring-cache.ts';
import { joinKey } from '../../core/identity/key.ts';
import { LynceusError } from '../../errors.ts';
import { basicAuthorization } from '../../http/basic-authorization.ts';
import type { HttpRequest, HttpResponse, Send } from '../../http/message.ts';
import { redactUrl } from '../../http/redact-url.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Login } from '../../ports/logins.ts';
import { parseJsonObject, textField } from '../../http/json.ts';
import { refusalError } from './refusal.ts';

/** A token to ask for: where, and for what. */
export interface TokenRequest {
  readonly realm: URL;
  readonly service: string | undefined;
  /** `repository:<path>:<actions>`. */
  readonly scope: string;
  /** Of the image repository. */
  readonly path: string;
  readonly login: Login;
}

export interface BearerToken {
  readonly value: string;
  /** True when it was asked for just now. */
  readonly fresh: boolean;
}

export interface BearerTokens {
  /** A token that is still good, or a fresh one; never the `refused` one. */
  get(wanted: TokenRequest, refused: string | undefined, signal: AbortSignal): Promise<BearerToken>;
}

export interface BearerTokenOptions {
  /** By the path of the image repository that a token is for. */
  readonly sendFor: (path: string) => Send;
  readonly clock: Clock;
  /** Host of the registry, for messages. */
  readonly registry: string;
}

const MOST_TOKENS = 1000;
const LONGEST_ANSWER = 256 * 1024;
const LONGEST_TOKEN = 64 * 1024;

/** A token is not used in its last seconds: it has to arrive before it ends. */
const MARGIN = 10_000;

/** The token specification's default, in seconds, and what we believe at most. */
const USUAL_LIFE = 60;
const LONGEST_LIFE = 86_400;

/** User name that stands for "the password is an identity token", as Docker's credential helpers write it. */
const IDENTITY_TOKEN_USER = '<token>';

/** Gets bearer tokens as the distribution project's token specification says, and keeps each until shortly before its end. */
export function createBearerTokens({ sendFor, clock, registry }: BearerTokenOptions): BearerTokens {
  const tokens = createExpiringCache<string>({
    clock,
    usefulLife: (life = 0) => life - MARGIN,
    failuresLast: 0,
    most: MOST_TOKENS,
  });

  async function read(wanted: TokenRequest, signal: AbortSignal): Promise<Expiring<string>> {
    const response = await sendFor(wanted.path)(tokenRequest(wanted), signal);
    if (response.status === 200) return readToken(response, { registry, now: clock.now() });
    throw refusalError(response, { registry, what: `a token for ${wanted.scope}`, login: wanted.login });
  }

  return {
    async get(wanted, refused, signal) {
      const key = tokenKey(wanted);
      const request = {
        read: (own: AbortSignal) => read(wanted, own),
        isRefused: (token: string) => token === refused,
      };
      const fresh = tokens.misses(key, request);
      return { value: await tokens.get(key, request, signal), fresh };
    },
  };
}

/** Equal for requests that one token fulfils. */
function tokenKey({ realm, service, scope, login }: TokenRequest): string {
  return joinKey(realm.href, service, scope, login.identity);
}

/** `GET realm?service=…&scope=…`, or the OAuth 2 form for an identity token, which GET knows nothing of. */
function tokenRequest({ realm, service, scope, login }: TokenRequest): HttpRequest {
  const parameters = { ...(service === undefined ? {} : { service }), scope };
  const shared = { headers: { accept: 'application/json' }, maxBytes: LONGEST_ANSWER };
  if (login.kind === 'basic' && login.username === IDENTITY_TOKEN_USER) {
    const form = new URLSearchParams({
      ...parameters,
      grant_type: 'refresh_token',
      client_id: 'lynceus',
      refresh_token: login.password,
    });
    const headers = { ...shared.headers, 'content-type': 'application/x-www-form-urlencoded' };
    return { ...shared, method: 'POST', url: realm, headers, body: form.toString() };
  }
  const url = new URL(realm);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  const headers =
    login.kind === 'basic'
      ? { ...shared.headers, authorization: basicAuthorization(login.username, login.password) }
      : shared.headers;
  return { ...shared, method: 'GET', url, headers };
}

function readToken(
  response: HttpResponse,
  { registry, now }: { registry: string; now: number },
): Expiring<string> {
  const answer = parseJsonObject(response.body) ?? {};
  const token = textField(answer, 'token') || textField(answer, 'access_token');
  // It becomes a header: what could end one or begin another is no token.
  if (token.length > LONGEST_TOKEN || !/^[\x21-\x7e]+$/.test(token)) {
    throw new LynceusError(
      'registry-response-invalid',
      `the token server of ${registry} answered without a token: ${redactUrl(response.url)}`,
    );
  }
  const expiresIn = answer['expires_in'];
  const seconds =
    typeof expiresIn === 'number' && expiresIn > 0 ? Math.min(expiresIn, LONGEST_LIFE) : USUAL_LIFE;
  // A token may be older than its answer; a clock that runs ahead of ours does not make it younger.
  const issuedAt = Date.parse(textField(answer, 'issued_at'));
  const age = Number.isNaN(issuedAt) ? 0 : Math.max(0, now - issuedAt);
  return { value: token, expiresAt: now + seconds * 1000 - age };
}
