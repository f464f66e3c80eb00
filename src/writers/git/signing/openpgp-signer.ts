import { cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { quoted } from '../../../core/quoted.ts';
import { LynceusError, messageOf } from '../../../errors.ts';
import type { ProgramExit } from '../../../processes/run-program.ts';
import { shorten } from '../failure.ts';
import { explainOpenpgp } from './explain-openpgp.ts';
import { readKeyFile } from './read-key-file.ts';
import { runSigningProgram } from './run-signing-program.ts';
import type { Signer, SignerEnvironment, SigningOptions } from './signer.ts';

/** What a keyring is made of; gpg's configuration is not, and nothing of it is wanted. */
const KEYRING = ['pubring.kbx', 'pubring.gpg', 'secring.gpg', 'trustdb.gpg', 'private-keys-v1.d'];

/** The longest name of a socket that gpg's agent makes in its folder, and what a path of one may take (unix(7)). */
const SOCKET = '/S.gpg-agent.browser';
const LONGEST_SOCKET_PATH = 107;

/**
 * Signs with gpg, in a keyring of its own: a copy of that in `GNUPGHOME` (or `~/.gnupg`), which may be read-only, or
 * the key of a file. The agent that gpg starts belongs to that copy, so it disturbs no other, and ends at `close`.
 */
export async function openOpenpgpSigner(
  options: SigningOptions,
  environment: SignerEnvironment,
  signal: AbortSignal,
): Promise<Signer> {
  const { folder, timeout } = environment;
  if (folder.length + SOCKET.length > LONGEST_SOCKET_PATH) {
    throw new LynceusError('signing-failed', `the path ${folder} is too long for the sockets of gpg`, {
      hint: 'name a shorter git.cacheDirectory',
    });
  }
  const passphrase = await options.passphrase(signal);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const env = programEnvironment(environment);
  const run = (args: readonly string[], input: Buffer, during: AbortSignal): Promise<ProgramExit> =>
    runSigningProgram('gpg', {
      args: [...COMMON, ...(passphrase === undefined ? [] : ['--passphrase-fd', '3']), ...args],
      env,
      input,
      secret: passphrase,
      timeout,
      signal: during,
    });
  async function close(): Promise<void> {
    const killing = { args: ['--kill', 'gpg-agent'], env, input: Buffer.alloc(0), timeout };
    await runSigningProgram('gpgconf', { ...killing, signal: new AbortController().signal }).catch(
      () => undefined,
    );
  }
  try {
    if (options.keyFile === undefined) await copyKeyring(environment);
    else await importKey(options.keyFile, run, signal);
  } catch (error) {
    await close();
    throw error;
  }
  const who = options.key === undefined ? [] : ['--local-user', options.key];
  const named = options.key === undefined ? [] : ['--', options.key];
  const name = options.key === undefined ? 'the key' : quoted(options.key);
  return {
    async sign(payload, during) {
      const result = await run(['--detach-sign', '--armor', ...who], payload, during);
      if (result.code === 0 && /^\[GNUPG:\] SIG_CREATED /m.test(result.stderr))
        return result.stdout.toString();
      const listed = await run(['--list-secret-keys', '--with-colons', ...named], Buffer.alloc(0), during);
      const complaint = complaintOf(result) || `it ended with ${result.code}`;
      throw explainOpenpgp(result.stderr, { name, complaint, keys: listed.stdout.toString() });
    },
    async check(during) {
      const listed = await run(['--list-secret-keys', '--with-colons'], Buffer.alloc(0), during);
      const fingerprints = primaryFingerprints(listed.stdout.toString());
      return {
        config: [],
        env: { GNUPGHOME: folder },
        isOurs: ({ status, primary }) => GOOD.has(status) && fingerprints.has(primary),
      };
    },
    close,
  };
}

/** Good; of a key whose validity nobody confirmed, as that of a new keyring; of a signature or a key that expired since. */
const GOOD: ReadonlySet<string> = new Set(['G', 'U', 'X', 'Y']);

/** The fingerprint after each line of a secret key (GnuPG, doc/DETAILS). Those of its subkeys follow later. */
function primaryFingerprints(listing: string): ReadonlySet<string> {
  const keys = listing.split(/^(?=sec:)/m).filter((block) => block.startsWith('sec:'));
  return new Set(keys.flatMap((block) => /^fpr:+([0-9A-F]{40,64}):/m.exec(block)?.[1] ?? []));
}

const COMMON = ['--batch', '--no-tty', '--no-options', '--pinentry-mode', 'loopback', '--status-fd', '2'];

function programEnvironment({ env, folder }: SignerEnvironment): Record<string, string> {
  return { PATH: env['PATH'] ?? '', HOME: folder, GNUPGHOME: folder, LC_ALL: 'C' };
}

async function copyKeyring({ env, folder }: SignerEnvironment): Promise<void> {
  const home = nonEmpty(env['GNUPGHOME']) ?? join(env['HOME'] ?? '/', '.gnupg');
  try {
    const there = await readdir(home);
    for (const name of KEYRING.filter((part) => there.includes(part))) {
      await cp(join(home, name), join(folder, name), { recursive: true, dereference: true });
    }
  } catch (cause) {
    const why = messageOf(cause);
    throw new LynceusError('signing-failed', `the keyring ${home} cannot be read: ${why}`, {
      cause,
      hint: 'set GNUPGHOME to the folder of the keyring, or git.signing.keyFile to the file of the key',
    });
  }
}

async function importKey(
  keyFile: string,
  run: (args: readonly string[], input: Buffer, signal: AbortSignal) => Promise<ProgramExit>,
  signal: AbortSignal,
): Promise<void> {
  const result = await run(['--import'], await readKeyFile(keyFile), signal);
  const imported = /^\[GNUPG:\] IMPORT_OK 1?[0-9]+ /m.test(result.stderr);
  const secret = /^\[GNUPG:\] IMPORT_RES(?: \d+){9} ([1-9]\d*)/m.test(result.stderr);
  if (imported && secret) return;
  throw new LynceusError(
    'signing-failed',
    `${keyFile} holds no secret key that gpg can use: ${complaintOf(result)}`,
    {
      hint: 'make it with gpg --export-secret-keys --armor',
    },
  );
}

/** What gpg prints for people, without its lines for machines. */
function complaintOf({ stderr }: ProgramExit): string {
  return shorten(stderr.replaceAll(/^\[GNUPG:\].*$/gm, '').replaceAll(/^gpg: /gm, ''));
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
