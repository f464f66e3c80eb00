import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LynceusError } from '../../../errors.ts';
import { shorten } from '../failure.ts';
import { readKeyFile } from './read-key-file.ts';
import { readSshKey } from './ssh-key-text.ts';
import { runSigningProgram } from './run-signing-program.ts';
import type { Signer, SignerEnvironment, SigningOptions } from './signer.ts';

/** Name under which the passphrase is in the environment of ssh-keygen and of the script that it asks. */
const PASSPHRASE = 'LYNCEUS_SIGNING_PASSPHRASE';

const ASKPASS_SCRIPT = `#!/bin/sh
printf '%s\\n' "$${PASSPHRASE}"
`;

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
  const { text, isOpenSsh } = readSshKey((await readKeyFile(path)).toString(), path);
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
  const run = (args: readonly string[], input: Buffer, during: AbortSignal) =>
    runSigningProgram('ssh-keygen', {
      args: [...args, '-f', key],
      env: { PATH: env['PATH'] ?? '', HOME: folder, LC_ALL: 'C', DISPLAY: ':0', ...asking },
      input,
      timeout,
      signal: during,
    });
  const explained = (stderr: string) =>
    explain(stderr, { path, key, hasPassphrase: passphrase !== undefined });
  // Only the form of OpenSSH has the public key beside the private one, and a signature names it.
  if (!isOpenSsh) {
    const { code, stdout, stderr } = await run(['-y'], Buffer.alloc(0), signal);
    if (code !== 0) throw explained(stderr);
    await writeFile(`${key}.pub`, stdout, { mode: 0o600 });
  }
  return {
    async sign(payload, during) {
      const { code, stdout, stderr } = await run(['-Y', 'sign', '-n', 'git'], payload, during);
      const signature = stdout.toString();
      if (code === 0 && signature.startsWith('-----BEGIN SSH SIGNATURE-----\n')) return signature;
      throw explained(stderr);
    },
    async check(during) {
      const { code, stdout, stderr } = await run(['-y'], Buffer.alloc(0), during);
      const [type = '', blob = ''] = stdout.toString().trim().split(' ');
      if (code !== 0 || blob === '') throw explained(stderr);
      const signers = join(folder, 'allowed-signers');
      await writeFile(signers, `lynceus namespaces="git" ${type} ${blob}\n`, { mode: 0o600 });
      const fingerprint = fingerprintOf(blob);
      return {
        config: [`gpg.ssh.allowedSignersFile=${signers}`],
        env: {},
        isOurs: ({ status, key: by }) => status === 'G' && by === fingerprint,
      };
    },
    close: () => Promise.resolve(),
  };
}

/** As ssh-keygen shows it. */
function fingerprintOf(blob: string): string {
  const hash = createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64');
  return `SHA256:${hash.replace(/=+$/, '')}`;
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
  if (/invalid format|unsupported|unknown or unsupported key type/i.test(stderr)) {
    return failed(
      `ssh-keygen cannot read ${path}: it does not know this form or kind of key`,
      'make a key with ssh-keygen -t ed25519, whose form every ssh-keygen knows',
    );
  }
  const reason = shorten(stderr.replaceAll(key, path).replaceAll(/^Signing data on standard input$/gm, ''));
  return failed(`ssh-keygen cannot sign with ${path}: ${reason}`, 'make a key with ssh-keygen -t ed25519');
}

function failed(message: string, hint: string): LynceusError {
  return new LynceusError('signing-failed', message, { hint });
}
