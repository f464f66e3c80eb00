import { formatInstant } from '../../../core/instant.ts';
import { LynceusError } from '../../../errors.ts';

interface Explanation {
  readonly pattern: RegExp;
  readonly why: string;
  readonly hint: string;
}

const LIST_KEYS = 'gpg --list-secret-keys shows what is in the keyring';

/** What gpg prints (GnuPG's doc/DETAILS, "INV_SGNR", and with LC_ALL=C), the surest first. */
const EXPLANATIONS: readonly Explanation[] = [
  { pattern: /Bad passphrase/, why: 'the passphrase is wrong', hint: 'see git.signing.passphraseFrom' },
  {
    pattern: /NEED_PASSPHRASE|No passphrase given|can't get input/,
    why: 'the key has a passphrase, and none is given',
    hint: 'set git.signing.passphraseFrom, or use a key without one',
  },
  {
    pattern: /KEYEXPIRED|INV_SGNR 5|key has expired/i,
    why: 'the key has expired',
    hint: 'extend or replace it',
  },
  { pattern: /KEYREVOKED|INV_SGNR 4|revoked/i, why: 'the key was revoked', hint: 'replace it' },
  {
    pattern: /Unusable secret key/,
    why: 'the key has expired, was revoked, or is not for signing',
    hint: LIST_KEYS,
  },
  { pattern: /No secret key|INV_SGNR [129]/, why: 'the keyring has no such secret key', hint: LIST_KEYS },
  { pattern: /INV_SGNR 3|Wrong key usage/, why: 'the key is not for signing', hint: LIST_KEYS },
  {
    pattern: /failed to (?:start|create)|can't connect to the agent|No agent/i,
    why: 'the agent of gpg does not start',
    hint: 'is gpg-agent installed, and git.cacheDirectory on a file system with sockets?',
  },
];

export interface OpenpgpFailure {
  /** The key, for messages. */
  readonly name: string;
  /** What gpg printed for people. */
  readonly complaint: string;
  /** The secret keys that were to sign, as `gpg --with-colons` lists them; `''` when they cannot be listed. */
  readonly keys: string;
}

/** The error for a signature that gpg did not make, from what it printed for machines. */
export function explainOpenpgp(stderr: string, { name, complaint, keys }: OpenpgpFailure): LynceusError {
  const isAboutKeys = /Unusable secret key|INV_SGNR|No secret key|KEYEXPIRED/.test(stderr);
  const found =
    (isAboutKeys ? unusable(keys) : undefined) ?? EXPLANATIONS.find(({ pattern }) => pattern.test(stderr));
  if (found === undefined)
    return new LynceusError('signing-failed', `gpg cannot sign with ${name}: ${complaint}`);
  return new LynceusError('signing-failed', `gpg cannot sign with ${name}: ${found.why}`, {
    hint: found.hint,
  });
}

interface SecretKey {
  readonly validity: string;
  /** In seconds since 1970; `undefined` when it does not expire. */
  readonly expires: number | undefined;
  readonly signs: boolean;
}

/**
 * Why none of these keys signs: all that are for signing have expired, or were revoked, or there is none
 * (GnuPG's doc/DETAILS, "Format of the colon listings"). `undefined` when that is not what it shows.
 */
function unusable(listing: string): Omit<Explanation, 'pattern'> | undefined {
  const keys = listing.split('\n').flatMap((line): readonly SecretKey[] => {
    const [type = '', validity = '', , , , , expires = '', , , , , abilities = ''] = line.split(':');
    if (type !== 'sec' && type !== 'ssb') return [];
    const time = /^\d{1,11}$/.test(expires) ? Number(expires) : undefined;
    return [{ validity, expires: time, signs: abilities.includes('s') }];
  });
  if (keys.length === 0) return undefined;
  const signing = keys.filter(({ signs }) => signs);
  if (signing.length === 0)
    return { why: 'the key is not for signing', hint: 'make one, or a subkey, that is' };
  if (signing.every(({ validity }) => validity === 'e')) {
    const last = Math.max(...signing.map(({ expires = 0 }) => expires));
    const when = last === 0 ? '' : ` on ${formatInstant(last * 1000).slice(0, 10)}`;
    return { why: `the key has expired${when}`, hint: 'extend or replace it' };
  }
  if (signing.every(({ validity }) => validity === 'r'))
    return { why: 'the key was revoked', hint: 'replace it' };
  return undefined;
}
