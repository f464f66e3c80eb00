import { readFile } from 'node:fs/promises';
import { errnoOf, type LynceusError } from '../errors.ts';

/** The text of a file that the configuration names. Throws what `explain` returns for the reason, such as `ENOENT`. */
export async function readNamedFile(
  path: string,
  explain: (reason: string) => LynceusError,
): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw explain(errnoOf(error) ?? 'unreadable');
  }
}
