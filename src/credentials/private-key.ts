import { LynceusError } from '../errors.ts';

const ARMOR = /^-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----\n[A-Za-z0-9+/=\n:, -]+\n-----END \1-----$/;

/**
 * A private key as ssh takes it from a file: with plain line ends and one at the end, whatever an editor made of them.
 * Throws `credentials-failed`, without the text, also for a public key and for a key with a passphrase.
 */
export function parsePrivateKey(text: string, what: string): string {
  const lines = text.replaceAll('\r', '').split('\n');
  const key = lines
    .map((line) => line.trimEnd())
    .join('\n')
    .trim();
  if (!ARMOR.test(key)) throw failed(`expected a private key in ${what}, found something else`, FORM);
  if (hasPassphrase(key))
    throw failed(`the private key in ${what} has a passphrase`, 'use a key without one');
  return `${key}\n`;
}

/** Whether a key is encrypted. OpenSSH's own form names the cipher inside (openssh-key-v1: magic, then the name of the cipher). */
export function hasPassphrase(key: string): boolean {
  if (/^Proc-Type:.*ENCRYPTED|BEGIN ENCRYPTED/m.test(key)) return true;
  const [, body = ''] = /BEGIN OPENSSH PRIVATE KEY-----([^-]*)-----END/.exec(key) ?? [];
  const bytes = Buffer.from(body, 'base64');
  if (!bytes.toString('latin1', 0, MAGIC.length).startsWith(MAGIC)) return false;
  const cipher = bytes.toString('latin1', MAGIC.length + 4, MAGIC.length + 8);
  return cipher !== 'none';
}

const MAGIC = 'openssh-key-v1\0';

const FORM = 'it begins with -----BEGIN … PRIVATE KEY----- and ends with -----END … PRIVATE KEY-----';

function failed(message: string, hint: string): LynceusError {
  return new LynceusError('credentials-failed', message, { hint, retryable: false });
}
