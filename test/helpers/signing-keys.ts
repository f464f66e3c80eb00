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
  /** SSH keys by name: `ed25519`, `rsa`, and `locked` with the passphrase. */
  ssh(name: 'ed25519' | 'rsa' | 'locked'): string;
  /** What `git verify-commit` says of a commit; its exit code is 0 for a good signature. */
  verify(remote: string, commit: string): { readonly code: number | null; readonly text: string };
  remove(): void;
}

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
  run('gpgconf', ['--kill', 'gpg-agent']);
  const names = ['ed25519', 'rsa', 'locked'] as const;
  for (const name of names) {
    const type = name === 'rsa' ? ['-t', 'rsa', '-b', '2048'] : ['-t', 'ed25519', '-a', '1'];
    const word = name === 'locked' ? passphrase : '';
    run('ssh-keygen', ['-q', ...type, '-N', word, '-C', name, '-f', join(folder, name)]);
  }
  const allowed = join(folder, 'allowed_signers');
  const publicKeys = names.map((name) => readFileSync(join(folder, `${name}.pub`), 'utf8'));
  writeFileSync(allowed, publicKeys.map((key) => `bot@example.com ${key}`).join(''));
  return {
    gnupgHome,
    botKeyFile,
    passphrase,
    ssh: (name) => join(folder, name),
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
