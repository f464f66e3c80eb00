import { createHash } from 'node:crypto';
import type { GitLogin } from '../../ports/git-logins.ts';

/** Equal for two logins exactly when they log in alike, wherever they were found. A hash, so that it holds no secret. */
export function keyOfLogin(login: GitLogin): string {
  const { lookedAt: _reason, ...content } = login.kind === 'none' ? login : { ...login, lookedAt: undefined };
  const parts = Object.entries(content).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
