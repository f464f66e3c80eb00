import { createExpiringCache, renewedEarly } from '../../async/expiring-cache.ts';
import type { EcrApi } from '../../aws/ecr-api.ts';
import { ecrIdentity, ecrKey, type EcrRegistry } from '../../aws/ecr-registry.ts';
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

/** Tokens live twelve hours; a shorter life is a wrong clock. */
const SHORTEST_LIFE = 300_000;

/**
 * Forty images that an identity may not read cost one renewal, not forty: a login that was made for a refusal and is
 * refused too is not at fault.
 */
const RENEWAL_LASTS = 60_000;

export function createEcrTokens({
  clock,
  api,
}: {
  readonly clock: Pick<Clock, 'now'>;
  readonly api: Pick<EcrApi, 'authorizationToken'>;
}): EcrTokens {
  const logins = createExpiringCache<EcrLogin>({
    clock,
    usefulLife: renewedEarly({ shortest: SHORTEST_LIFE }),
    moment: { read: 0, renewed: RENEWAL_LASTS },
  });
  const reader = (registry: EcrRegistry) => async (signal: AbortSignal) => {
    const { text, expiresAt } = await api.authorizationToken(registry, signal);
    return { value: toLogin(ecrIdentity(registry), text), expiresAt };
  };
  return {
    login: (registry, signal) => logins.get(ecrKey(registry), { read: reader(registry) }, signal),
    renew(registry, refused, signal) {
      const isRefused = ({ password }: EcrLogin): boolean =>
        refused.kind !== 'basic' || refused.password === password;
      return logins.renew(ecrKey(registry), { read: reader(registry), isRefused }, signal);
    },
  };
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
