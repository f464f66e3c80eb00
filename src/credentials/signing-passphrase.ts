import { asLynceusError, LynceusError } from '../errors.ts';
import type { SecretReference } from '../settings/secret-place.ts';
import { readSecret } from './own-git-login.ts';

/** Reads the passphrase of the signing key. Throws `signing-failed`, never with the passphrase. */
export async function readSigningPassphrase(
  source: SecretReference,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  try {
    return await readSecret(source, { env, what: 'passphrase of the signing key' });
  } catch (thrown) {
    const { message } = asLynceusError(thrown);
    throw new LynceusError('signing-failed', message, {
      cause: thrown,
      hint: 'see git.signing.passphraseFrom',
    });
  }
}
