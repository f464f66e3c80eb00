import type { WantedEntry } from './wanted-entries.ts';
import { pointerTo, testText, type PatchOperation } from './json-patch.ts';
import { LIST_FIELDS, type FoundList } from './lists.ts';
import { isRecord, type ApplicationTarget, type FoundSource, type JsonRecord } from './source-at.ts';

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

/** The operations for entries that agree with each other. What an entry says already needs none. */
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
  if (isRecord(entry)) return replaceValue(entry, wanted, { path, format });
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
