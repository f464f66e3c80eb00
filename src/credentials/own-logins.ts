import {
  createExpiringCache,
  renewedEarly,
  type ExpiringCacheOptions,
  type CacheRequest,
} from '../async/expiring-cache.ts';
import type { LoginAnswer } from './chosen-login.ts';
import type { OwnLogin } from './own-identity.ts';

export type ReadLogin = CacheRequest<LoginAnswer>['read'];

/** The logins of one cloud, each kept until shortly before it ends. */
export interface OwnLogins {
  at(key: string, read: ReadLogin): OwnLogin;
}

/** Milliseconds; a cycle uses the login that it began with. */
export const LOGIN_RESERVE = 300_000;

/** Long enough to cost nothing, short enough for a machine whose metadata server was late. */
const NOTHING_LASTS = 600_000;

export function createOwnLogins(options: ExpiringCacheOptions): OwnLogins {
  const usefulLife = renewedEarly({ reserve: LOGIN_RESERVE });
  const logins = createExpiringCache<LoginAnswer>({ usefulLife, ...options });
  const bounded =
    (read: ReadLogin): ReadLogin =>
    async (signal) => {
      const answer = await read(signal);
      // That there is no identity is kept as well.
      return answer.value.kind === 'nothing'
        ? { ...answer, expiresAt: options.clock.now() + NOTHING_LASTS + LOGIN_RESERVE }
        : answer;
    };
  return {
    at: (key, read) => ({
      find: (signal) => logins.get(key, { read: bounded(read) }, signal),
      renew(refused, signal) {
        const isRefused = (answer: LoginAnswer): boolean =>
          answer.kind === 'login' && answer.login.password === refused.password;
        return logins.renew(key, { isRefused, read: bounded(read) }, signal);
      },
    }),
  };
}
