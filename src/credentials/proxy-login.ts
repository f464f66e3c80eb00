import { LynceusError } from '../errors.ts';
import { readNamedFile } from './read-named-file.ts';
import type { SecretPlace } from '../settings/secret-place.ts';
import { parseUserPassword, type UserPassword } from './user-password.ts';

/**
 * Reads the login of a proxy. Throws `credentials-missing` when there is nothing at its place, `credentials-failed` when
 * it is not `user:password`.
 */
export async function readProxyLogin(
  place: SecretPlace,
  env: Readonly<Record<string, string | undefined>>,
): Promise<UserPassword> {
  const where = place.kind === 'env' ? `the environment variable ${place.variable}` : place.path;
  const login = parseUserPassword(await textAt(place, env));
  if (login === undefined)
    throw new LynceusError(
      'credentials-failed',
      `expected user:password for the proxy in ${where}, found something else`,
    );
  return login;
}

async function textAt(
  place: SecretPlace,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  if (place.kind === 'env') {
    const text = env[place.variable];
    if (text !== undefined) return text;
    throw new LynceusError(
      'credentials-missing',
      `the environment variable ${place.variable}, with the login of the proxy, is not set`,
    );
  }
  return await readNamedFile(place.path, {
    message: `the file with the login of the proxy cannot be read: ${place.path}`,
    code: 'credentials-missing',
  });
}
