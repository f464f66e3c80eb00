import { open } from 'node:fs/promises';
import { errnoOf, isMissing, LynceusError } from '../errors.ts';

/** More than any configuration or template that a person writes. */
const MOST_BYTES = 1_048_576;

/**
 * The text of a small file, `undefined` when it is not there. Throws `config-invalid` when it is there and cannot be
 * read, or is far too large. Pipes (`<(command)`) are files too, so the size is counted while reading.
 */
export async function readSmallText(path: string): Promise<string | undefined> {
  try {
    return await readBounded(path);
  } catch (thrown) {
    if (thrown instanceof LynceusError) throw thrown;
    if (isMissing(thrown)) return undefined;
    const why = explain(errnoOf(thrown) ?? '');
    throw new LynceusError('config-invalid', `${path} cannot be read: ${why}`, { cause: thrown });
  }
}

async function readBounded(path: string): Promise<string> {
  const handle = await open(path);
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of handle.createReadStream({ autoClose: false, end: MOST_BYTES })) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
    }
    if (size <= MOST_BYTES) return Buffer.concat(chunks).toString('utf8');
    throw new LynceusError(
      'config-invalid',
      `${path} is larger than ${MOST_BYTES} bytes, which no configuration is`,
    );
  } finally {
    await handle.close();
  }
}

function explain(code: string): string {
  if (code === 'EISDIR') return 'it is a folder';
  return code === 'EACCES' || code === 'EPERM' ? 'permission denied' : code;
}
