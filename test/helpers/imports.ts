import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { tokenize, type Token } from './tokens.ts';

/** One mention of another module: static, dynamic, re-exported or of types only. */
export interface ModuleImport {
  /** As written: `./change.ts`, `semver`, `node:fs`. */
  readonly specifier: string;
  /** Path from the root (`src/core/change.ts`) for a relative import, `undefined` for a package. */
  readonly target: string | undefined;
  /** True when nothing of it is left at run time. */
  readonly typeOnly: boolean;
}

/** A source file as the architecture test sees it. Paths are from the root, with `/`. */
export interface SourceModule {
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly ModuleImport[];
  readonly tokens: readonly Token[];
}

/** Every `.ts` file under a folder of the project, in the order of their names. */
export function readModules(root: string, folder: string): readonly SourceModule[] {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  const paths = names
    .filter((name) => name.endsWith('.ts'))
    .map((name) => posix.join(folder, name.replaceAll('\\', '/')));
  return paths.toSorted().map((path) => readModule(path, readFileSync(join(root, path), 'utf8')));
}

export function readModule(path: string, text: string): SourceModule {
  const tokens = tokenize(text);
  const imports = findImports(tokens).map(({ specifier, typeOnly }) => ({
    specifier,
    target: specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : undefined,
    typeOnly,
  }));
  return { path, lines: text.trimEnd().split('\n').length, imports, tokens };
}

type Mention = Pick<ModuleImport, 'specifier' | 'typeOnly'>;

function findImports(tokens: readonly Token[]): readonly Mention[] {
  const found: Mention[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'word' || isMember(tokens, index)) continue;
    if (token.text === 'import') found.push(...readImport(tokens, index));
    else if (token.text === 'export') found.push(...readReexport(tokens, index));
    else if (token.text === 'require' && tokens[index + 1]?.text === '(')
      found.push({ specifier: stringAt(tokens, index + 2), typeOnly: false });
  }
  return found;
}

function isMember(tokens: readonly Token[], index: number): boolean {
  const before = tokens[index - 1]?.text;
  return before === '.' || before === '?.';
}

/** What could not be read as a literal; no rule lets it pass. */
const UNKNOWN = '(computed)';

function readImport(tokens: readonly Token[], index: number): readonly Mention[] {
  const next = tokens[index + 1];
  if (next === undefined || next.text === '.' || next.text === ':' || next.text === '?') return [];
  if (next.text === '(') return [{ specifier: stringAt(tokens, index + 2), typeOnly: false }];
  if (next.kind === 'string') return [{ specifier: next.text, typeOnly: false }];
  return readFrom(tokens, index);
}

function readReexport(tokens: readonly Token[], index: number): readonly Mention[] {
  const first = tokens[index + 1]?.text;
  const second = first === 'type' ? tokens[index + 2]?.text : first;
  return second === '{' || second === '*' ? readFrom(tokens, index) : [];
}

/** Reads up to `from '…'`. An `export { a }` without it names no module. */
function readFrom(tokens: readonly Token[], index: number): readonly Mention[] {
  const typeOnly = tokens[index + 1]?.text === 'type' && tokens[index + 2]?.text !== 'from';
  for (let at = index + 1; at < tokens.length; at += 1) {
    const token = tokens[at];
    const after = tokens[at + 1];
    if (token?.text === 'from' && after?.kind === 'string') return [{ specifier: after.text, typeOnly }];
    if (token?.text === ';' || token?.text === '=') return [];
    if (token?.text === '}' && after?.text !== 'from' && after?.text !== ',') return [];
  }
  return [];
}

function stringAt(tokens: readonly Token[], index: number): string {
  const token = tokens[index];
  return token?.kind === 'string' ? token.text : UNKNOWN;
}
