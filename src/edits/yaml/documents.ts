import type { CST } from 'yaml';
import { LynceusError } from '../../errors.ts';
import { DEFAULT_FILE_LIMITS, type FileLimits } from '../../core/file-limits.ts';
import { checkText, hintFor, type WholeText } from './text-checks.ts';
import { tokensOf } from './tokens.ts';

/**
 * Cuts a file into its documents, each with the `---` or `%` line that it begins with; put together again they are the
 * file, byte by byte. Each is then opened by itself, for anchors and directives end with it. Throws
 * `target-unsupported` for what is no text, or beyond the limits.
 */
export function documentsOf(
  file: string,
  text: string,
  limits: FileLimits = DEFAULT_FILE_LIMITS,
): readonly WholeText[] {
  const whole = { file, text, limits };
  checkText(whole);
  const starts = [0, ...cutsOf(tokensOf(whole))];
  // Each is opened by itself for each image.
  const most = Math.ceil(limits.nodes / NODES_A_DOCUMENT);
  if (starts.length > most)
    throw new LynceusError(
      'target-unsupported',
      `${file}: expected at most ${most} documents, found ${starts.length}`,
      { hint: hintFor('fileNodes') },
    );
  let firstLine = 1;
  return starts.map((start, index) => {
    const document = { file, text: text.slice(start, starts[index + 1]), firstLine, limits };
    firstLine += document.text.split('\n').length - 1;
    return document;
  });
}

/** People write far more in each. */
const NODES_A_DOCUMENT = 200;

/** Where the second document begins, and each one after it. */
function cutsOf(tokens: readonly CST.Token[]): readonly number[] {
  const cuts: number[] = [];
  let directive: number | undefined;
  let documents = 0;
  for (const token of tokens) {
    if (token.type === 'directive') directive ??= token.offset;
    if (token.type !== 'document') continue;
    const mark = token.start.find(({ type }) => type === 'doc-start')?.offset;
    if (documents > 0) cuts.push(directive ?? mark ?? token.offset);
    documents += 1;
    directive = undefined;
  }
  return cuts;
}
