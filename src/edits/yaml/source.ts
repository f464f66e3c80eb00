import { isMap, isScalar, type YAMLMap } from 'yaml';
import { LynceusError } from '../../errors.ts';
import { resolveAnchors } from './anchors.ts';
import { DEFAULT_FILE_LIMITS } from '../../core/file-limits.ts';
import { describeNode, isBlankValue, startOf, type Anchors } from './nodes.ts';
import { readDocument } from './syntax.ts';
import { at, checkText, type TextFile, type WholeText } from './text-checks.ts';

/** A YAML file that may be edited: one document, a map or nothing, no duplicate keys, every alias known. */
export interface Source extends WholeText {
  /** `undefined` when the file holds nothing but comments. */
  readonly root: YAMLMap | undefined;
  /** Offset at which the first entry of an empty file is put. */
  readonly blank: number;
  readonly anchors: Anchors;
}

/**
 * The file that was read last: mostly several images are in one file, and reading is what costs. One file and no more,
 * for parsed it takes about a hundred times its size.
 */
let latest: Source | undefined;

/** The file that was refused last, since each of its images asks for it. */
let refused: { readonly whole: WholeText; readonly error: LynceusError } | undefined;

/**
 * Opens text for editing. Throws, with the place in the file, `target-unsupported` (no YAML, binary,
 * template, beyond the limits, a list at the root, a duplicate key) or `target-ambiguous` (several documents).
 * `{}` and a file of comments are empty maps.
 */
export function openYaml(
  file: string,
  text: string,
  { firstLine = 1, limits = DEFAULT_FILE_LIMITS }: Pick<TextFile, 'firstLine' | 'limits'> = {},
): Source {
  const whole = { file, text, firstLine, limits };
  if (latest !== undefined && isSame(latest, whole)) return latest;
  if (refused !== undefined && isSame(refused.whole, whole)) throw refused.error;
  latest = undefined;
  try {
    latest = readSource(whole);
    return latest;
  } catch (thrown) {
    if (thrown instanceof LynceusError) refused = { whole, error: thrown };
    throw thrown;
  }
}

function isSame(one: WholeText, other: WholeText): boolean {
  return (
    one.file === other.file &&
    one.firstLine === other.firstLine &&
    one.limits === other.limits &&
    one.text === other.text
  );
}

function readSource(whole: WholeText): Source {
  const { text } = whole;
  checkText(whole);
  const document = readDocument(whole);
  const root = document?.contents ?? undefined;
  const blank = document?.range[1] ?? text.length;
  if (root === undefined || isNothing(root)) return { ...whole, root: undefined, blank, anchors: new Map() };
  if (!isMap(root)) {
    throw new LynceusError(
      'target-unsupported',
      `${at(whole, startOf(root))}: expected a map at the top of the file, found ${describeNode(root)}`,
    );
  }
  return { ...whole, root, blank, anchors: resolveAnchors(whole, root) };
}

function isNothing(root: unknown): boolean {
  return isScalar(root) && isBlankValue(root) && root.anchor === undefined && root.tag === undefined;
}

/** A refusal that names the place in the file. */
export function refusalAt(
  source: TextFile,
  offset: number,
  reason: {
    readonly code: 'target-unsupported' | 'target-ambiguous' | 'key-unsupported' | 'edit-unsafe';
    readonly message: string;
    readonly hint?: string;
  },
): LynceusError {
  const { code, message, hint } = reason;
  return new LynceusError(code, `${at(source, offset)}: ${message}`, hint === undefined ? {} : { hint });
}
