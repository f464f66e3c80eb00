import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gitEnvironment } from './git-world.ts';

/** Keys of both kinds, and git as somebody who verifies signatures runs it. */
export interface SigningKeys {
  /** Keyring with `bot@example.com`, `locked@example.com` (with the passphrase) and `old@example.com` (expired). */
  readonly gnupgHome: string;
  /** File with the secret key of `bot@example.com`. */
  readonly botKeyFile: string;
  readonly passphrase: string;
  /** SSH keys by name: of a kind, of a kind in another form than that of OpenSSH, and `locked…` with the passphrase. */
  ssh(name: SshKeyName): string;
  /** Files with secret keys of OpenPGP: see `OPENPGP_FILES`. */
  openpgp(name: OpenpgpFileName): string;
  /** What `git verify-commit` says of a commit; its exit code is 0 for a good signature. */
  verify(remote: string, commit: string): { readonly code: number | null; readonly text: string };
  remove(): void;
}

const SSH_KEYS = {
  ed25519: ['-t', 'ed25519', '-a', '1'],
  rsa: ['-t', 'rsa', '-b', '2048'],
  ecdsa: ['-t', 'ecdsa'],
  'rsa-pem': ['-t', 'rsa', '-b', '2048', '-m', 'PEM'],
  'ecdsa-pem': ['-t', 'ecdsa', '-m', 'PEM'],
  'rsa-pkcs8': ['-t', 'rsa', '-b', '2048', '-m', 'PKCS8'],
  'ecdsa-pkcs8': ['-t', 'ecdsa', '-m', 'PKCS8'],
  locked: ['-t', 'ed25519', '-a', '1'],
  'locked-pem': ['-t', 'rsa', '-b', '2048', '-m', 'PEM'],
  'locked-pkcs8': ['-t', 'ecdsa', '-m', 'PKCS8'],
} as const;

export type SshKeyName = keyof typeof SSH_KEYS;

/**
 * `binary`: without armour. `subkey`: a key that only certifies, with a subkey for signing. `subkey-alone`: that without
 * the secret of the key itself. `expired`, `expired-subkey`, `encrypts`: not for signing.
 */
type OpenpgpFileName = 'binary' | 'subkey' | 'subkey-alone' | 'expired' | 'expired-subkey' | 'encrypts';

export function makeSigningKeys(): SigningKeys {
  // Short, for the sockets of gpg's agent.
  const folder = mkdtempSync(join(tmpdir(), 'lynceus-sk-'));
  const gnupgHome = join(folder, 'gnupg');
  mkdirSync(gnupgHome, { mode: 0o700 });
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, GNUPGHOME: gnupgHome, LC_ALL: 'C' };
  const passphrase = 'open sesame';
  function run(program: string, args: readonly string[]): string {
    const { status, stdout, stderr, error } = spawnSync(program, args, { env, encoding: 'utf8' });
    if (status === 0) return stdout;
    throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${error?.message ?? stderr}`);
  }
  const gpg = ['--batch', '--quiet', '--pinentry-mode', 'loopback'];
  const make = (who: string, word: string, expires: string, ...more: readonly string[]): string =>
    run('gpg', [...gpg, ...more, '--passphrase', word, '--quick-gen-key', who, 'ed25519', 'sign', expires]);
  make('Bot <bot@example.com>', '', '0');
  make('Locked <locked@example.com>', passphrase, '0');
  make('Old <old@example.com>', '', '1d', '--faked-system-time', '20200101T000000!');
  const botKeyFile = join(folder, 'bot.asc');
  writeFileSync(botKeyFile, run('gpg', [...gpg, '--armor', '--export-secret-keys', 'bot@example.com']));
  const old = ['--faked-system-time', '20200101T000000!'] as const;
  const unlocked = [...gpg, '--passphrase', ''] as const;
  run('gpg', [...unlocked, '--quick-gen-key', 'Sub <with-subkey@example.com>', 'ed25519', 'cert', '0']);
  run('gpg', [...unlocked, ...old, '--quick-gen-key', 'Stale <stale@example.com>', 'ed25519', 'cert', '0']);
  run('gpg', [...unlocked, '--quick-gen-key', 'Enc <encrypts@example.com>', 'rsa2048', 'cert,encr', '0']);
  const fingerprint = (who: string): string => {
    const listing = run('gpg', [...gpg, '--with-colons', '--list-keys', who]);
    return /^fpr:+([0-9A-F]+):/m.exec(listing)?.[1] ?? '';
  };
  const addKey = (who: string, expires: string, ...more: readonly string[]) =>
    run('gpg', [...unlocked, ...more, '--quick-add-key', fingerprint(who), 'ed25519', 'sign', expires]);
  addKey('with-subkey@example.com', '0');
  addKey('stale@example.com', '1d', ...old);
  const exported = (name: OpenpgpFileName, who: string, what = '--export-secret-keys'): void => {
    run('gpg', [...gpg, '--output', join(folder, `${name}.gpg`), what, who]);
  };
  exported('binary', '<bot@example.com>');
  exported('subkey', 'with-subkey@example.com');
  exported('subkey-alone', 'with-subkey@example.com', '--export-secret-subkeys');
  exported('expired', '<old@example.com>');
  exported('expired-subkey', 'stale@example.com');
  exported('encrypts', 'encrypts@example.com');
  run('gpgconf', ['--kill', 'gpg-agent']);
  const names = Object.keys(SSH_KEYS) as readonly SshKeyName[];
  for (const name of names) {
    const word = name.startsWith('locked') ? passphrase : '';
    run('ssh-keygen', ['-q', ...SSH_KEYS[name], '-N', word, '-C', name, '-f', join(folder, name)]);
  }
  const allowed = join(folder, 'allowed_signers');
  const publicKeys = names.map((name) => readFileSync(join(folder, `${name}.pub`), 'utf8'));
  writeFileSync(allowed, publicKeys.map((key) => `bot@example.com ${key}`).join(''));
  return {
    gnupgHome,
    botKeyFile,
    passphrase,
    ssh: (name) => join(folder, name),
    openpgp: (name) => join(folder, `${name}.gpg`),
    verify(remote, commit) {
      const { status, stderr } = spawnSync(
        'git',
        ['-c', `gpg.ssh.allowedSignersFile=${allowed}`, 'verify-commit', commit],
        { cwd: remote, env: { ...gitEnvironment(), GNUPGHOME: gnupgHome }, encoding: 'utf8' },
      );
      return { code: status, text: stderr };
    },
    remove() {
      run('gpgconf', ['--kill', 'gpg-agent']);
      rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
    },
  };
}
