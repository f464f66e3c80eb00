import type { Clock } from '../ports/clock.ts';
import type { LoginAnswer } from './login-answer.ts';
import type { BasicLogin } from './read-login.ts';
import { createShortLivedStore, type ReadShortLived } from './short-lived.ts';

/** The logins of one cloud, each kept until shortly before it ends. */
export interface OwnLogins {
  find(key: string, read: ReadShortLived<LoginAnswer>, signal: AbortSignal): Promise<LoginAnswer>;
  renew(
    key: string,
    refusal: { readonly refused: BasicLogin; readonly read: ReadShortLived<LoginAnswer> },
    signal: AbortSignal,
  ): Promise<LoginAnswer | undefined>;
}

/** A cycle works with the login that it began with. */
const RESERVE = 300_000;

/** Long enough to cost nothing, short enough for a machine whose metadata server was late. */
const NOTHING_LASTS = 600_000;

export function createOwnLogins(clock: Pick<Clock, 'now'>): OwnLogins {
  const logins = createShortLivedStore<LoginAnswer>({ clock, reserve: RESERVE });
  const bounded =
    (read: ReadShortLived<LoginAnswer>): ReadShortLived<LoginAnswer> =>
    async (signal) => {
      const { value, expiresAt } = await read(signal);
      // That there is no identity is remembered as well.
      return {
        value,
        expiresAt: value.kind === 'nothing' ? clock.now() + NOTHING_LASTS + RESERVE : expiresAt,
      };
    };
  return {
    find: (key, read, signal) => logins.get(key, bounded(read), signal),
    renew(key, { refused, read }, signal) {
      const isRefused = (answer: LoginAnswer): boolean =>
        answer.kind === 'login' && answer.login.password === refused.password;
      return logins.renew(key, { isRefused, read: bounded(read) }, signal);
    },
  };
}
