import { Lexer, Parser, type CST } from 'yaml';

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

/** The token trees of a text. */
export function tokensOf(text: string): readonly CST.Token[] {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  for (const lexeme of lexemesOf(text)) tokens.push(...parser.next(lexeme));
  tokens.push(...parser.end());
  return tokens;
}

function* atAnyColumn(parts: LexerParts, parse: ParseStep): Generator<string, unknown> {
  const { indentNext } = parts;
  parts.indentNext = 0;
  const next = yield* parse.call(parts);
  parts.indentNext = indentNext;
  return next;
}
