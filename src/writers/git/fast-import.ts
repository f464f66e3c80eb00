import { keptRef } from './commands.ts';

/** Author and committer of a commit. */
export interface Author {
  readonly name: string;
  readonly email: string;
}

export interface ImportedFile {
  readonly path: string;
  readonly mode: string;
  readonly text: string;
}

export interface ImportedCommit {
  readonly message: string;
  readonly files: readonly ImportedFile[];
}

export interface CommitOptions {
  /** The ref that is kept for it is set to the last of the commits. */
  readonly branch: string;
  /** Commit that the first one continues. */
  readonly parent: string;
  readonly author: Author;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * A stream for `git fast-import`: each commit continues the one before and changes only its files. It asks for
 * the hash of each commit, and ends with `done` so that a stream that was cut short writes nothing.
 */
export function importStream(
  commits: readonly ImportedCommit[],
  { branch, parent, author, now }: CommitOptions,
): Buffer {
  const who = `${author.name} <${author.email}> ${Math.floor(now / 1000)} +0000`;
  const parts: string[] = ['feature done\n'];
  for (const [index, { message, files }] of commits.entries()) {
    parts.push(`commit ${keptRef(branch)}\nmark :${index + 1}\n`);
    parts.push(`author ${who}\ncommitter ${who}\n`, data(tidyMessage(message)));
    parts.push(`from ${index === 0 ? parent : `:${index}`}\n`);
    for (const { path, mode, text } of files) parts.push(`M ${mode} inline ${quote(path)}\n`, data(text));
  }
  for (const index of commits.keys()) parts.push(`get-mark :${index + 1}\n`);
  parts.push('done\n');
  return Buffer.from(parts.join(''));
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}

/** As `git commit --cleanup=whitespace` leaves it; git cannot keep a NUL in a message. */
export function tidyMessage(message: string): string {
  const lines = message
    .replaceAll('\0', '')
    .split(/\r?\n/)
    .map((line) => line.trimEnd());
  const text = lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  return `${text}\n`;
}

function quote(path: string): string {
  return `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
