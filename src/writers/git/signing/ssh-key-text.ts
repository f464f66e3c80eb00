import { quoted } from '../../../core/quoted.ts';
import { LynceusError } from '../../../errors.ts';

/** The text of a private SSH key. */
export interface SshKeyText {
  /** From its first line to its last one, with plain line ends. */
  readonly text: string;
  /** In the form of OpenSSH, which holds the public key too; else in PEM or PKCS#8. */
  readonly isOpenSsh: boolean;
}

const ARMOUR = /-----BEGIN ([A-Z0-9 ]*)PRIVATE KEY-----\n([^]*?)-----END \1PRIVATE KEY-----/;

/**
 * Finds the private key in the text of a file: tools put parameters or notes before it. Throws `signing-failed` for what is
 * none, and for a key of a hardware token (PROTOCOL.u2f of OpenSSH), which is nothing without it.
 */
export function readSshKey(file: string, path: string): SshKeyText {
  const plain = file.replaceAll(/\r\n?/g, '\n');
  const [text, kind = '', body = ''] = ARMOUR.exec(plain) ?? [];
  if (text === undefined) throw noKey(plain, path);
  const isOpenSsh = kind === 'OPENSSH ';
  const type = isOpenSsh ? openSshType(body) : undefined;
  if (type?.startsWith('sk-') === true) {
    throw new LynceusError(
      'signing-failed',
      `${path} is a key of a hardware token (${quoted(type)}), which has to be touched for each signature`,
      { hint: 'make a key without one: ssh-keygen -t ed25519' },
    );
  }
  return { text, isOpenSsh };
}

function noKey(text: string, path: string): LynceusError {
  const message = `${path} is no private key in the form of OpenSSH, PEM or PKCS#8`;
  if (text.startsWith('PuTTY-User-Key-File-'))
    return new LynceusError('signing-failed', `${message}: it is one of PuTTY`, {
      hint: 'convert it: puttygen KEY -O private-openssh-new -o KEY.openssh',
    });
  if (/^(?:ssh|ecdsa|sk)-\S+ AAAA/.test(text) || text.includes('PUBLIC KEY'))
    return new LynceusError('signing-failed', `${message}: it is a public one`, {
      hint: 'name the file without .pub',
    });
  return new LynceusError('signing-failed', message, { hint: 'it begins with -----BEGIN' });
}

const MAGIC = 'openssh-key-v1\0';

/** Type of the public key, which is not encrypted (PROTOCOL.key of OpenSSH); `undefined` when it cannot be read. */
function openSshType(body: string): string | undefined {
  const bytes = Buffer.from(body, 'base64');
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  let at = MAGIC.length;
  const next = (): Buffer => {
    const length = at + 4 <= bytes.length ? bytes.readUInt32BE(at) : 0;
    const value = bytes.subarray(at + 4, at + 4 + length);
    at += 4 + length;
    return value;
  };
  // Cipher, key derivation and its options; then how many keys there are.
  for (const _ of ['cipher', 'derivation', 'options']) next();
  at += 4;
  const key = next();
  const length = key.length < 4 ? 0 : key.readUInt32BE(0);
  const type = key.toString('latin1', 4, 4 + length);
  return /^[\w@.-]{1,100}$/.test(type) ? type : undefined;
}
