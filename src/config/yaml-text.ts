import { type Document, isCollection, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { messageOf } from '../errors.ts';
import type { FaultList } from './faults.ts';
import type { TreePath } from './tree.ts';

/** A parsed YAML file and where everything in it stands. */
export interface YamlText {
  /** Plain maps, lists and scalars; an empty file is an empty map. */
  readonly value: unknown;
  /** `lynceus.yaml, line 12`, or of the nearest place above when the path itself is not there. */
  readonly originOf: (path: TreePath) => string;
}

export interface YamlSource {
  readonly text: string;
  readonly fileName: string;
  readonly schema: 'core' | 'failsafe';
}

const LONGEST_TEXT = 1_000_000;
const MOST_ALIASES = 50;
/** The parser's messages quote the text. */
const LONGEST_MESSAGE = 150;

/**
 * Parses one YAML document. `schema: 'failsafe'` leaves every scalar as the text that stands there. What cannot
 * be read becomes faults, and `undefined` is returned.
 */
export function parseYamlText(
  { text, fileName, schema }: YamlSource,
  faults: FaultList,
): YamlText | undefined {
  if (text.length > LONGEST_TEXT) {
    faults.add({
      path: '',
      origin: fileName,
      message: `expected at most ${LONGEST_TEXT} characters, found ${text.length}`,
    });
    return undefined;
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, schema, merge: true, prettyErrors: false });
  const broken = [...document.errors, ...document.warnings];
  for (const { message, pos } of broken) {
    faults.add({
      path: '',
      origin: `${fileName}, line ${lines.linePos(pos[0]).line}`,
      message: `is not valid YAML: ${message.slice(0, LONGEST_MESSAGE)}`,
    });
  }
  if (broken.length > 0) return undefined;
  try {
    const value: unknown = document.toJS({ maxAliasCount: MOST_ALIASES });
    return {
      value: value === null || value === '' ? {} : value,
      originOf: (path) => `${fileName}, line ${lineAt(document, lines, path)}`,
    };
  } catch (error) {
    faults.add({
      path: '',
      origin: fileName,
      message: messageOf(error),
    });
    return undefined;
  }
}

function lineAt(document: Document, lines: LineCounter, path: TreePath): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const step of path) {
    if (!isCollection(node)) break;
    const key = isMap(node)
      ? node.items.find((item) => keyTextOf(item.key) === String(step))?.key
      : undefined;
    node = node.get(step, true);
    const place = isNode(key) ? key : node;
    if (isNode(place) && place.range) offset = place.range[0];
  }
  return lines.linePos(offset).line;
}

function keyTextOf(key: unknown): string | undefined {
  return isScalar(key) ? String(key.value) : undefined;
}
