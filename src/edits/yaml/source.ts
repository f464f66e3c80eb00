import { isMap, isScalar, type YAMLMap } from 'yaml';
import { LynceusError } from '../../errors.ts';
import { resolveAnchors } from './anchors.ts';
import { describe, isBlankValue, startOf, type Anchors } from './nodes.ts';
import { readDocument } from './syntax.ts';
import { at, checkText, type TextFile } from './text-checks.ts';

/** A YAML file that may be edited: one document, a map or nothing, no duplicate keys, every alias known. */
export interface Source extends TextFile {
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
 * Opens text for editing, or says where and why it may not be edited. Throws `target-unsupported` (no YAML, binary,
 * template, too large, a list at the root, a duplicate key) or `target-ambiguous` (several documents).
 * Counter-example: `{}` and a file of comments are fine, they are empty maps.
 */
export function openYaml(file: string, text: string): Source {
  if (latest?.file === file && latest.text === text) return latest;
  latest = undefined;
  latest = readSource(file, text);
  return latest;
}

function readSource(file: string, text: string): Source {
  checkText(file, text);
  const document = readDocument({ file, text });
  const root = document?.contents ?? undefined;
  const blank = document?.range[1] ?? text.length;
  if (root === undefined || isNothing(root))
    return { file, text, root: undefined, blank, anchors: new Map() };
  if (!isMap(root)) {
    throw new LynceusError(
      'target-unsupported',
      `${at({ file, text }, startOf(root))}: expected a map at the top of the file, found ${describe(root)}`,
    );
  }
  return { file, text, root, blank, anchors: resolveAnchors({ file, text }, root) };
}

function isNothing(root: unknown): boolean {
  return isScalar(root) && isBlankValue(root) && root.anchor === undefined && root.tag === undefined;
}

/** A refusal that names the place in the file. */
export function refuse(
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
