import type { CST } from 'yaml';
import { checkText, type TextFile } from './text-checks.ts';
import { tokensOf } from './tokens.ts';

/**
 * Cuts a file into its documents, each with the `---` or `%` line that it begins with; put together again they are the
 * file, byte by byte. Each is then opened by itself, for anchors and directives end with it. Throws
 * `target-unsupported` for what is no text.
 */
export function documentsOf(file: string, text: string): readonly Required<TextFile>[] {
  checkText(file, text);
  const starts = [0, ...cutsOf(tokensOf(text))];
  return starts.map((start, index) => ({
    file,
    text: text.slice(start, starts[index + 1]),
    firstLine: text.slice(0, start).split('\n').length,
  }));
}

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
