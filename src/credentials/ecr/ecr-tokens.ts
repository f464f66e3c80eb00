import type { EcrApi } from '../../aws/ecr-api.ts';
import { ecrIdentity, type EcrRegistry } from '../../aws/ecr-registry.ts';
import { LynceusError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Login } from '../../ports/logins.ts';

export type EcrLogin = Extract<Login, { kind: 'basic' }>;

export interface EcrTokens {
  /** The login of a registry: asked for once, however many images need it, and again at 80 % of its life. */
  login(registry: EcrRegistry, signal: AbortSignal): Promise<EcrLogin>;
  /** A new one in place of one that was refused; `undefined` when that was new itself. */
  renew(registry: EcrRegistry, refused: Login, signal: AbortSignal): Promise<EcrLogin | undefined>;
}

interface Entry {
  readonly login: Promise<EcrLogin>;
  goodUntil: number;
  /** Until when a refusal is not answered with yet another one. */
  readonly keptUntil: number;
}

/** Tokens live twelve hours; one that does not say so is taken for a short-lived one. */
const SHORTEST_LIFE = 300_000;
const PART_OF_LIFE = 0.8;
/** A failure is not asked for again by every image of a cycle. */
const FAILURE_LASTS = 30_000;
/** Forty images that an identity may not read cost one renewal, not forty. */
const RENEWAL_LASTS = 60_000;

export function createEcrTokens({
  clock,
  api,
}: {
  readonly clock: Pick<Clock, 'now'>;
  readonly api: Pick<EcrApi, 'authorizationToken'>;
}): EcrTokens {
  const entries = new Map<string, Entry>();

  function fetchLogin(
    registry: EcrRegistry,
    { signal, keptUntil }: { readonly signal: AbortSignal; readonly keptUntil: number },
  ): Promise<EcrLogin> {
    const key = keyOf(registry);
    const entry: Entry = { login: read(), goodUntil: Infinity, keptUntil };
    entries.set(key, entry);
    return entry.login;

    async function read(): Promise<EcrLogin> {
      try {
        const token = await api.authorizationToken(registry, signal);
        const now = clock.now();
        const life = Math.max((token.expiresAt ?? now) - now, SHORTEST_LIFE);
        entry.goodUntil = now + PART_OF_LIFE * life;
        return toLogin(ecrIdentity(registry), token.text);
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
        : fetchLogin(registry, { signal, keptUntil: 0 });
    },
    async renew(registry, refused, signal) {
      const entry = entries.get(keyOf(registry));
      const known = await entry?.login.catch(() => undefined);
      // Somebody else was refused as well and has a new one already.
      if (known !== undefined && refused.kind === 'basic' && known.password !== refused.password)
        return known;
      const now = clock.now();
      // One that was made for a refusal and is refused too is not at fault: its identity may not read that image.
      if (entry !== undefined && now < entry.keptUntil) return undefined;
      return await fetchLogin(registry, { signal, keptUntil: now + RENEWAL_LASTS });
    },
  };
}

/** A wrong external ID must not be covered up by a right one for the same role. */
function keyOf(registry: EcrRegistry): string {
  return JSON.stringify([ecrIdentity(registry), registry.role?.externalId ?? null]);
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
