import { access, constants, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

/**
 * Absolute path of a program: itself when it is one, else the first file of that name on `searchPath` that may be run.
 * A relative folder on `searchPath` is passed over, because it would mean another program in another folder.
 */
export async function findProgram(program: string, searchPath: string): Promise<string | undefined> {
  if (isAbsolute(program)) return program;
  for (const folder of searchPath.split(delimiter).filter(isAbsolute)) {
    const candidate = join(folder, program);
    try {
      await access(candidate, constants.X_OK);
      // A folder may be searched, which is the same permission.
      if ((await stat(candidate)).isFile()) return candidate;
    } catch {
      // The next folder may have it.
    }
  }
  return undefined;
}
