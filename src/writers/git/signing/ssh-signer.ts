import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LynceusError } from '../../../errors.ts';
import { shorten } from '../failure.ts';
import { readKeyFile } from './read-key-file.ts';
import { runSigningProgram } from './run-signing-program.ts';
import type { Signer, SignerEnvironment, SigningOptions } from './signer.ts';

/** Name under which the passphrase is in the environment of ssh-keygen and of the script that it asks. */
const PASSPHRASE = 'LYNCEUS_SIGNING_PASSPHRASE';

const ASKPASS_SCRIPT = `#!/bin/sh
printf '%s\\n' "$${PASSPHRASE}"
`;

/** The armour of a private key, in the form of OpenSSH or PEM. */
const ARMOUR = /^-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----\n/;

/**
 * Signs with `ssh-keygen -Y sign` (namespace `git`, as git does). The key is read once and put, with plain line ends
 * and one at its end, into a file that only we can read: a mounted Secret may lack both.
 */
export async function openSshSigner(
  options: SigningOptions,
  { env, folder, timeout }: SignerEnvironment,
  signal: AbortSignal,
): Promise<Signer> {
  const path = options.key ?? '';
  const text = (await readKeyFile(path)).toString().replaceAll('\r', '').trim();
  if (!ARMOUR.test(text)) {
    throw failed(`${path} is no private key in the form of OpenSSH or PEM`, 'it begins with -----BEGIN');
  }
  const passphrase = await options.passphrase(signal);
  const key = join(folder, 'key');
  const askpass = join(folder, 'askpass');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(key, `${text}\n`, { mode: 0o600 });
  await writeFile(askpass, ASKPASS_SCRIPT, { mode: 0o700 });
  const asking: Record<string, string> =
    passphrase === undefined
      ? { SSH_ASKPASS_REQUIRE: 'force', SSH_ASKPASS: '/bin/false' }
      : { SSH_ASKPASS_REQUIRE: 'force', SSH_ASKPASS: askpass, [PASSPHRASE]: passphrase };
  return {
    async sign(payload, during) {
      const { code, stdout, stderr } = await runSigningProgram('ssh-keygen', {
        args: ['-Y', 'sign', '-n', 'git', '-f', key],
        env: { PATH: env['PATH'] ?? '', HOME: folder, LC_ALL: 'C', DISPLAY: ':0', ...asking },
        input: payload,
        timeout,
        signal: during,
      });
      const signature = stdout.toString();
      if (code === 0 && signature.startsWith('-----BEGIN SSH SIGNATURE-----\n')) return signature;
      throw explain(stderr, { path, key, hasPassphrase: passphrase !== undefined });
    },
    close: () => Promise.resolve(),
  };
}

function explain(
  stderr: string,
  {
    path,
    key,
    hasPassphrase,
  }: { readonly path: string; readonly key: string; readonly hasPassphrase: boolean },
): LynceusError {
  if (/incorrect passphrase/.test(stderr)) {
    return hasPassphrase
      ? failed(
          `ssh-keygen cannot sign with ${path}: the passphrase is wrong`,
          'see git.signing.passphraseFrom',
        )
      : failed(
          `ssh-keygen cannot sign with ${path}: the key has a passphrase, and none is given`,
          'set git.signing.passphraseFrom, or use a key without one',
        );
  }
  const reason = shorten(stderr.replaceAll(key, path).replaceAll(/^Signing data on standard input$/gm, ''));
  return failed(`ssh-keygen cannot sign with ${path}: ${reason}`, 'make a key with ssh-keygen -t ed25519');
}

function failed(message: string, hint: string): LynceusError {
  return new LynceusError('signing-failed', message, { hint });
}
