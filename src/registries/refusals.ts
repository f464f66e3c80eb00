import { repositoryAccessKey } from '../core/identity/image-repository.ts';
import type { Clock } from '../ports/clock.ts';
import type { RepositoryAccess } from '../ports/registry.ts';

/** Which logins a vendor's interface has refused for which image repositories. */
export interface Refusals {
  has(access: RepositoryAccess): boolean;
  add(access: RepositoryAccess): void;
}

/** How long a refusal is remembered: permissions are given seldom, cycles are many. */
const REFUSAL_LASTS = 3_600_000;

export function createRefusals(clock: Pick<Clock, 'now'>): Refusals {
  const until = new Map<string, number>();
  return {
    has: (access) => (until.get(repositoryAccessKey(access)) ?? 0) > clock.now(),
    add(access) {
      until.set(repositoryAccessKey(access), clock.now() + REFUSAL_LASTS);
    },
  };
}
