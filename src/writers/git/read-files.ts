import { quoted } from '../../core/quoted.ts';
import { DEFAULT_FILE_LIMITS } from '../../core/file-limits.ts';
import { encryptedBy } from '../../edits/index.ts';
import { LynceusError } from '../../errors.ts';
import type { FileRequest, FileState } from '../../ports/writer.ts';
import type { ReadObjects } from './objects.ts';
import type { ReadObject } from './parse.ts';
import { createTreeReader, type FoundPath } from './tree-reader.ts';

/** Reads files of one commit. */
export interface CommitReader {
  read(requests: readonly FileRequest[], signal: AbortSignal): Promise<readonly FileState[]>;
  /** Mode of a file that was read, for writing it again. */
  modeOf(path: string): string | undefined;
}

const MEBIBYTE = 1024 * 1024;

/** First line of a Git LFS pointer (git-lfs specification, "The Pointer"). */
const LFS_POINTER = 'version https://git-lfs.github.com/spec/';

/** `largest` is the size of the largest file that is read, in bytes. */
export function createCommitReader(
  sha: string,
  readObjects: ReadObjects,
  largest = DEFAULT_FILE_LIMITS.bytes,
): CommitReader {
  const tree = createTreeReader(sha, readObjects);
  const modes = new Map<string, string>();
  return {
    modeOf: (path) => modes.get(path),
    async read(requests, signal) {
      const paths = requests.flatMap(({ candidates }) => candidates);
      const found = await tree.resolve(paths, signal);
      const chosen = requests.map((request) => choose(request, found));
      const files = chosen.filter((one) => one.kind === 'file');
      const names = [...new Set(files.map((file) => file.sha))];
      const objects = await readObjects({ names, type: 'blob', largest }, signal);
      const contents = new Map(names.map((hash, index) => [hash, objects[index]]));
      for (const { path, mode } of files) modes.set(path, mode);
      return chosen.map((one) =>
        one.kind === 'file' ? stateOf(one.path, contents.get(one.sha), largest) : one,
      );
    },
  };
}

type Chosen = Extract<FoundPath, { kind: 'file' }> | Exclude<FileState, { kind: 'text' }>;

/** The first candidate that exists, whatever it is; none of two files where it has to be the only one. */
function choose({ candidates, sole }: FileRequest, found: ReadonlyMap<string, FoundPath>): Chosen {
  const all = candidates.flatMap((path) => found.get(path) ?? []);
  const files = sole === true ? candidates.filter((path) => found.get(path)?.kind === 'file') : [];
  if (files.length > 1) return several(files);
  const existing = all.find((one) => one.kind !== 'missing');
  return existing ?? { kind: 'missing', tried: all.map(({ path }) => path) };
}

function several(files: readonly string[]): Exclude<FileState, { kind: 'text' }> {
  const message = `expected one of these files, found ${files.map((one) => quoted(one)).join(' and ')}`;
  const hint = 'remove the one that is not meant: Kustomize reads neither';
  const error = new LynceusError('target-ambiguous', message, { hint });
  return { kind: 'refused', path: files[0] ?? '', error };
}

function stateOf(path: string, object: ReadObject | undefined, largest: number): FileState {
  if (object === undefined || object.info.kind === 'missing') {
    throw new LynceusError('git-failed', `the content of ${quoted(path)} is missing in the clone`);
  }
  if (object.bytes === undefined) return refuse(path, tooLarge(object.info.size, largest), RAISE);
  const by = encryptedBy(object.bytes.toString('latin1', 0, 100));
  if (by !== undefined) return refuse(path, `is encrypted with ${by}`);
  if (object.bytes.includes(0)) return refuse(path, 'is a binary file');
  const text = decode(object.bytes);
  if (text === undefined) return refuse(path, 'is not UTF-8 text');
  if (text.startsWith(LFS_POINTER)) return refuse(path, 'is a Git LFS pointer');
  return { kind: 'text', path, text };
}

function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const RAISE = 'keep image versions in a small file of their own, or raise limits.fileKiB';

function tooLarge(size: number, largest: number): string {
  const most = largest % MEBIBYTE === 0 ? `${largest / MEBIBYTE} MiB` : `${Math.round(largest / 1024)} KiB`;
  return `has ${size} bytes, more than ${most}`;
}

function refuse(path: string, why: string, hint?: string): FileState {
  const message = `${quoted(path)} cannot be edited: it ${why}`;
  const error = new LynceusError('target-unsupported', message, { hint });
  return { kind: 'refused', path, error };
}
