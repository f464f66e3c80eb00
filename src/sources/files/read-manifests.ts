import { Composer, Lexer, LineCounter, Parser, isCollection, isMap, visit } from 'yaml';
import type { CST, Document } from 'yaml';
import { FileMeter } from '../../core/file-limits.ts';
import type { Problem } from '../../core/problem.ts';
import { messageOf } from '../../errors.ts';
import { parseJson } from '../../http/json.ts';
import { formatPlace, manifestProblem, readObject } from './manifest-objects.ts';
import type { ManifestPlace, FoundManifests } from './manifest-objects.ts';

/** How often anchors may be expanded in one document: enough for people, too few for a "billion laughs". */
const MOST_ALIASES = 100;
const MOST_DOCUMENTS = 10_000;
/** All of a file is kept until it was read: enough for thousands of Applications, within 400 MB. */
const MOST = { bytes: Infinity, nodes: 500_000, depth: 100, aliases: 10_000 };

interface Entry {
  readonly document: Document.Parsed;
  readonly place: ManifestPlace;
  readonly lines: LineCounter;
  /** From its beginning to that of the next one. */
  readonly text: string;
}

/** What one file holds. */
export type ReadManifests = Readonly<{ [K in keyof FoundManifests]: Readonly<FoundManifests[K]> }>;

/**
 * Reads the Applications, AppProjects and ImageUpdaters of one file of YAML or JSON: several documents, `List`s and `ApplicationList`s. Documents
 * that are something else are passed over; those that cannot be read are problems with file, document and line, and
 * the rest goes on. It never throws.
 */
export function readManifests(text: string, path: string): ReadManifests {
  const reading: FoundManifests = { applications: [], problems: [], projects: [], updaters: [] };
  try {
    const json = jsonOf(text);
    if (json === undefined) readYaml(reading, text, path);
    else readObject(reading, json, { path, inside: [] });
  } catch (thrown) {
    const message = `${path}: expected YAML manifests: ${reasonOf(thrown)}`;
    reading.problems.push(manifestProblem({}, { key: path, value: '', message }));
  }
  return reading;
}

/** JSON is YAML too, but a list of a thousand Applications is read in a fraction of the time. */
function jsonOf(text: string): unknown {
  if (!/^\s*\{\s*"/.test(text)) return undefined;
  try {
    return parseJson(Buffer.from(text));
  } catch {
    // The other parser finds the line.
    return undefined;
  }
}

function readYaml(reading: FoundManifests, text: string, path: string): void {
  if ((text.match(/^---/gm)?.length ?? 0) > MOST_DOCUMENTS)
    throw new Error(`there are more than ${MOST_DOCUMENTS} documents`);
  const lines = new LineCounter();
  const options = { merge: true, prettyErrors: false, logLevel: 'silent', lineCounter: lines } as const;
  /** Where documents are nested too deeply, by their number. */
  const deep = new Map<number, number>();
  const tokens = boundedTokens(text, lines, (index, offset) => void deep.set(index, offset));
  const documents = [...new Composer(options).compose(tokens)] as Document.Parsed[];
  documents.forEach((document, index) => {
    const inside = documents.length > 1 ? [`document ${index + 1}`] : [];
    const part = text.slice(document.range[0], documents[index + 1]?.range[0]);
    const entry = { document, place: { path, inside }, lines, text: part };
    const tooDeep = deep.get(index);
    if (tooDeep !== undefined) reading.problems.push(broken(entry, tooDeep, 'it is nested too deeply'));
    else readDocument(reading, entry);
  });
}

/**
 * The token trees of a text. Throws as soon as there is more than can be kept. A document that is nested too deeply for the
 * composer's recursion is told of and empty.
 */
function* boundedTokens(
  text: string,
  lines: LineCounter,
  onDeep: (document: number, offset: number) => void,
): Generator<CST.Token> {
  const meter = new FileMeter(MOST);
  const parser = new Parser(lines.addNewLine);
  let documents = 0;
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    const excess = meter.add(lexeme);
    if (excess !== undefined) throw new Error(`expected at most ${excess.most}, found more`);
    for (const token of parser.next(lexeme)) yield shallow(token);
  }
  for (const token of parser.end()) yield shallow(token);

  function shallow(token: CST.Token): CST.Token {
    if (token.type !== 'document') return token;
    const index = documents++;
    const offset = token.value && tooDeepIn(token.value);
    if (offset === undefined) return token;
    onDeep(index, offset);
    const { value: _, ...empty } = token;
    return empty;
  }
}

/** Where a token tree is nested too deeply; looked for without recursion. */
function tooDeepIn(root: CST.Token): number | undefined {
  const open = [{ token: root, depth: 1 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, depth } = next;
    if (depth > MOST.depth) return token.offset;
    if (!('items' in token)) continue;
    for (const { key, value } of token.items)
      for (const child of [key, value]) if (child) open.push({ token: child, depth: depth + 1 });
  }
  return undefined;
}

function readDocument(reading: FoundManifests, entry: Entry): void {
  const { document, place } = entry;
  const [error] = document.errors;
  if (error !== undefined) {
    reading.problems.push(broken(entry, error.pos[0], reasonOf(error)));
    return;
  }
  if (!mayHoldApplications(document)) return;
  try {
    const template = templateIn(document);
    if (template !== undefined) reading.problems.push(broken(entry, template, 'found {{ }} without quotes'));
    else readObject(reading, document.toJS({ maxAliasCount: MOST_ALIASES }), place);
  } catch (thrown) {
    reading.problems.push(broken(entry, document.range[0], reasonOf(thrown)));
  }
}

/** Cheap, because most documents of a folder are something else. */
function mayHoldApplications({ contents }: Document.Parsed): boolean {
  if (!isMap(contents)) return false;
  const kind: unknown = contents.get('kind');
  return (
    typeof kind === 'string' &&
    (kind === 'List' ||
      kind.startsWith('Application') ||
      kind.startsWith('AppProject') ||
      kind.startsWith('ImageUpdater'))
  );
}

/** `a: {{ .Values.x }}` is valid YAML: a map whose key is a map. No manifest has such a key. */
function templateIn(document: Document.Parsed): number | undefined {
  let found: number | undefined;
  visit(document, {
    Pair(_, { key }) {
      if (!isCollection(key)) return undefined;
      found = key.range?.[0] ?? document.range[0];
      return visit.BREAK;
    },
  });
  return found;
}

function broken({ place, lines, text }: Entry, offset: number, reason: string): Problem {
  const { line } = lines.linePos(offset);
  const at = `${formatPlace(place)}, line ${line}`;
  const message = `${at}: expected a YAML manifest: ${reason}`;
  const advice = 'it seems to be a template: render it first (helm template), and read the result';
  return manifestProblem(
    {},
    { key: at, value: '', message: text.includes('{{') ? `${message} (${advice})` : message },
  );
}

function reasonOf(thrown: unknown): string {
  const reason = messageOf(thrown);
  return reason.includes('call stack') ? 'it is nested too deeply' : reason;
}
