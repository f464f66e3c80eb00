import { ambiguous, expectMap, misfit, peekScalar, readScalar } from './editor.ts';
import type { WantedText } from './image-text.ts';
import type { OverrideList } from './override-list.ts';
import { rejectConflict } from './yaml/conflicts.ts';
import type { Fresh } from './yaml/fresh.ts';
import { childOf, type Place } from './yaml/places.ts';
import type { Source } from './yaml/source.ts';
import { text, type Wish } from './yaml/wishes.ts';

/** An element with `name` and `value`: a Helm parameter or a variable of a plugin. */
export interface NamedPlace {
  readonly place: Place;
  readonly name: string;
}

/** Such an element with its value, which only ours are asked for. */
export interface NamedEntry extends NamedPlace {
  readonly value: string | undefined;
}

/** What is special about one kind of entries. */
export interface EntryKind {
  /** A new entry of ours. */
  create(name: string, value: string): Fresh;
  /** What else has to change in an entry whose value changes. */
  adjust(source: Source, entry: NamedEntry): readonly Wish[];
  /** Entries of the Application's own list, complete. */
  readonly inherited: readonly { readonly name: string; readonly value: string; readonly fresh: Fresh }[];
}

/** Finds the named entries of a list. Throws `target-unsupported` for an element that is none. */
export function readEntries(source: Source, list: OverrideList): readonly NamedPlace[] {
  return list.items.map((place) => {
    expectMap(source, place);
    const name = childOf(source, place, 'name');
    const text = name === undefined ? undefined : peekScalar(name);
    if (text === undefined) throw misfit(source, name ?? place, 'an entry with a name');
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
  return { ...entry, value: value === undefined ? undefined : readScalar(source, value) };
}

/** Where the value of a named entry stands, and the entry itself. */
export function placesOfEntry(
  source: Source,
  entries: readonly NamedPlace[],
  name: string | undefined,
): readonly Place[] {
  const entry = name === undefined ? undefined : entryNamed(source, entries, name);
  if (entry === undefined) return [];
  return [...['value', 'name'].flatMap((key) => childOf(source, entry.place, key) ?? []), entry.place];
}

/**
 * What has to change so that the entries say what is wanted. As soon as anything does, entries of the Application
 * that the file lacks come along, for Argo CD replaces the whole list by the file's. New lists are sorted by name.
 */
export function planEntries(
  source: Source,
  list: OverrideList,
  { wanted, kind }: { readonly wanted: readonly WantedText[]; readonly kind: EntryKind },
): readonly Wish[] {
  const entries = readEntries(source, list);
  const values = wantedValues(source, { entries, kind }, wanted);
  const wishes: Wish[] = [];
  const added: { name: string; fresh: Fresh }[] = [];
  for (const [name, value] of values) {
    const entry = entryNamed(source, entries, name);
    if (entry === undefined) added.push({ name, fresh: kind.create(name, value) });
    else if (entry.value !== value)
      wishes.push(setValue(source, entry.place, value), ...kind.adjust(source, entry));
  }
  if (wishes.length === 0 && added.length === 0) return [];
  const known = new Set([...values.keys(), ...entries.map(({ name }) => name)]);
  added.push(...kind.inherited.filter(({ name }) => !known.has(name)));
  if (entries.length === 0) added.sort((a, b) => compareText(a.name, b.name));
  return added.length === 0 ? wishes : [...wishes, list.add(added.map(({ fresh }) => fresh))];
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

function setValue(source: Source, place: Place, value: string): Wish {
  const present = childOf(source, place, 'value');
  if (present === undefined) return { kind: 'add', place, keys: ['value'], value: text(value) };
  return { kind: 'set', place: present, leaf: text(value) };
}

/** The order of bytes, whatever the language of the machine. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
