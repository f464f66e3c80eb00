import { formatRepository, type ImageRepository } from '../core/image/reference.ts';
import type { Clock } from '../ports/clock.ts';
import type { Login } from '../ports/logins.ts';

/** Who was told by a vendor's interface that it is not for him. */
export interface Refusals {
  has(repository: ImageRepository, login: Login): boolean;
  add(repository: ImageRepository, login: Login): void;
}

/** How long a "not for you" is remembered: permissions are given seldom, cycles are many. */
const REFUSAL_LASTS = 3_600_000;

export function createRefusals(clock: Pick<Clock, 'now'>): Refusals {
  const until = new Map<string, number>();
  return {
    has: (repository, login) => (until.get(keyOf(repository, login)) ?? 0) > clock.now(),
    add(repository, login) {
      until.set(keyOf(repository, login), clock.now() + REFUSAL_LASTS);
    },
  };
}

function keyOf(repository: ImageRepository, login: Login): string {
  return JSON.stringify([formatRepository(repository), login.identity]);
}
