import { statSync } from 'node:fs';

const MOST_READINGS = 3;

/** What `read` makes of these files: the same answer until one of them changes. It throws what `read` throws, and reads again at the next call. */
export function readAgainWhenChanged<T>(files: readonly string[], read: () => T): () => T {
  let known: { readonly stamp: string; readonly value: T } | undefined;
  return () => {
    const stamp = stampOf(files);
    if (known?.stamp === stamp) return known.value;
    known = { stamp, value: readTogether(files, read) };
    return known.value;
  };
}

/** Changes with the files, which are not read for it. */
function stampOf(files: readonly string[]): string {
  return files
    .map((file) => {
      const found = statSync(file, { throwIfNoEntry: false, bigint: true });
      return found === undefined ? '-' : `${found.dev}:${found.ino}:${found.size}:${found.mtimeNs}`;
    })
    .join(' ');
}

/** Two files that are replaced one after the other do not belong together for a moment: then they are read again. */
function readTogether<T>(files: readonly string[], read: () => T): T {
  for (let reading = 1; ; reading++) {
    const before = stampOf(files);
    try {
      return read();
    } catch (error) {
      if (reading === MOST_READINGS || stampOf(files) === before) throw error;
    }
  }
}
