import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CommitResult } from '../../../src/ports/writer.ts';
import type { SigningOptions } from '../../../src/writers/git/signing/signer.ts';
import { commitTo, createRemote, git, logOf, readAt } from '../../helpers/git-world.ts';
import { makeSigningKeys, type SigningKeys, type SshKeyName } from '../../helpers/signing-keys.ts';
import { aCommit, aFile, aPlaceAt, aSet } from '../plans.ts';
import { createWriterWorld, LASTING, NOW, outcomeOf, type WriterWorld } from './writer-world.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let keys: SigningKeys;
let world: WriterWorld;
beforeAll(() => {
  keys = makeSigningKeys();
});
afterAll(() => keys.remove());
beforeEach(() => {
  world = createWriterWorld();
});
afterEach(() => world.remove());

type KeyInput = Partial<Omit<SigningOptions, 'passphrase'>> & { readonly passphrase?: string };

function signingOf({ passphrase, ...input }: KeyInput): SigningOptions {
  return {
    method: 'openpgp',
    key: undefined,
    keyFile: undefined,
    passphrase: () => Promise.resolve(passphrase),
    ...input,
  };
}

function writer(input: KeyInput, env: Readonly<Record<string, string>> = { GNUPGHOME: keys.gnupgHome }) {
  return world.writer({ signing: signingOf(input), env: { PATH: process.env['PATH'], ...env } });
}

async function apply(
  input: KeyInput,
  remote: string,
  commits = [aCommit('update', aFile('app.yaml', { from: '1.0', to: '1.1' }))],
): Promise<readonly CommitResult[]> {
  const session = writer(input).open();
  const results = await session.apply(aSet(aPlaceAt(remote), ...commits), LASTING);
  await session.close();
  return results;
}

interface Row {
  readonly title: string;
  readonly input: () => KeyInput;
  readonly message: RegExp;
}

const GOOD: readonly Row[] = [
  {
    title: 'a key of the keyring',
    input: () => ({ key: 'bot@example.com' }),
    message: /Good signature from "Bot/,
  },
  {
    title: 'a key with a passphrase',
    input: () => ({ key: 'locked@example.com', passphrase: keys.passphrase }),
    message: /Good signature from "Locked/,
  },
  {
    title: 'a key of a file',
    input: () => ({ keyFile: keys.botKeyFile }),
    message: /Good signature from "Bot/,
  },
  {
    title: 'an ed25519 key of SSH',
    input: () => ({ method: 'ssh', key: keys.ssh('ed25519') }),
    message: /Good "git" signature for bot@example.com with ED25519/,
  },
  {
    title: 'an RSA key of SSH',
    input: () => ({ method: 'ssh', key: keys.ssh('rsa') }),
    message: /Good "git" signature for bot@example.com with RSA/,
  },
  {
    title: 'a key of SSH with a passphrase',
    input: () => ({ method: 'ssh', key: keys.ssh('locked'), passphrase: keys.passphrase }),
    message: /Good "git" signature for bot@example.com with ED25519/,
  },
];

const FORMS: readonly Row[] = [
  ...(['ecdsa', 'rsa-pem', 'ecdsa-pem', 'rsa-pkcs8', 'ecdsa-pkcs8'] as const).map((name) => ({
    title: `an SSH key: ${name}`,
    input: () => ({ method: 'ssh', key: alone(name) }) as const,
    message: /Good "git" signature for bot@example.com with (?:RSA|ECDSA)/,
  })),
  ...(['locked-pem', 'locked-pkcs8'] as const).map((name) => ({
    title: `an SSH key: ${name}`,
    input: () => ({ method: 'ssh', key: alone(name), passphrase: keys.passphrase }) as const,
    message: /Good "git" signature for bot@example.com with (?:RSA|ECDSA)/,
  })),
  {
    title: 'an SSH key with parameters before it, and line ends of Windows',
    input: () => ({
      method: 'ssh',
      key: written(
        'notes',
        `\uFEFF-----BEGIN EC PARAMETERS-----\r\nBggqhkjOPQMBBw==\r\n-----END EC PARAMETERS-----\r\n${textOf('ecdsa-pem').replaceAll('\n', '\r\n')}`,
      ),
    }),
    message: /with ECDSA/,
  },
  {
    title: 'an OpenPGP key without armour',
    input: () => ({ keyFile: keys.openpgp('binary') }),
    message: /Good signature from "Bot/,
  },
  {
    title: 'a subkey for signing',
    input: () => ({ keyFile: keys.openpgp('subkey') }),
    message: /Good signature from "Sub/,
  },
  {
    title: 'a subkey whose key is kept elsewhere',
    input: () => ({ keyFile: keys.openpgp('subkey-alone') }),
    message: /Good signature from "Sub/,
  },
  {
    title: 'a subkey of the keyring',
    input: () => ({ key: 'with-subkey@example.com' }),
    message: /Good signature from "Sub/,
  },
];

/** The key as a Secret has it: without the public one beside it. */
function alone(name: SshKeyName): string {
  return written(name, textOf(name));
}

function textOf(name: SshKeyName): string {
  return readFileSync(keys.ssh(name), 'utf8');
}

function written(name: string, text: string): string {
  const path = join(world.root, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

/** A key as a hardware token gives it, as far as anybody looks. */
function tokenKey(type: string): string {
  const field = (bytes: Buffer | string) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.byteLength(bytes));
    return Buffer.concat([length, Buffer.from(bytes)]);
  };
  const key = Buffer.concat([field(type), field(Buffer.alloc(32)), field('ssh:')]);
  const head = [
    field('none'),
    field('none'),
    field(''),
    Buffer.from([0, 0, 0, 1]),
    field(key),
    field(Buffer.alloc(64)),
  ];
  const body = Buffer.concat([Buffer.from('openssh-key-v1\0'), ...head]).toString('base64');
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${body}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

describe('keys in every form', () => {
  it.each(FORMS)('$title signs', async ({ input, message }) => {
    const remote = world.remote();
    expect((await apply(input(), remote)).map(outcomeOf)).toEqual(['pushed']);
    expect(keys.verify(remote, 'main')).toEqual({ code: 0, text: expect.stringMatching(message) });
  });
});

describe('commits signed with', () => {
  it.each(GOOD)('$title are good for git, and nothing is left of the key', async ({ input, message }) => {
    const remote = world.remote({ 'app.yaml': 'a: 1.0\nb: 1.0\n' });
    const files = [
      aFile('app.yaml', { key: 'a', from: '1.0', to: '1.1' }),
      aFile('app.yaml', { key: 'b', from: '1.0', to: '1.1' }),
    ];
    const results = await apply(
      input(),
      remote,
      files.map((file, index) => aCommit(`größer ${index}\n\nparent 0000\n\nbody`, file)),
    );
    expect(results.map(outcomeOf)).toEqual(['pushed', 'pushed']);
    const log = logOf(remote, 'main');
    expect(log).toHaveLength(3);
    for (const { sha } of log.slice(0, 2)) {
      expect(keys.verify(remote, sha)).toEqual({ code: 0, text: expect.stringMatching(message) });
      expect(git(remote, ['show', '-s', '--format=%at %ct %an', sha])).toBe(
        `${NOW / 1000} ${NOW / 1000} lynceus\n`,
      );
    }
    expect(log[0]?.message).toBe('größer 1\n\nparent 0000\n\nbody\n');
    expect(log[0]?.parents).toEqual([log[1]?.sha]);
    expect(results.map(({ ending }) => (ending.kind === 'pushed' ? ending.sha : ''))).toEqual([
      log[1]?.sha,
      log[0]?.sha,
    ]);
    expect(readAt(remote, 'main', 'app.yaml')).toBe('a: "1.1"\nb: "1.1"\n');
    expect(git(remote, ['fsck', '--strict'])).toBe('');
    expect(readdirSync(world.cacheDirectory).filter((name) => name.startsWith('work-'))).toEqual([]);
    await expect.poll(() => agentsBelow(world.cacheDirectory)).toEqual([]);
  });

  it.each(GOOD.filter(({ title }) => ['a key of a file', 'an ed25519 key of SSH'].includes(title)))(
    '$title are good in a repository of SHA-256',
    async ({ input, message }) => {
      const remote = createRemote(
        world.root,
        'long.git',
        { 'app.yaml': 'a: 1.0\nb: 1.0\n' },
        'main',
        'sha256',
      );
      const results = await apply(input(), remote, [
        aCommit('one', aFile('app.yaml', { key: 'a', from: '1.0', to: '1.1' })),
        aCommit('two', aFile('app.yaml', { key: 'b', from: '1.0', to: '1.1' })),
      ]);
      expect(results.map(outcomeOf)).toEqual(['pushed', 'pushed']);
      for (const { sha } of logOf(remote, 'main').slice(0, 2))
        expect(keys.verify(remote, sha)).toEqual({ code: 0, text: expect.stringMatching(message) });
      expect(readAt(remote, 'main', 'app.yaml')).toBe('a: "1.1"\nb: "1.1"\n');
      expect(git(remote, ['fsck', '--strict'])).toBe('');
    },
  );

  it('no key are told from these by the same check', () => {
    const remote = world.remote();
    expect(keys.verify(remote, 'main').code).not.toBe(0);
  });

  it('a key are signed again when they are replayed on a new head', async () => {
    const remote = world.remote({ 'app.yaml': 'a: 1.0\n' });
    const session = writer({ method: 'ssh', key: keys.ssh('ed25519') }).open();
    await session.read(aPlaceAt(remote), [{ candidates: ['app.yaml'] }], LASTING);
    commitTo(remote, 'main', { 'other.yaml': 'x' });
    const commit = aCommit('update', aFile('app.yaml', { key: 'a', from: '1.0', to: '1.1' }));
    const results = await session.apply(aSet(aPlaceAt(remote), commit), LASTING);
    await session.close();
    expect(results.map(outcomeOf)).toEqual(['pushed']);
    expect(keys.verify(remote, 'main').code).toBe(0);
    expect(readAt(remote, 'main', 'other.yaml')).toBe('x');
  });

  it('a keyring that nobody may write', async () => {
    const remote = world.remote();
    const before = readdirSync(keys.gnupgHome).toSorted();
    chmodSync(keys.gnupgHome, 0o500);
    try {
      expect((await apply({ key: 'bot@example.com' }, remote)).map(outcomeOf)).toEqual(['pushed']);
    } finally {
      chmodSync(keys.gnupgHome, 0o700);
    }
    expect(readdirSync(keys.gnupgHome).toSorted()).toEqual(before);
  });

  it('a key whose passphrase is in no argument of any program', async () => {
    const bin = join(world.root, 'bin');
    const seen = join(world.root, 'seen');
    spawnSync('mkdir', [bin]);
    for (const program of ['gpg', 'git']) {
      const real = spawnSync('which', [program], { encoding: 'utf8' }).stdout.trim();
      writeFileSync(
        join(bin, program),
        `#!/bin/sh\n{ echo "${program} $*"; env; } >> '${seen}'\nexec ${real} "$@"\n`,
      );
      chmodSync(join(bin, program), 0o755);
    }
    const env = { GNUPGHOME: keys.gnupgHome, PATH: `${bin}:${process.env['PATH'] ?? ''}` };
    const input = { key: 'locked@example.com', passphrase: keys.passphrase };
    const session = writer(input, env).open();
    const commit = aCommit('update', aFile('app.yaml', { from: '1.0', to: '1.1' }));
    const results = await session.apply(aSet(aPlaceAt(world.remote()), commit), LASTING);
    await session.close();
    expect(results.map(outcomeOf)).toEqual(['pushed']);
    const text = readFileSync(seen, 'utf8');
    expect(text).toMatch(/^gpg .*--detach-sign/m);
    expect(text).toMatch(/^git .*push/m);
    expect(text).not.toContain(keys.passphrase);
  });
});

const BAD: readonly (Row & { readonly env?: Readonly<Record<string, string>> })[] = [
  {
    title: 'a key that is not there',
    input: () => ({ key: 'nobody@example.com' }),
    message: /^gpg cannot sign with "nobody@example.com": the keyring has no such secret key/,
  },
  {
    title: 'a key that has expired',
    input: () => ({ key: 'old@example.com' }),
    message: /the key has expired/,
  },
  {
    title: 'a key of a file that has expired',
    input: () => ({ keyFile: keys.openpgp('expired') }),
    message: /^gpg cannot sign with the key: the key has expired on 2020-01-02 \(/,
  },
  {
    title: 'a subkey that has expired',
    input: () => ({ keyFile: keys.openpgp('expired-subkey') }),
    message: /the key has expired on 2020-01-02/,
  },
  {
    title: 'a key that is not for signing',
    input: () => ({ keyFile: keys.openpgp('encrypts') }),
    message: /the key is not for signing/,
  },
  ...['sk-ssh-ed25519@openssh.com', 'sk-ecdsa-sha2-nistp256@openssh.com'].map((type) => ({
    title: `a key of a hardware token, ${type}`,
    input: () => ({ method: 'ssh', key: written('token', tokenKey(type)) }) as const,
    message: /is a key of a hardware token \("sk-.*"\), which has to be touched for each signature/,
  })),
  {
    title: 'a key of PuTTY',
    input: () => ({ method: 'ssh', key: written('putty', 'PuTTY-User-Key-File-3: ssh-ed25519\n') }),
    message: /is one of PuTTY \(convert it: puttygen/,
  },
  {
    title: 'a kind of key that SSH does not have',
    input: () => ({
      method: 'ssh',
      key: written(
        'k1',
        generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
          .privateKey.export({ type: 'pkcs8', format: 'pem' })
          .toString(),
      ),
    }),
    message: /does not know this form or kind of key/,
  },
  {
    title: 'a key in PEM whose passphrase is not given',
    input: () => ({ method: 'ssh', key: keys.ssh('locked-pem') }),
    message: /the key has a passphrase, and none is given/,
  },
  {
    title: 'a key in PKCS#8 with a wrong passphrase',
    input: () => ({ method: 'ssh', key: keys.ssh('locked-pkcs8'), passphrase: 'guess' }),
    message: /the passphrase is wrong/,
  },
  {
    title: 'a passphrase that is not given',
    input: () => ({ key: 'locked@example.com' }),
    message: /the key has a passphrase, and none is given \(.*git\.signing\.passphraseFrom/,
  },
  {
    title: 'a wrong passphrase',
    input: () => ({ key: 'locked@example.com', passphrase: 'guess' }),
    message: /the passphrase is wrong/,
  },
  {
    title: 'a keyring that is not there',
    input: () => ({ key: 'bot@example.com' }),
    env: { GNUPGHOME: '/nonexistent/gnupg' },
    message: /^the keyring \/nonexistent\/gnupg cannot be read: ENOENT/,
  },
  {
    title: 'gpg that is not installed',
    input: () => ({ key: 'bot@example.com' }),
    env: { PATH: '/nonexistent' },
    message: /^gpg is not installed/,
  },
  {
    title: 'a key file that is not there',
    input: () => ({ keyFile: '/nonexistent/key.asc' }),
    message: /^the key \/nonexistent\/key.asc cannot be read/,
  },
  {
    title: 'a key file without a key',
    input: () => ({ keyFile: `${keys.ssh('ed25519')}.pub` }),
    message: /holds no secret key that gpg can use/,
  },
  {
    title: 'an SSH key that is not there',
    input: () => ({ method: 'ssh', key: '/nonexistent/id' }),
    message: /^the key \/nonexistent\/id cannot be read/,
  },
  {
    title: 'a public SSH key',
    input: () => ({ method: 'ssh', key: `${keys.ssh('rsa')}.pub` }),
    message: /is no private key/,
  },
  {
    title: 'an SSH key whose passphrase is not given',
    input: () => ({ method: 'ssh', key: keys.ssh('locked') }),
    message: /the key has a passphrase, and none is given/,
  },
  {
    title: 'an SSH key with a wrong passphrase',
    input: () => ({ method: 'ssh', key: keys.ssh('locked'), passphrase: 'guess' }),
    message: /the passphrase is wrong/,
  },
];

describe('before anything begins', () => {
  it.each(BAD)('tells of $title', async ({ input, env = {}, message }) => {
    const all = { GNUPGHOME: keys.gnupgHome, ...env };
    const trying = writer(input(), all).trySigning(LASTING);
    const error: unknown = await trying.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'signing-failed', line: expect.stringMatching(message) });
    await expect.poll(() => agentsBelow(world.cacheDirectory)).toEqual([]);
  });

  it('finds that a good key will do', async () => {
    const signing = writer({ method: 'ssh', key: keys.ssh('ed25519') });
    await expect(signing.trySigning(LASTING)).resolves.toBeUndefined();
  });

  it('tries nothing where nothing is signed', async () => {
    await world.writer().trySigning(LASTING);
    expect(existsSync(world.cacheDirectory)).toBe(false);
  });
});

it('pushes nothing when it cannot sign', async () => {
  const remote = world.remote();
  const results = await apply({ key: 'nobody@example.com' }, remote);
  expect(results.map(outcomeOf)).toEqual(['signing-failed']);
  expect(logOf(remote, 'main')).toHaveLength(1);
  expect(world.operations).toEqual(['fetch']);
});

/** Agents of gpg that were started below a folder. */
function agentsBelow(folder: string): readonly string[] {
  const { stdout } = spawnSync('ps', ['-A', '-ww', '-o', 'stat=,args='], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line.includes('gpg-agent') && line.includes(folder));
}
