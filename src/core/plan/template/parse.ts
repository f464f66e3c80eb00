import { quoted } from '../../quoted.ts';
import { FUNCTION_NAMES } from './functions.ts';
import { locateFaults, TemplateFault } from './fault.ts';
import { lexTemplate, type Token } from './lex.ts';
import { parseCharacter, parseNumber, parseRawString, parseString } from './literals.ts';
import type { BlockNode, Command, Operand, Pipeline, Template, TemplateNode } from './syntax.ts';

/** Longest template text, in UTF-16 units. */
const MAX_TEXT = 65_536;
/** Deepest nesting of blocks and parentheses. */
const MAX_DEPTH = 100;

const KEYWORDS = new Set(['if', 'else', 'end', 'range', 'with', 'break', 'continue', 'nil', 'true', 'false']);
const UNSUPPORTED = new Set(['define', 'block', 'template']);

/**
 * Reads a template in the language of Go's text/template (https://pkg.go.dev/text/template), without `define`,
 * `block`, `template` and `call`. Throws `template-invalid` with line and column: `{{ .AppName }` is not closed,
 * `{{ bogus }}` is no function, `{{ $x }}` was never declared.
 */
export function parseTemplate(text: string): Template {
  return locateFaults(
    text,
    () => text.length,
    () => {
      if (text.length > MAX_TEXT)
        throw new TemplateFault(`a template has at most ${MAX_TEXT} characters`, MAX_TEXT);
      return { text, nodes: new Parser(lexTemplate(text)).parse() };
    },
  );
}

type PipelineContext = 'command' | 'if' | 'range' | 'with' | 'parentheses';
type ListEnd = 'end' | 'else' | 'text-end';

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #variables: string[] = ['$'];
  #ranges = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): readonly TemplateNode[] {
    const { nodes, end, offset } = this.#parseList();
    if (end !== 'text-end') throw new TemplateFault(`unexpected {{${end}}}`, offset);
    return nodes;
  }

  /** Nodes up to the `end` or `else` that belongs to an outer block. */
  #parseList(): { nodes: readonly TemplateNode[]; end: ListEnd; offset: number } {
    const nodes: TemplateNode[] = [];
    for (;;) {
      const token = this.#next();
      if (token.kind === 'end') return { nodes, end: 'text-end', offset: token.offset };
      if (token.kind === 'text') {
        nodes.push({ kind: 'text', text: token.text });
        continue;
      }
      const next = this.#peekPast();
      if (next.kind === 'identifier' && (next.text === 'end' || next.text === 'else')) {
        this.#nextPast();
        return { nodes, end: next.text, offset: next.offset };
      }
      nodes.push(this.#parseAction(next));
    }
  }

  #parseAction(first: Token): TemplateNode {
    if (first.kind !== 'identifier') return { kind: 'action', pipeline: this.#parsePipeline('command') };
    if (UNSUPPORTED.has(first.text))
      throw new TemplateFault(`{{${first.text}}} is not supported`, first.offset);
    switch (first.text) {
      case 'if':
      case 'with':
      case 'range':
        this.#nextPast();
        return this.#parseBlock(first.text);
      case 'break':
      case 'continue':
        this.#nextPast();
        this.#expectClose(first.text);
        if (this.#ranges === 0)
          throw new TemplateFault(`{{${first.text}}} outside of {{range}}`, first.offset);
        return { kind: first.text };
      default:
        return { kind: 'action', pipeline: this.#parsePipeline('command') };
    }
  }

  #parseBlock(kind: BlockNode['kind']): BlockNode {
    const outer = this.#variables.length;
    const pipeline = this.#nested(() => this.#parsePipeline(kind));
    if (kind === 'range') this.#ranges += 1;
    const { nodes: body, end, offset } = this.#nested(() => this.#parseList());
    if (kind === 'range') this.#ranges -= 1;
    if (end === 'text-end') throw new TemplateFault(`{{${kind}}} has no {{end}}`, offset);
    const otherwise = end === 'else' ? this.#parseElse(kind) : [];
    if (end === 'end') this.#expectClose('end');
    this.#variables.length = outer;
    return { kind, pipeline, body, otherwise };
  }

  #parseElse(kind: BlockNode['kind']): readonly TemplateNode[] {
    const next = this.#peekPast();
    if (next.kind === 'identifier' && next.text === kind && kind !== 'range') {
      this.#nextPast();
      // `{{else if}}` is a whole block of its own, and its `{{end}}` is ours too.
      return [this.#nested(() => this.#parseBlock(kind))];
    }
    this.#expectClose('else');
    const { nodes, end, offset } = this.#nested(() => this.#parseList());
    if (end !== 'end') throw new TemplateFault(`expected {{end}} after {{else}} of {{${kind}}}`, offset);
    this.#expectClose('end');
    return nodes;
  }

  #parsePipeline(context: PipelineContext): Pipeline {
    const { offset } = this.#peekPast();
    const { variables, assigns } = this.#parseDeclaration(context);
    const commands: Command[] = [];
    for (;;) {
      const token = this.#peekPast();
      const closed =
        context === 'parentheses' ? token.text === ')' && token.kind === 'sign' : token.kind === 'close';
      if (closed) break;
      const command = this.#parseCommand();
      if (commands.length > 0 && isPlainValue(command.first)) {
        throw new TemplateFault('only a function may follow a |', command.first.offset);
      }
      commands.push(command);
    }
    this.#nextPast();
    if (commands.length === 0) throw new TemplateFault(`missing value for ${context}`, offset);
    return { offset, variables, assigns, commands };
  }

  /** `$x :=`, `$x =` and, in a range, `$i, $x :=`. */
  #parseDeclaration(context: PipelineContext): { variables: readonly string[]; assigns: boolean } {
    const variables: string[] = [];
    const start = this.#at;
    for (;;) {
      const variable = this.#peekPast();
      if (variable.kind !== 'variable') break;
      this.#nextPast();
      const { text, offset } = this.#peekPast();
      if (text !== ':=' && text !== '=' && text !== ',') break;
      this.#nextPast();
      variables.push(variable.text);
      if (text !== ',') {
        this.#variables.push(...variables);
        return { variables, assigns: text === '=' };
      }
      if (context !== 'range' || variables.length > 1)
        throw new TemplateFault(`too many variables in ${context}`, offset);
    }
    if (variables.length > 0)
      throw new TemplateFault('a range can only declare variables', this.#peekPast().offset);
    this.#at = start;
    return { variables, assigns: false };
  }

  /** Operands up to a `|`, which is read too, or to the end of the pipeline, which is not. */
  #parseCommand(): Command {
    const operands: Operand[] = [];
    for (;;) {
      this.#peekPast();
      const operand = this.#parseOperand();
      if (operand !== undefined) operands.push(operand);
      const token = this.#next();
      if (token.kind === 'space') continue;
      if (token.kind === 'close' || token.text === ')') this.#at -= 1;
      else if (token.text !== '|' || token.kind !== 'sign') throw unexpected(token);
      const [first, ...args] = operands;
      if (first === undefined) throw new TemplateFault('empty command', token.offset);
      return { first, args };
    }
  }

  #parseOperand(): Operand | undefined {
    const term = this.#parseTerm();
    if (term === undefined) return undefined;
    const path: string[] = [];
    for (let token = this.#peek(); token.kind === 'field'; token = this.#peek())
      path.push(this.#next().text.slice(1));
    if (path.length === 0) return term;
    if (term.kind === 'field' || term.kind === 'variable') return { ...term, path: [...term.path, ...path] };
    if (isPlainValue(term)) throw new TemplateFault('a literal has no fields', term.offset);
    return { kind: 'chain', offset: term.offset, operand: term, path };
  }

  #parseTerm(): Operand | undefined {
    const token = this.#peek();
    const { kind, text, offset } = token;
    if (kind === 'sign' && text === '(') {
      this.#next();
      return { kind: 'pipeline', offset, pipeline: this.#nested(() => this.#parsePipeline('parentheses')) };
    }
    const term = kind === 'identifier' ? identifierTerm(token) : this.#simpleTerm(token);
    if (term !== undefined) this.#next();
    return term;
  }

  #simpleTerm({ kind, text, offset }: Token): Operand | undefined {
    switch (kind) {
      case 'dot':
        return { kind: 'dot', offset };
      case 'field':
        return { kind: 'field', offset, path: [text.slice(1)] };
      case 'variable':
        if (!this.#variables.includes(text))
          throw new TemplateFault(`the variable ${text} is not declared`, offset);
        return { kind: 'variable', offset, name: text, path: [] };
      case 'number':
        return literal(offset, () => parseNumber(text));
      case 'character':
        return literal(offset, () => parseCharacter(text));
      case 'string':
        return literal(offset, () => parseString(text));
      case 'raw-string':
        return { kind: 'literal', offset, value: parseRawString(text) };
      default:
        return undefined;
    }
  }

  #nested<T>(parse: () => T): T {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH)
      throw new TemplateFault(`nested deeper than ${MAX_DEPTH}`, this.#peek().offset);
    const result = parse();
    this.#depth -= 1;
    return result;
  }

  #expectClose(after: string): void {
    const token = this.#nextPast();
    if (token.kind !== 'close')
      throw new TemplateFault(`expected }} after ${after}, found ${token.text}`, token.offset);
  }

  #peek(): Token {
    const token = this.#tokens[this.#at] ?? this.#tokens.at(-1);
    if (token === undefined) throw new TemplateFault('no tokens');
    return token;
  }

  #next(): Token {
    const token = this.#peek();
    this.#at += 1;
    return token;
  }

  /** The next token that is no space; the space is gone then. */
  #peekPast(): Token {
    while (this.#peek().kind === 'space') this.#at += 1;
    return this.#peek();
  }

  #nextPast(): Token {
    this.#peekPast();
    return this.#next();
  }
}

function identifierTerm({ text, offset }: Token): Operand {
  if (text === 'true' || text === 'false') return { kind: 'literal', offset, value: text === 'true' };
  if (text === 'nil') return { kind: 'nil', offset };
  if (KEYWORDS.has(text)) throw new TemplateFault(`unexpected ${text}`, offset);
  if (FUNCTION_NAMES.has(text)) return { kind: 'function', offset, name: text };
  throw new TemplateFault(`there is no function ${text}; there are ${[...FUNCTION_NAMES].join(' ')}`, offset);
}

function literal(offset: number, read: () => bigint | string): Operand {
  try {
    return { kind: 'literal', offset, value: read() };
  } catch (thrown) {
    throw thrown instanceof TemplateFault ? new TemplateFault(thrown.message, offset) : thrown;
  }
}

function isPlainValue({ kind }: Operand): boolean {
  return kind === 'literal' || kind === 'dot' || kind === 'nil';
}

function unexpected({ text, offset }: Token): TemplateFault {
  return new TemplateFault(`unexpected ${quoted(text)}`, offset);
}
