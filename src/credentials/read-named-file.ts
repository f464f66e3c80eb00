import { readFile } from 'node:fs/promises';
import { errnoOf, LynceusError } from '../errors.ts';

export interface UnreadableFile {
  /** Without the reason, such as `ENOENT`, which is added. */
  readonly message: string;
  readonly hint?: string;
  readonly code?: 'credentials-failed' | 'credentials-missing';
}

/** The text of a file that the configuration names. Throws `credentials-failed` unless given another code. */
export async function readNamedFile(path: string, unreadable: UnreadableFile): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { message, hint, code = 'credentials-failed' } = unreadable;
    throw new LynceusError(code, `${message} (${errnoOf(error) ?? 'unreadable'})`, { hint });
  }
}
