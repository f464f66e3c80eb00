import { compareByteOrder } from '../core/strategies/byte-order.ts';
import { ambiguous, expectMap, unexpectedShape, peekScalar, readScalar } from './editor.ts';
import type { WantedText } from './image-text.ts';
import type { OverrideList } from './override-list.ts';
import { isReadOtherwise } from './yaml/go-reading.ts';
import { rejectConflict } from './yaml/conflicts.ts';
import type { Entries, NewContent } from './yaml/new-content.ts';
import { childOf, type YamlPlace } from './yaml/places.ts';
import type { Source } from './yaml/source.ts';
import { text, type Edit } from './yaml/edit.ts';

/** An element with `name` and `value`: a Helm parameter or a variable of a plugin. */
export interface NamedPlace {
  readonly place: YamlPlace;
  readonly name: string;
}

/** Such an element with its value, which only ours are asked for. */
export interface NamedEntry extends NamedPlace {
  readonly value: string | undefined;
  /** Argo CD wants a string, and would read something else. */
  readonly isMisread: boolean;
}

/** What is special about one kind of entries. */
export interface EntryKind {
  /** A new entry of ours. */
  create(name: string, value: string): NewContent;
  /** What else has to change in an entry whose value changes. */
  adjust(source: Source, entry: NamedEntry): readonly Edit[];
  /** Entries of the Application's own list, complete. */
  readonly inherited: readonly {
    readonly name: string;
    readonly value: string;
    readonly content: NewContent;
  }[];
}

/** An entry of this name, with what else its kind has. */
export function newEntry(name: string, value: string, others: Entries = []): NewContent {
  return { kind: 'map', entries: [['name', text(name)], ['value', text(value)], ...others] };
}

/** Finds the named entries of a list. Throws `target-unsupported` for an element that is none. */
export function readEntries(source: Source, list: OverrideList): readonly NamedPlace[] {
  return list.items.map((place) => {
    expectMap(source, place);
    const name = childOf(source, place, 'name');
    const text = name === undefined ? undefined : peekScalar(name);
    if (text === undefined) throw unexpectedShape(source, name ?? place, 'an entry with a name');
    return { place, name: text };
  });
}

/**
 * The entry of a name, `undefined` when there is none. Throws `target-ambiguous` when there are two and
 * `key-unsupported` when its value is no single value.
 */
export function entryNamed(
  source: Source,
  entries: readonly NamedPlace[],
  name: string,
): NamedEntry | undefined {
  const found = entries.filter((entry) => entry.name === name);
  const [entry, ...others] = found;
  if (entry === undefined) return undefined;
  if (others.length > 0) {
    throw ambiguous(
      source,
      found.map(({ place }) => place),
      name,
    );
  }
  const value = childOf(source, entry.place, 'value');
  return {
    ...entry,
    value: value === undefined ? undefined : readScalar(source, value),
    isMisread: isReadOtherwise(value?.node, 'string'),
  };
}

/** The value of an entry that may not be ours; whatever is unusual there is no value. */
export function peekEntry(source: Source, entries: readonly NamedPlace[], name: string): string | undefined {
  const value = entries
    .filter((entry) => entry.name === name)
    .flatMap(({ place }) => childOf(source, place, 'value') ?? [])
    .at(-1);
  return value === undefined ? undefined : peekScalar(value);
}

/** Where the value of a named entry stands, and the entry itself. */
export function placesOfEntry(
  source: Source,
  entries: readonly NamedPlace[],
  name: string | undefined,
): readonly YamlPlace[] {
  const entry = name === undefined ? undefined : entryNamed(source, entries, name);
  if (entry === undefined) return [];
  return [...['value', 'name'].flatMap((key) => childOf(source, entry.place, key) ?? []), entry.place];
}

/**
 * The edits that set the wanted entries. As soon as anything does, entries of the Application
 * that the file lacks come along, for Argo CD replaces the whole list by the file's. New lists are sorted by name.
 */
export function planEntries(
  source: Source,
  list: OverrideList,
  { wanted, kind }: { readonly wanted: readonly WantedText[]; readonly kind: EntryKind },
): readonly Edit[] {
  const entries = readEntries(source, list);
  const values = wantedValues(source, { entries, kind }, wanted);
  const edits: Edit[] = [];
  const added: { name: string; content: NewContent }[] = [];
  for (const [name, value] of values) {
    const entry = entryNamed(source, entries, name);
    if (entry === undefined) added.push({ name, content: kind.create(name, value) });
    else if (entry.value !== value || entry.isMisread)
      edits.push(setValue(source, entry.place, value), ...kind.adjust(source, entry));
  }
  if (edits.length === 0 && added.length === 0) return [];
  const known = new Set([...values.keys(), ...entries.map(({ name }) => name)]);
  added.push(...kind.inherited.filter(({ name }) => !known.has(name)));
  if (entries.length === 0) added.sort((a, b) => compareByteOrder(a.name, b.name));
  return added.length === 0 ? edits : [...edits, list.add(added.map(({ content }) => content))];
}

/** The value wanted under each name. Throws `conflicting-changes` when two images want different ones. */
function wantedValues(
  source: Source,
  present: { readonly entries: readonly NamedPlace[]; readonly kind: EntryKind },
  wanted: readonly WantedText[],
): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const { name, textFor } of wanted) {
    const entry = entryNamed(source, present.entries, name);
    const inherited = present.kind.inherited.find((candidate) => candidate.name === name);
    const value = textFor(entry === undefined ? inherited?.value : entry.value);
    rejectConflict(source, [name], [values.get(name), value]);
    values.set(name, value);
  }
  return values;
}

function setValue(source: Source, place: YamlPlace, value: string): Edit {
  const present = childOf(source, place, 'value');
  if (present === undefined) return { kind: 'add', place, keys: ['value'], value: text(value) };
  return { kind: 'set', place: present, leaf: text(value), asString: true };
}
