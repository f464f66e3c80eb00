import { isMap, isScalar, type YAMLMap } from 'yaml';
import { LynceusError } from '../../errors.ts';
import { resolveAnchors } from './anchors.ts';
import { describeNode, isBlankValue, startOf, type Anchors } from './nodes.ts';
import { readDocument } from './syntax.ts';
import { at, checkText, type TextFile } from './text-checks.ts';

/** A YAML file that may be edited: one document, a map or nothing, no duplicate keys, every alias known. */
export interface Source extends Required<TextFile> {
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

/**
 * Opens text for editing. Throws, with the place in the file, `target-unsupported` (no YAML, binary,
 * template, too large, a list at the root, a duplicate key) or `target-ambiguous` (several documents).
 * `{}` and a file of comments are empty maps.
 */
export function openYaml(file: string, text: string, firstLine = 1): Source {
  if (latest?.file === file && latest.text === text && latest.firstLine === firstLine) return latest;
  latest = undefined;
  latest = readSource({ file, text, firstLine });
  return latest;
}

function readSource(whole: Required<TextFile>): Source {
  const { file, text } = whole;
  checkText(file, text);
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
