import { Lexer, Parser, type CST } from 'yaml';
import { LynceusError } from '../../errors.ts';
import { DEFAULT_FILE_LIMITS, FileMeter } from '../../core/file-limits.ts';
import { at, hintFor, type TextFile } from './text-checks.ts';

/** The parts of the library's lexer that are private to its types. */
interface LexerParts {
  /** Columns that a line needs to be part of the value that is being read. */
  indentNext: number;
  parseFlowCollection?: ParseStep;
  parseQuotedScalar?: ParseStep;
}

type ParseStep = () => Generator<string, unknown>;

/**
 * The lexemes of a text, split where Go's YAML splits it: the lines of a flow collection and of a quoted text may begin
 * at any column there, also at the margin, which YAML 1.2 forbids (6.1, 7.3). Should the library rename its parts,
 * such text is refused again.
 */
export function lexemesOf(text: string): Generator<string, void> {
  const lexer = new Lexer();
  const parts = lexer as unknown as LexerParts;
  const { parseFlowCollection, parseQuotedScalar } = parts;
  if (parseFlowCollection !== undefined)
    parts.parseFlowCollection = () => atAnyColumn(parts, parseFlowCollection);
  if (parseQuotedScalar !== undefined) parts.parseQuotedScalar = () => atAnyColumn(parts, parseQuotedScalar);
  return lexer.lex(text);
}

/** The document that is being read, and the values above one. */
const BESIDE_LEVELS = 4;

/**
 * The token trees of a text, as far as its limits allow: what is beyond them is neither lexed nor kept. A text that is
 * nested too deeply ends where it is; the trees show it then. Throws `target-unsupported`.
 */
export function tokensOf(source: TextFile): readonly CST.Token[] {
  const { text, limits = DEFAULT_FILE_LIMITS } = source;
  const meter = new FileMeter(limits);
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  for (const lexeme of lexemesOf(text)) {
    const excess = meter.add(lexeme);
    if (excess !== undefined) {
      const message = `${at(source, parser.offset)}: expected at most ${excess.most}, found more`;
      throw new LynceusError('target-unsupported', message, { hint: hintFor(excess.key) });
    }
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > limits.depth + BESIDE_LEVELS) break;
  }
  for (const token of parser.end()) tokens.push(token);
  return tokens;
}

function* atAnyColumn(parts: LexerParts, parse: ParseStep): Generator<string, unknown> {
  const { indentNext } = parts;
  parts.indentNext = 0;
  const next = yield* parse.call(parts);
  parts.indentNext = indentNext;
  return next;
}
