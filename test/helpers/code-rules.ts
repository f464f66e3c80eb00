import type { SourceModule } from './imports.ts';
import type { Token } from './tokens.ts';

/** What the code of `src` may not do, beside its imports. */
export interface CodeRules {
  /** Words that no identifier has in it: the field has better ones. */
  readonly words: readonly string[];
  /** Folders where nothing is written as JSON. */
  readonly withoutJson: readonly string[];
  /** Files that may write JSON there, or take it for a key anywhere, each with the reason. */
  readonly wireFormats: ReadonlyMap<string, string>;
  /** Texts that spell a thing in one of several ways, so that nothing is compared or kept by them. */
  readonly spellings: readonly Spelling[];
}

export interface Spelling {
  /** As code reads it: `remote.url`, `.repoURL`. */
  readonly text: string;
  /** What to compare instead. */
  readonly instead: string;
  /** Files and folders that may compare it, each with the reason. */
  readonly except: ReadonlyMap<string, string>;
}

/** Every broken rule, each as one line that names the offender and what to do. */
export function checkCode(modules: readonly SourceModule[], rules: CodeRules): readonly string[] {
  return [
    ...findTwins(modules),
    ...modules.flatMap((module) => [
      ...checkIndex(module),
      ...checkWords(module, rules.words),
      ...checkJson(module, rules),
      ...rules.spellings.flatMap((spelling) => checkSpelling(module, spelling)),
    ]),
  ];
}

/** Entries of the lists of exceptions that no file needs, so that the lists stay short. */
export function unusedExceptions(modules: readonly SourceModule[], rules: CodeRules): readonly string[] {
  const strict = { ...rules, wireFormats: new Map(), spellings: rules.spellings.map(withoutExceptions) };
  const found = checkCode(modules, strict);
  const listed = [rules.wireFormats, ...rules.spellings.map(({ except }) => except)];
  return listed
    .flatMap((paths) => [...paths.keys()])
    .filter((path) => !found.some((complaint) => complaint.startsWith(path)));
}

function withoutExceptions(spelling: Spelling): Spelling {
  return { ...spelling, except: new Map() };
}

const DECLARES = new Set(['function', 'const', 'let', 'class', 'interface', 'type', 'enum']);
const MODIFIERS = new Set(['default', 'declare', 'async', 'abstract']);

/** Names that two files declare and export. A name that is passed on (`export { x } from`) is declared once. */
function findTwins(modules: readonly SourceModule[]): readonly string[] {
  const homes = new Map<string, Set<string>>();
  for (const { path, tokens } of modules) {
    for (const name of declaredExports(tokens)) homes.set(name, (homes.get(name) ?? new Set()).add(path));
  }
  return [...homes].flatMap(([name, paths]) =>
    paths.size < 2
      ? []
      : [`${[...paths].join(' and ')} both export ${name}: give one of them a name of its own`],
  );
}

function declaredExports(tokens: readonly Token[]): readonly string[] {
  return tokens.flatMap((token, index) => {
    if (!isWord(token, 'export') || isMember(tokens, index)) return [];
    let at = index + 1;
    while (MODIFIERS.has(tokens[at]?.text ?? '')) at += 1;
    const kind = tokens[at]?.text ?? '';
    if (kind === '{' || (kind === 'type' && tokens[at + 1]?.text === '{')) return listedExports(tokens, at);
    if (!DECLARES.has(kind)) return [];
    const next = tokens[at + 1]?.text;
    const name = tokens[next === '*' || (kind === 'const' && next === 'enum') ? at + 2 : at + 1];
    return name?.kind === 'word' ? [name.text] : [];
  });
}

/** Of `export { a, b as c }` those that are declared here: with `from`, or after an import, none is. */
function listedExports(tokens: readonly Token[], index: number): readonly string[] {
  const begin = tokens.findIndex(({ text }, at) => at >= index && text === '{');
  const list = upTo(tokens, begin + 1, ['}']);
  if (isWord(tokens[begin + list.length + 2], 'from')) return [];
  return list.flatMap(({ text }, at) => {
    if (![',', undefined].includes(list[at + 1]?.text) || text === ',') return [];
    const local = isWord(list[at - 1], 'as') ? list[at - 2] : list[at];
    return declares(tokens, local?.text) ? [text] : [];
  });
}

function declares(tokens: readonly Token[], name: string | undefined): boolean {
  return tokens.some((token, at) => token.text === name && DECLARES.has(tokens[at - 1]?.text ?? ''));
}

function checkIndex({ path, tokens }: SourceModule): readonly string[] {
  if (!path.endsWith('/index.ts')) return [];
  let at = 0;
  while (at < tokens.length) {
    const next = afterReexport(tokens, at);
    if (next === undefined)
      return [`${path}: an index only re-exports; give what it declares or imports a file with a name`];
    at = next;
  }
  return [];
}

/** Behind `export … from '…';`, which is at this place; else `undefined`. */
function afterReexport(tokens: readonly Token[], index: number): number | undefined {
  if (!isWord(tokens[index], 'export')) return undefined;
  const list = tokens[index + 1]?.text === 'type' ? index + 2 : index + 1;
  if (!['{', '*'].includes(tokens[list]?.text ?? '')) return undefined;
  const from = tokens.findIndex((token, at) => at > list && (isWord(token, 'from') || token.text === ';'));
  if (!isWord(tokens[from], 'from') || tokens[from + 1]?.kind !== 'string') return undefined;
  return tokens[from + 2]?.text === ';' ? from + 3 : from + 2;
}

function checkWords({ path, tokens }: SourceModule, words: readonly string[]): readonly string[] {
  const banned = words.map((word) => ({ word, pattern: new RegExp(` (${partsOf(word)})s? `, 'u') }));
  const names = new Set(tokens.filter(({ kind }) => kind === 'word').map(({ text }) => text));
  return [...names].flatMap((name) => {
    const parts = ` ${partsOf(name)} `;
    return banned
      .filter(({ pattern }) => pattern.test(parts))
      .map(({ word }) => `${path}: ${name} has the word "${word}" in it: take one of docs/glossary.md`);
  });
}

/** `lookAround` and `LOOK_AROUND` are `look around`. */
function partsOf(name: string): string {
  const parts = name.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g) ?? [];
  return parts.join(' ').toLowerCase();
}

const JSON_TEXT = ['JSON', '.', 'stringify'];

function checkJson(
  { path, tokens }: SourceModule,
  { withoutJson, wireFormats }: CodeRules,
): readonly string[] {
  if (wireFormats.has(path)) return [];
  const folder = withoutJson.find((one) => path.startsWith(`${one}/`));
  if (folder !== undefined)
    return holds(tokens, JSON_TEXT)
      ? [`${path}: JSON.stringify (${folder} quotes with \`quoted\`, and makes keys with \`joinKey\`)`]
      : [];
  return keySpans(tokens).some((span) => holds(span, JSON_TEXT))
    ? [`${path}: JSON.stringify makes a key (take \`joinKey\`, or the key of the value in src/core/identity)`]
    : [];
}

function checkSpelling(
  { path, tokens }: SourceModule,
  { text, instead, except }: Spelling,
): readonly string[] {
  if ([...except.keys()].some((one) => path === one || path.startsWith(`${one}/`))) return [];
  const words = text.split(/(\.)/).filter((word) => word !== '');
  const compared = tokens.some(
    (_, index) => startsAt(tokens, index, words) && isCompared(tokens, index, words.length),
  );
  const kept = keySpans(tokens).some((span) => holds(span, words));
  return compared || kept ? [`${path}: ${text} is compared or made a key (compare ${instead})`] : [];
}

/** Whether the member chain that has these tokens in it is on either side of `==`, `===`, `!=` or `!==`. */
function isCompared(tokens: readonly Token[], index: number, length: number): boolean {
  const after = tokens.slice(index + length, index + length + 2).map((token) => token.text);
  if (/^[=!]=$/.test(after.join(''))) return true;
  let begin = index;
  while (
    begin > 0 &&
    (tokens[begin - 1]?.kind === 'word' || ['.', '?.'].includes(tokens[begin - 1]?.text ?? ''))
  )
    begin -= 1;
  return /[=!]=$/.test(
    tokens
      .slice(Math.max(begin - 2, 0), begin)
      .map((token) => token.text)
      .join(''),
  );
}

const KEYED_ACCESS = new Set(['get', 'has', 'set', 'add', 'delete']);
const KEYED_CALLS = new Set(['joinKey', 'groupBy']);
const NAME_OF_KEY = /^key$|Key$|^keyOf$|KeyOf$/;

/**
 * The pieces of code whose value is a key: the first argument of `map.get(…)` and the like, the arguments of `joinKey` and
 * `groupBy`, and what a function or constant with a name such as `placeKey` is made of.
 */
function keySpans(tokens: readonly Token[]): readonly (readonly Token[])[] {
  return tokens.flatMap((token, index) => {
    if (token.kind !== 'word') return [];
    const opens = tokens[index + 1]?.text === '(';
    if (opens && KEYED_ACCESS.has(token.text) && isMember(tokens, index))
      return [upTo(tokens, index + 2, [',', ')'])];
    if (opens && KEYED_CALLS.has(token.text)) return [upTo(tokens, index + 2, [')'])];
    if (!NAME_OF_KEY.test(token.text) || isMember(tokens, index)) return [];
    if (isWord(tokens[index - 1], 'function')) return [functionBody(tokens, index)];
    return ['=', ':'].includes(tokens[index + 1]?.text ?? '') && tokens[index + 2]?.text !== '='
      ? [upTo(tokens, index + 2, [',', ';', ')', '}'])]
      : [];
  });
}

/** From a place up to one of these signs, outside of all brackets that are opened on the way. */
function upTo(tokens: readonly Token[], begin: number, ends: readonly string[]): readonly Token[] {
  let depth = 0;
  for (let at = begin; at < tokens.length; at += 1) {
    const { kind, text } = tokens[at] ?? { kind: 'sign', text: '' };
    if (kind !== 'sign') continue;
    if (depth === 0 && ends.includes(text)) return tokens.slice(begin, at);
    if ('([{'.includes(text)) depth += 1;
    if (')]}'.includes(text)) depth -= 1;
  }
  return tokens.slice(begin);
}

function functionBody(tokens: readonly Token[], name: number): readonly Token[] {
  const parameters = tokens.findIndex(({ text }, at) => at > name && text === '(');
  const behind = parameters + 1 + upTo(tokens, parameters + 1, [')']).length;
  const begin = tokens.findIndex(({ text }, at) => at > behind && text === '{');
  return upTo(tokens, begin + 1, ['}']);
}

function holds(tokens: readonly Token[], words: readonly string[]): boolean {
  return tokens.some((_, index) => startsAt(tokens, index, words));
}

function startsAt(tokens: readonly Token[], index: number, words: readonly string[]): boolean {
  return words.every((word, offset) => {
    const token = tokens[index + offset];
    return token !== undefined && token.kind !== 'string' && (token.text === word || isOptional(token, word));
  });
}

/** `?.` where `.` is looked for. */
function isOptional({ text }: Token, word: string): boolean {
  return word === '.' && text === '?.';
}

function isWord(token: Token | undefined, text: string): boolean {
  return token?.kind === 'word' && token.text === text;
}

function isMember(tokens: readonly Token[], index: number): boolean {
  return ['.', '?.'].includes(tokens[index - 1]?.text ?? '');
}
