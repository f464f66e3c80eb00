import { LynceusError } from '../../errors.ts';
import { DEFAULT_FILE_LIMITS, type FileLimits } from '../../core/file-limits.ts';

/** A file's text and what messages call it. */
export interface TextFile {
  readonly file: string;
  readonly text: string;
  /** Line of the file that the text begins with, where it is one document of several; absent means 1. */
  readonly firstLine?: number;
  /** The defaults unless given. */
  readonly limits?: FileLimits | undefined;
}

/** The same with everything said. */
export interface WholeText extends TextFile {
  readonly firstLine: number;
  readonly limits: FileLimits;
}

interface TextRule {
  readonly forbidden: RegExp;
  readonly found: string;
  readonly hint: string;
}

/** Bytes for which two readers of YAML would not see the same lines, or that are no text at all. */
const TEXT_RULES: readonly TextRule[] = [
  {
    // eslint-disable-next-line no-control-regex -- these characters are what is looked for
    forbidden: /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/u,
    found: 'a control character',
    hint: 'this seems to be a binary file',
  },
  { forbidden: /\p{Cs}/u, found: 'bytes that are not UTF-8', hint: 'save the file as UTF-8' },
  {
    forbidden: /\r(?!\n)/u,
    found: 'a carriage return without a line feed',
    hint: 'use LF or CRLF line ends',
  },
  {
    forbidden: /[\u0085\u2028\u2029]/u,
    found: 'a Unicode line separator, which Go reads as a new line and others do not',
    hint: 'write it as an escape (\\L, \\P or \\N) in a double-quoted string',
  },
  // Within a line it is a character like any other, to Go too.
  { forbidden: /(?<=\n)\uFEFF/u, found: 'a byte order mark inside the file', hint: 'remove it' },
];

/** Refuses text that is no YAML file a person would keep. Throws `target-unsupported`. */
export function checkText({ file, text, limits = DEFAULT_FILE_LIMITS }: TextFile): void {
  const size = Buffer.byteLength(text);
  if (size > limits.bytes) {
    throw new LynceusError(
      'target-unsupported',
      `${file}: expected at most ${limits.bytes} bytes, found ${size}`,
      {
        hint: hintFor('fileKiB'),
      },
    );
  }
  for (const { forbidden, found, hint } of TEXT_RULES) {
    const match = forbidden.exec(text);
    if (match === null) continue;
    throw new LynceusError(
      'target-unsupported',
      `${at({ file, text }, match.index)}: expected YAML text, found ${found}`,
      { hint },
    );
  }
}

/** What to do about a file that is beyond a limit. */
export function hintFor(key: string): string {
  return `keep image versions in a small file of their own, or raise limits.${key}`;
}

/** Where in a file, for messages: `values.yaml, line 3, column 5`. Lines and columns count from 1, in UTF-16 units. */
export function at(source: TextFile, offset: number): string {
  const before = source.text.slice(0, offset);
  const line = before.split('\n').length + (source.firstLine ?? 1) - 1;
  return `${source.file}, line ${line}, column ${offset - before.lastIndexOf('\n')}`;
}
