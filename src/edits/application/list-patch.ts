import type { WantedEntry } from './wanted-entries.ts';
import { LIST_FIELDS, type FoundList } from './find-list.ts';
import { isJsonRecord, type ApplicationTarget, type FoundSource, type JsonRecord } from './find-source.ts';

/** One operation of a JSON patch (RFC 6902). */
export interface PatchOperation {
  readonly op: 'test' | 'add' | 'replace';
  /** A JSON pointer (RFC 6901). */
  readonly path: string;
  readonly value: unknown;
}

/**
 * Texts that are the same bytes in JSON whoever writes them. The API server compares a tested text with the stored one
 * byte for byte, and Go writes `&` as `\u0026`: a test for such a text fails although the texts are equal.
 */
const SAME_BYTES = /^[\p{L}\p{N} !#$%'()*+,\-./:;=?@[\]^_`{|}~]*$/u;

export interface ListEdit {
  readonly patch: readonly PatchOperation[];
  readonly after: readonly unknown[];
}

export interface ListPlace {
  readonly source: FoundSource;
  readonly list: FoundList;
  readonly format: ApplicationTarget['format'];
}

interface Replacement {
  readonly patch: readonly PatchOperation[];
  readonly entry: unknown;
}

/** The operations for entries that agree with each other. An entry that is as wanted needs none. */
export function planList(wanted: readonly WantedEntry[], place: ListPlace): ListEdit {
  const { source, list, format } = place;
  const entries = list.entries ?? [];
  const path = pointerTo([...source.blockKeys, LIST_FIELDS[format]]);
  const patch: PatchOperation[] = [];
  const after = [...entries];
  const added = new Map<string, unknown>();
  for (const entry of wanted) {
    const { index, name } = entry;
    const isDone = index >= 0 && after[index] !== entries[index];
    if (index < 0) added.set(name, newEntry(entry, format));
    if (index < 0 || isDone) continue;
    const replacement = replace(entries[index], entry, { path: `${path}/${index}`, format });
    patch.push(...replacement.patch);
    after[index] = replacement.entry;
  }
  const news = [...added.values()];
  return { patch: [...patch, ...append(news, place, path)], after: [...after, ...news] };
}

/** Argo CD reads lists, and the API server keeps them, as a whole: so one that is missing is made with all entries. */
function append(
  news: readonly unknown[],
  { source, list, format }: ListPlace,
  path: string,
): readonly PatchOperation[] {
  if (news.length === 0) return [];
  if (list.entries !== undefined) return news.map((value) => ({ op: 'add', path: `${path}/-`, value }));
  if (source.block !== undefined) return [{ op: 'add', path, value: news }];
  return [{ op: 'add', path: pointerTo(source.blockKeys), value: { [LIST_FIELDS[format]]: news } }];
}

/** As Argo CD Image Updater does: `--set image.tag=7` would be a number, so a parameter of ours is forced to be a text. */
function newEntry({ name, text }: WantedEntry, format: ApplicationTarget['format']): unknown {
  switch (format) {
    case 'helm':
      return { name, value: text, forceString: true };
    case 'kustomize':
      return text;
    case 'plugin':
      return { name, value: text };
  }
}

interface EntryPlace {
  readonly path: string;
  readonly format: ApplicationTarget['format'];
}

function replace(entry: unknown, wanted: WantedEntry, { path, format }: EntryPlace): Replacement {
  if (isJsonRecord(entry)) return replaceValue(entry, wanted, { path, format });
  if (entry === wanted.text) return { patch: [], entry };
  const patch: PatchOperation[] = [...testText(path, entry), { op: 'replace', path, value: wanted.text }];
  return { patch, entry: wanted.text };
}

function replaceValue(
  entry: JsonRecord,
  { name, text }: WantedEntry,
  { path, format }: EntryPlace,
): Replacement {
  if (entry['value'] === text) return { patch: [], entry };
  const forced: JsonRecord = format === 'helm' && entry['forceString'] !== true ? { forceString: true } : {};
  const fields: JsonRecord = { value: text, ...forced };
  // "add" sets a member whether it is there or not (RFC 6902, 4.1).
  const sets = Object.entries(fields).map(([key, value]): PatchOperation => ({
    op: 'add',
    path: `${path}/${key}`,
    value,
  }));
  return {
    patch: [...testText(`${path}/name`, name), ...testText(`${path}/value`, entry['value']), ...sets],
    entry: { ...entry, ...fields },
  };
}

/** The pointer to what these keys and indexes lead to. */
function pointerTo(keys: readonly (string | number)[]): string {
  return keys.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** A test that the text is still there; none for a text that cannot be compared. */
function testText(path: string, text: unknown): readonly PatchOperation[] {
  return typeof text === 'string' && SAME_BYTES.test(text) ? [{ op: 'test', path, value: text }] : [];
}
