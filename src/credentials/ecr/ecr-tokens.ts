import { LynceusError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Login } from '../../ports/logins.ts';
import type { EcrRegistry } from './ecr-host.ts';

export type EcrLogin = Extract<Login, { kind: 'basic' }>;

/** What Amazon ECR answers to GetAuthorizationToken. */
export interface EcrToken {
  /** Base64 of `AWS:password`. */
  readonly text: string;
  /** Milliseconds since 1970; `undefined` when it does not say. */
  readonly expiresAt: number | undefined;
}

export type AskForToken = (registry: EcrRegistry, signal: AbortSignal) => Promise<EcrToken>;

export interface EcrTokens {
  /** The login of a registry: asked for once, however many images need it, and again at 80 % of its life. */
  login(registry: EcrRegistry, signal: AbortSignal): Promise<EcrLogin>;
  /** A new one in place of one that was refused; `undefined` when the refused one is not the newest. */
  renew(registry: EcrRegistry, refused: Login, signal: AbortSignal): Promise<EcrLogin | undefined>;
}

interface Entry {
  readonly login: Promise<EcrLogin>;
  goodUntil: number;
}

/** Tokens live twelve hours; one that does not say so is taken for a short-lived one. */
const SHORTEST_LIFE = 300_000;
const PART_OF_LIFE = 0.8;
/** A failure is not asked for again by every image of a cycle. */
const FAILURE_LASTS = 30_000;

export function createEcrTokens({
  clock,
  ask,
}: {
  readonly clock: Pick<Clock, 'now'>;
  readonly ask: AskForToken;
}): EcrTokens {
  const entries = new Map<string, Entry>();

  function fetchLogin(registry: EcrRegistry, signal: AbortSignal): Promise<EcrLogin> {
    const key = keyOf(registry);
    const entry: Entry = { login: read(), goodUntil: Infinity };
    entries.set(key, entry);
    return entry.login;

    async function read(): Promise<EcrLogin> {
      try {
        const token = await ask(registry, signal);
        const now = clock.now();
        const life = Math.max((token.expiresAt ?? now) - now, SHORTEST_LIFE);
        entry.goodUntil = now + PART_OF_LIFE * life;
        return toLogin(key, token.text);
      } catch (thrown) {
        entry.goodUntil = signal.aborted ? 0 : clock.now() + FAILURE_LASTS;
        throw thrown;
      }
    }
  }

  return {
    login(registry, signal) {
      const known = entries.get(keyOf(registry));
      return known !== undefined && clock.now() < known.goodUntil
        ? known.login
        : fetchLogin(registry, signal);
    },
    async renew(registry, refused, signal) {
      const known = await entries.get(keyOf(registry))?.login.catch(() => undefined);
      // Somebody else was refused as well and has a new one already.
      if (known !== undefined && refused.kind === 'basic' && known.password !== refused.password)
        return known;
      return await fetchLogin(registry, signal);
    },
  };
}

function keyOf({ account, region, fips }: EcrRegistry): string {
  return `ecr:${account}/${region}${fips ? '/fips' : ''}`;
}

function toLogin(identity: string, text: string): EcrLogin {
  const decoded = Buffer.from(text, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon > 0)
    return { kind: 'basic', identity, username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
  throw new LynceusError(
    'credentials-failed',
    'Amazon ECR answered with a token that is not user:password in base64',
  );
}
