import { LynceusError } from '../../errors.ts';
import { basicAuthorization } from '../../http/basic-authorization.ts';
import type { HttpRequest, HttpResponse, Send } from '../../http/message.ts';
import { bareHost } from '../../http/loopback.ts';
import { redactUrl } from '../../http/redact-url.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Login } from '../../ports/logins.ts';
import type { RequestKind } from '../measured.ts';
import { createBearerTokens, type BearerTokens } from './bearer-tokens.ts';
import type { AuthorizedResponse } from './authorized-response.ts';
import { parseChallenges, type Challenge } from './challenge.ts';
import { parseUrl } from '../../parse-url.ts';

/**
 * How requests of each kind are sent; what lies underneath counts, limits and repeats them. `path` is that of the image
 * repository that they are for; without one they are for the host.
 */
export type Wire = (kind: RequestKind, path?: string) => Send;

/** Who asks, and for which path. */
export interface Caller {
  readonly path: string;
  readonly login: Login;
  readonly signal: AbortSignal;
}

/** Sends a request to the registry with whatever it asks for as proof. The answer may still be a refusal. */
export type AuthorizedSend = (
  kind: RequestKind,
  request: HttpRequest,
  caller: Caller,
) => Promise<AuthorizedResponse>;

export interface AuthorizedSendOptions {
  readonly wire: Wire;
  readonly apiUrl: URL;
  readonly clock: Clock;
  /** Host of the registry, for messages. */
  readonly registry: string;
  /** Origins that may give out tokens besides the registry's own host: the administrator's, and what is known of a public registry. */
  readonly tokenServers: readonly string[];
  /** What a token is asked for, besides `pull`. */
  readonly actions: readonly string[];
}

/** A proof to be sent along. */
interface Grant {
  readonly header: string;
  /** The bearer token in it. */
  readonly token: string | undefined;
  /** False when it was kept from an earlier request, so that a newer one may do better. */
  readonly fresh: boolean;
  /** What the challenge wanted, to see whether another challenge wants something else. */
  readonly scope: string;
}

/** First try, a fresh token, and the wider scope that only its refusal names. */
const MOST_TURNS = 3;

const READING_ACTIONS = new Set(['pull', 'metadata_read', 'content_read']);

/**
 * Speaks the challenge flow of the distribution project without asking `/v2/` first: the request itself is the first
 * try, and what the registry asked for last is offered from then on. Proofs go to the registry's own origin, and to the
 * token server on its own host or one that is named, and nowhere else: another one is not even asked without a login. A registry that refuses without a challenge gets no login
 * unasked: containerd, Docker and the libraries of Google send none either.
 */
export function createAuthorizedSend(options: AuthorizedSendOptions): AuthorizedSend {
  const { wire, apiUrl, clock, registry } = options;
  const tokens = createBearerTokens({ sendFor: (path) => wire('token', path), clock, registry });
  let remembered: Challenge | undefined;

  return async function send(kind, request, caller) {
    let grant =
      remembered === undefined ? undefined : await grantFor(remembered, { options, tokens, caller });
    for (let turn = 1; ; turn++) {
      const response = await wire(kind, caller.path)(withGrant(request, grant), caller.signal);
      const challenge = turn === MOST_TURNS ? undefined : await challengeAfter(response, grant, caller);
      if (challenge === undefined) return explained(response, { grant, caller, options });
      remembered = challenge;
      const next = await grantFor(challenge, { options, tokens, caller, refused: grant });
      if (next === undefined) return explained(response, { grant, caller, options });
      grant = next;
    }
  };

  async function challengeAfter(
    response: HttpResponse,
    grant: Grant | undefined,
    caller: Caller,
  ): Promise<Challenge | undefined> {
    const own = response.url.origin === apiUrl.origin;
    if (response.status === 401 && own) {
      const challenge = chooseChallenge(response, options);
      if (challenge !== undefined) return challenge;
    }
    // Some registries refuse a stranger without a challenge: only `/v2/` sends one.
    const unexplained =
      [401, 403, 404].includes(response.status) && grant === undefined && caller.login.kind === 'basic';
    return unexplained && own ? ping(caller) : undefined;
  }

  async function ping({ signal }: Caller): Promise<Challenge | undefined> {
    const request: HttpRequest = {
      method: 'GET',
      url: new URL(`${apiUrl.href.replace(/\/+$/, '')}/v2/`),
      headers: {},
      maxBytes: 65_536,
    };
    const response = await wire('ping')(request, signal);
    const own = response.url.origin === apiUrl.origin;
    return response.status === 401 && own ? chooseChallenge(response, options) : undefined;
  }
}

/** The answer, with the reason why no login was sent where it refuses. */
function explained(response: HttpResponse, { grant, caller, options }: ExplainedRequest): AuthorizedResponse {
  const { origin } = response.url;
  if (response.status < 400) return response;
  if (origin !== options.apiUrl.origin) return { ...response, unproven: { kind: 'elsewhere', origin } };
  if (grant !== undefined || caller.login.kind === 'anonymous') return response;
  const schemes = parseChallenges(response.headers['www-authenticate'] ?? '').map(({ scheme }) => scheme);
  return { ...response, unproven: { kind: 'not-asked', schemes } };
}

interface ExplainedRequest {
  readonly options: AuthorizedSendOptions;
  readonly caller: Caller;
  readonly grant: Grant | undefined;
}

/** The first challenge that can be met: a token rather than the password itself. */
function chooseChallenge(response: HttpResponse, options: AuthorizedSendOptions): Challenge | undefined {
  const { registry } = options;
  const challenges = parseChallenges(response.headers['www-authenticate'] ?? '');
  const bearers = challenges.filter(({ scheme }) => scheme === 'bearer');
  const met =
    bearers.find((challenge) => tokenServer(challenge, options) !== undefined) ??
    challenges.find(({ scheme }) => scheme === 'basic');
  if (met !== undefined || bearers.length === 0) return met;
  throw untrusted(bearers[0]?.parameters.get('realm') ?? '', registry);
}

function untrusted(realm: string, registry: string): LynceusError {
  const url = parseUrl(realm);
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  const line = isWeb ? `: token_servers: ["${url.origin}"]` : '';
  return new LynceusError(
    'registry-response-invalid',
    `${registry} names a token server that cannot be trusted with a login: ${redactUrl(realm)}`,
    {
      hint: `it has to be an https:// URL on the host of the registry (http:// where that is configured with it), or its origin has to be in the entry of the registry${line}`,
      retryable: false,
    },
  );
}

/** Where tokens are given out, by the challenge; `undefined` when nothing must go there. */
function tokenServer(
  { parameters }: Challenge,
  { apiUrl, registry, tokenServers }: AuthorizedSendOptions,
): URL | undefined {
  const realm = parameters.get('realm') ?? '';
  const url = realm.length > 2048 ? undefined : parseUrl(realm);
  if (url === undefined) return undefined;
  // As in image names the registry may have another host than its API.
  const hosts = [apiUrl.hostname, parseUrl(`https://${registry}`)?.hostname ?? ''].map(bareHost);
  // Without TLS only where the administrator wrote `http://`, and only on the machine that he wrote it of.
  const plain = url.protocol === 'http:' && apiUrl.protocol === 'http:' && url.hostname === apiUrl.hostname;
  const own = url.protocol === 'https:' && hosts.includes(bareHost(url.hostname));
  const safe = own || plain || tokenServers.includes(url.origin);
  return safe && url.username === '' && url.password === '' ? url : undefined;
}

interface GrantRequest {
  readonly options: AuthorizedSendOptions;
  readonly tokens: BearerTokens;
  readonly caller: Caller;
  readonly refused?: Grant | undefined;
}

/** The proof that meets the challenge; `undefined` when there is none, or none but the one that was refused. */
async function grantFor(
  challenge: Challenge,
  { options, tokens, caller, refused }: GrantRequest,
): Promise<Grant | undefined> {
  if (challenge.scheme === 'basic') {
    if (caller.login.kind === 'anonymous') return undefined;
    const header = basicAuthorization(caller.login.username, caller.login.password);
    return refused?.header === header ? undefined : { header, token: undefined, fresh: true, scope: '' };
  }
  const realm = tokenServer(challenge, options);
  if (realm === undefined) return undefined;
  const scope = scopeFor(challenge, { path: caller.path, actions: options.actions });
  if (refused?.fresh === true && refused.scope === scope) return undefined;
  const request = {
    realm,
    service: challenge.parameters.get('service'),
    scope,
    path: caller.path,
    login: caller.login,
  };
  const { value, fresh } = await tokens.get(request, refused?.token, caller.signal);
  return { header: `Bearer ${value}`, token: value, fresh, scope };
}

/**
 * Always for the caller's own path, whatever path the challenge names, and never for more than reading:
 * `repository:acme/api:pull,push` asks for `repository:acme/api:pull`.
 */
function scopeFor(
  { parameters }: Challenge,
  { path, actions }: { readonly path: string; readonly actions: readonly string[] },
): string {
  const named = (parameters.get('scope') ?? '')
    .split(/\s+/)
    .flatMap((scope) => scope.split(':').at(-1)?.split(',') ?? []);
  const wanted = ['pull', ...actions, ...named].filter((action) => READING_ACTIONS.has(action));
  return `repository:${path}:${[...new Set(wanted)].join(',')}`;
}

function withGrant(request: HttpRequest, grant: Grant | undefined): HttpRequest {
  return grant === undefined
    ? request
    : { ...request, headers: { ...request.headers, authorization: grant.header } };
}
