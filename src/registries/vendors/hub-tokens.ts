import { createFlights } from '../../async/flights.ts';
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

/** "This expires in 10 minutes", says the reference; a token has to arrive before it ends. */
const LIFE = 9 * 60_000;

const LONGEST_ANSWER = 256 * 1024;

/** A login that was refused is not tried at every listing: that would lock the account. */
const REFUSAL_LASTS = 3_600_000;

interface Kept {
  /** `undefined` when the login was refused. */
  readonly value: string | undefined;
  readonly password: string;
  readonly goodUntil: number;
}

/**
 * Docker Hub's bearer tokens: `POST /v2/auth/token` with `identifier` and `secret`, a password or an access token
 * (Docker Hub API reference, "Create access token"). Each is kept until shortly before its end.
 */
export function createHubTokens({ send, baseUrl, clock }: HubTokenOptions): HubTokens {
  const kept = new Map<string, Kept>();
  const flights = createFlights<string | undefined>();

  async function fetchToken({ identity, username, password }: BasicLogin, signal: AbortSignal) {
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
    const value =
      response.status === 200 ? textField(parseJsonObject(response.body) ?? {}, 'access_token') : '';
    if (isToken(value)) {
      kept.set(identity, { value, password, goodUntil: clock.now() + LIFE });
      return value;
    }
    if (response.status >= 400 && response.status < 500 && response.status !== 429)
      kept.set(identity, { value: undefined, password, goodUntil: clock.now() + REFUSAL_LASTS });
    return undefined;
  }

  return {
    get(login, refused, signal) {
      const known = kept.get(login.identity);
      const good = known !== undefined && known.password === login.password && known.goodUntil > clock.now();
      if (good && (known.value === undefined || known.value !== refused)) return Promise.resolve(known.value);
      return flights.join(login.identity, signal, (own) => fetchToken(login, own));
    },
  };
}
