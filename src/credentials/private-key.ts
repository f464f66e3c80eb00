import { LynceusError } from '../errors.ts';

const ARMOR = /^-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----\n[A-Za-z0-9+/=\n:, -]+\n-----END \1-----$/;

/**
 * A private key as ssh takes it from a file: with plain line ends and one at the end, whatever an editor made of them.
 * Throws `credentials-failed`, without the text. Counter-example: a public key, or a key with a passphrase in PEM form.
 */
export function parsePrivateKey(text: string, what: string): string {
  const lines = text.replaceAll('\r', '').split('\n');
  const key = lines
    .map((line) => line.trimEnd())
    .join('\n')
    .trim();
  if (!ARMOR.test(key)) throw failed(`expected a private key in ${what}, found something else`, FORM);
  if (/^Proc-Type:.*ENCRYPTED|BEGIN ENCRYPTED/m.test(key))
    throw failed(`the private key in ${what} has a passphrase`, 'use a key without one');
  return `${key}\n`;
}

const FORM = 'it begins with -----BEGIN … PRIVATE KEY----- and ends with -----END … PRIVATE KEY-----';

function failed(message: string, hint: string): LynceusError {
  return new LynceusError('credentials-failed', message, { hint, retryable: false });
}
