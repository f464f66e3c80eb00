import { hash } from 'node:crypto';
import type { CacheRecord } from './records.ts';

/**
 * A line that names the format, then one line a record:
 *
 *     lynceus registry cache 1
 *     <checksum> <key> TAB <text>
 *
 * The checksum is over version, key and text, so that a damaged line is known by itself and the others stay usable.
 * It guards against damage, not against an attacker who may write the file.
 */
const VERSION = 1;
const HEADER = `lynceus registry cache ${VERSION}`;

/** 128 bits, base64url. */
const CHECKSUM_LENGTH = 22;

const LINE_END = 0x0a;

export interface Decoded {
  readonly records: readonly CacheRecord[];
  /** Lines that do not match their checksum. */
  readonly damaged: number;
}

/** The lines of a file, each with its line end. Neither keys nor texts hold line ends, and keys hold no tabs. */
export function* encode(records: Iterable<CacheRecord>): Generator<string> {
  yield `${HEADER}\n`;
  for (const [key, text] of records) {
    const content = `${key}\t${text}`;
    yield `${checksum(content)} ${content}\n`;
  }
}

/** What of a file can be believed; `undefined` when it does not begin as a file of this version does. */
export function decode(bytes: Buffer): Decoded | undefined {
  const start = endOfLine(bytes, 0);
  if (bytes.toString('utf8', 0, start) !== HEADER) return undefined;
  const records: CacheRecord[] = [];
  let damaged = 0;
  for (let at = start + 1; at < bytes.length;) {
    const end = endOfLine(bytes, at);
    const record = readLine(bytes.toString('utf8', at, end));
    if (record === undefined) damaged += 1;
    else records.push(record);
    at = end + 1;
  }
  return { records, damaged };
}

function endOfLine(bytes: Buffer, from: number): number {
  const end = bytes.indexOf(LINE_END, from);
  return end < 0 ? bytes.length : end;
}

function readLine(line: string): CacheRecord | undefined {
  const content = line.slice(CHECKSUM_LENGTH + 1);
  if (line[CHECKSUM_LENGTH] !== ' ' || line.slice(0, CHECKSUM_LENGTH) !== checksum(content)) return undefined;
  const tab = content.indexOf('\t');
  return [content.slice(0, tab), content.slice(tab + 1)];
}

function checksum(content: string): string {
  const sum = hash('sha256', `${VERSION}\n${content}`, 'base64url');
  return sum.slice(0, CHECKSUM_LENGTH);
}
