import { readFile, stat } from 'node:fs/promises';
import { LynceusError, messageOf } from '../../../errors.ts';

const LARGEST = 1024 * 1024;

/** The bytes of a private key. Throws `signing-failed`, without them. */
export async function readKeyFile(path: string): Promise<Buffer> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new Error('it is not a file');
    if (found.size > LARGEST) throw new Error('it is larger than 1 MiB');
    return await readFile(path);
  } catch (cause) {
    const why = messageOf(cause);
    throw new LynceusError('signing-failed', `the key ${path} cannot be read: ${why}`, {
      cause,
      hint: 'is it mounted, and may this user read it?',
    });
  }
}
