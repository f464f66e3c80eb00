import { LynceusError } from '../errors.ts';
import { isSafeForSecrets } from '../http/loopback.ts';
import type { ReadPlace } from '../http/server-access.ts';
import { parseUrl } from '../parse-url.ts';

/**
 * The URL at a place, which is a secret: whoever knows it may post. Throws `credentials-failed`, without it, for what is no https URL; http
 * is for this machine alone.
 */
export async function readHiddenUrl(place: string, readSecret: ReadPlace, signal: AbortSignal): Promise<URL> {
  const url = parseUrl((await readSecret(place, signal)).trim());
  if (url !== undefined && isSafeForSecrets(url) && url.username === '' && url.password === '') return url;
  throw new LynceusError('credentials-failed', `what ${place} holds is no https URL without a user name`);
}
