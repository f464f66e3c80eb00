import { Composer, type CST, type Document, type ErrorCode } from 'yaml';
import { LynceusError } from '../../errors.ts';
import { at, hintFor, type TextFile, type WholeText } from './text-checks.ts';
import { tokensOf } from './tokens.ts';

/** What the parser's codes mean. Its own messages are not shown: they quote the file, which may hold secrets. */
const FOUND: Partial<Record<ErrorCode, string>> = {
  BAD_ALIAS: 'an alias that cannot be read',
  BAD_DQ_ESCAPE: 'an unknown escape in a double-quoted string',
  BAD_INDENT: 'an indentation that fits nothing above it',
  BAD_SCALAR_START: 'a value that begins with a reserved character',
  BLOCK_AS_IMPLICIT_KEY: 'a second map on the line of a key',
  MISSING_CHAR: 'a missing character (a comma, a colon, a quote or a bracket)',
  MULTILINE_IMPLICIT_KEY: 'a key that spans lines',
  TAB_AS_INDENT: 'a tab used as indentation',
};

/**
 * Reads the one document of a file. Refuses, with line and column, what is no YAML, templates, a second document
 * and nesting so deep that the composer's recursion would not survive it: so the tokens are looked at first.
 * Throws `target-unsupported` or `target-ambiguous`.
 */
export function readDocument(source: WholeText): Document.Parsed | undefined {
  const tokens = tokensOf(source);
  for (const token of tokens) checkToken(source, token);
  const first = tokens.findIndex((token) => token.type === 'document');
  const second = tokens.find((token, index) => index > first && token.type === 'document' && !isBlank(token));
  if (second !== undefined) throw secondDocument(source, second.offset);
  const rest = tokens.findIndex((token, index) => index > first && token.type === 'document');
  return compose(source, first < 0 || rest < 0 ? tokens : tokens.slice(0, rest));
}

/** Nothing between two document markers but comments and blank lines. */
function isBlank(token: CST.Token): boolean {
  if (token.type !== 'document' || token.value !== undefined) return false;
  return token.start.every(({ type }) => type !== 'anchor' && type !== 'tag');
}

function compose(source: TextFile, tokens: readonly CST.Token[]): Document.Parsed | undefined {
  const composer = new Composer({ keepSourceTokens: true, uniqueKeys: false, logLevel: 'silent' });
  // A broken file can have one error per byte, so reading stops at the first. The library has no option for that, only
  // this private field. Should it be renamed, all errors are gathered, and the first is still the one that is reported.
  Object.assign(composer, { onError: stopAtFirst(source) });
  const [document] = composer.compose(tokens, true, source.text.length);
  const error = document?.errors[0];
  if (error !== undefined) throw invalid(source, error.pos[0], error.code);
  return document as Document.Parsed | undefined;
}

/** Position, code, message, and whether it is just a warning. */
type Complaint = readonly [
  position: number | readonly number[] | { readonly offset: number },
  code: ErrorCode,
  message: string,
  isWarning?: boolean,
];

function stopAtFirst(source: TextFile): (...complaint: Complaint) => void {
  let first: LynceusError | undefined;
  return (...complaint) => {
    const [position, code, , isWarning] = complaint;
    if (isWarning === true || isReadByGo(source, complaint)) return;
    // The composer catches what its callees throw and reports it again: the first error is the true one.
    first ??= invalid(source, offsetOf(position), code);
    throw first;
  };
}

/**
 * What Go's YAML reads and YAML 1.2 forbids: a comment right behind a value, `\'` between double quotes, and tabs in front
 * of the lines of a flow collection.
 */
function isReadByGo({ text }: TextFile, [position, code, message]: Complaint): boolean {
  const offset = offsetOf(position);
  if (code === 'MISSING_CHAR') return message.startsWith('Comments must be separated');
  if (code === 'BAD_DQ_ESCAPE') return text.startsWith("\\'", offset);
  return false;
}

function offsetOf(position: Complaint[0]): number {
  if (typeof position === 'number') return position;
  return 'offset' in position ? position.offset : (position[0] ?? 0);
}

/** Walks one token tree without recursion. */
function checkToken(source: WholeText, root: CST.Token): void {
  const open: { readonly token: CST.Token; readonly depth: number }[] = [{ token: root, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, depth } = next;
    if (token.type === 'error') throw invalid(source, token.offset, 'UNEXPECTED_TOKEN');
    if (depth > source.limits.depth) throw tooDeep(source, token.offset);
    if (isTemplate(source, token)) throw template(source, token.offset);
    for (const child of childrenOf(token).toReversed()) open.push({ token: child, depth: depth + 1 });
  }
}

function childrenOf(token: CST.Token): readonly CST.Token[] {
  if (token.type === 'document') return token.value === undefined ? [] : [token.value];
  if (!('items' in token)) return [];
  return token.items.flatMap(({ key, value }) =>
    [key, value].filter((child) => child !== undefined && child !== null),
  );
}

/** `{{` where a value begins: to YAML a map that is a key of a map, to a person always a template. */
function isTemplate({ text }: TextFile, token: CST.Token): boolean {
  return token.type === 'flow-collection' && text.startsWith('{{', token.offset);
}

function template(source: TextFile, offset: number): LynceusError {
  return new LynceusError(
    'target-unsupported',
    `${at(source, offset)}: expected YAML, found a template action ("{{")`,
    {
      hint: 'templates cannot be edited; name the values file that feeds them',
    },
  );
}

function secondDocument(source: TextFile, offset: number): LynceusError {
  return new LynceusError(
    'target-ambiguous',
    `${at(source, offset)}: expected one document, found a second one`,
    { hint: 'split the file: it is unclear which document is meant' },
  );
}

/** The refusal of nesting, also used where aliases add up to it. */
export function tooDeep(source: WholeText, offset: number): LynceusError {
  return new LynceusError(
    'target-unsupported',
    `${at(source, offset)}: expected at most ${source.limits.depth} levels of nesting, found more`,
    { hint: hintFor('fileDepth') },
  );
}

function invalid(source: TextFile, offset: number, code: ErrorCode): LynceusError {
  const lineStart = source.text.lastIndexOf('\n', offset - 1) + 1;
  const line = source.text.slice(lineStart, offset + 200).split('\n')[0] ?? '';
  const hint = line.includes('{{') ? 'this seems to be a template, which cannot be edited' : 'mend the file';
  const found = FOUND[code] ?? 'something else';
  return new LynceusError('target-unsupported', `${at(source, offset)}: expected YAML, found ${found}`, {
    hint,
  });
}
