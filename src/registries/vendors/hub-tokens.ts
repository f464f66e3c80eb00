import { createExpiringCache, type Expiring } from '../../async/expiring-cache.ts';
import type { Send } from '../../http/message.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Login } from '../../ports/logins.ts';
import { parseJsonObject, textField } from '../../http/json.ts';
import { isToken } from './vendor-api.ts';

export interface HubTokens {
  /** A token that is still good and is not the `refused` one, or a fresh one; `undefined` when the login is refused. */
  get(login: BasicLogin, refused: string | undefined, signal: AbortSignal): Promise<string | undefined>;
}

type BasicLogin = Extract<Login, { kind: 'basic' }>;

export interface HubTokenOptions {
  readonly send: Send;
  readonly baseUrl: string;
  readonly clock: Pick<Clock, 'now'>;
}

/** The reference: "This expires in 10 minutes". A token has to arrive before it ends. */
const LIFE = 9 * 60_000;

const LONGEST_ANSWER = 256 * 1024;

/** A login that was refused is not tried at every listing: that would lock the account. */
const REFUSAL_LASTS = 3_600_000;

interface HubToken {
  /** `undefined` when the login was refused. */
  readonly token: string | undefined;
  readonly password: string;
}

/**
 * Docker Hub's bearer tokens: `POST /v2/auth/token` with `identifier` and `secret`, a password or an access token
 * (Docker Hub API reference, "Create access token"). Each is kept until shortly before its end.
 */
export function createHubTokens({ send, baseUrl, clock }: HubTokenOptions): HubTokens {
  const tokens = createExpiringCache<HubToken>({ clock, failuresLast: 0 });

  async function read({ username, password }: BasicLogin, signal: AbortSignal): Promise<Expiring<HubToken>> {
    const response = await send(
      {
        method: 'POST',
        url: new URL(`${baseUrl}/v2/auth/token`),
        headers: { accept: 'application/json', 'content-type': 'application/json' },
        body: JSON.stringify({ identifier: username, secret: password }),
        maxBytes: LONGEST_ANSWER,
      },
      signal,
    );
    const { status, body } = response;
    const token = status === 200 ? textField(parseJsonObject(body) ?? {}, 'access_token') : '';
    if (isToken(token)) return { value: { token, password }, expiresAt: clock.now() + LIFE };
    const lasts = status >= 400 && status < 500 && status !== 429 ? REFUSAL_LASTS : 0;
    return { value: { token: undefined, password }, expiresAt: clock.now() + lasts };
  }

  return {
    async get(login, refused, signal) {
      const isRefused = ({ token, password }: HubToken): boolean =>
        password !== login.password || (token !== undefined && token === refused);
      const request = { read: (own: AbortSignal) => read(login, own), isRefused };
      return (await tokens.get(login.identity, request, signal)).token;
    },
  };
}
