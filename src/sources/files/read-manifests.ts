import { LineCounter, isCollection, isMap, parseAllDocuments, visit } from 'yaml';
import type { Document } from 'yaml';
import type { Problem } from '../../core/problem.ts';
import { messageOf } from '../../errors.ts';
import { formatPlace, manifestProblem, readObject } from './manifest-objects.ts';
import type { ManifestPlace, FoundManifests } from './manifest-objects.ts';

/** How often anchors may be expanded in one document: enough for people, too few for a "billion laughs". */
const MOST_ALIASES = 100;
const MOST_DOCUMENTS = 10_000;

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
 * Reads the Applications and AppProjects of one file of YAML or JSON: several documents, `List`s and `ApplicationList`s. Documents
 * that are something else are passed over; those that cannot be read are problems with file, document and line, and
 * the rest goes on. It never throws.
 */
export function readManifests(text: string, path: string): ReadManifests {
  const reading: FoundManifests = { applications: [], problems: [], projects: [] };
  try {
    const json = parseJson(text);
    if (json === undefined) readYaml(reading, text, path);
    else readObject(reading, json, { path, inside: [] });
  } catch (thrown) {
    const message = `${path}: expected YAML manifests: ${reasonOf(thrown)}`;
    reading.problems.push(manifestProblem({}, { key: path, value: '', message }));
  }
  return reading;
}

/** JSON is YAML too, but a list of a thousand Applications is read in a fraction of the time. */
function parseJson(text: string): unknown {
  if (!/^\s*\{\s*"/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
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
  const parsed = parseAllDocuments(text, options);
  const documents = Array.isArray(parsed) ? parsed : [];
  documents.forEach((document, index) => {
    const inside = documents.length > 1 ? [`document ${index + 1}`] : [];
    const part = text.slice(document.range[0], documents[index + 1]?.range[0]);
    readDocument(reading, { document, place: { path, inside }, lines, text: part });
  });
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
    (kind === 'List' || kind.startsWith('Application') || kind.startsWith('AppProject'))
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
