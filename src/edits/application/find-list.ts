import type { InheritedEntries } from '../../core/policy.ts';
import type { ApplicationTarget, FoundSource, JsonRecord } from './find-source.ts';
import { isJsonRecord, unreadable } from './find-source.ts';

/** The field of a block that holds what is written. */
export const LIST_FIELDS = {
  helm: 'parameters',
  kustomize: 'images',
  plugin: 'env',
} as const satisfies Record<ApplicationTarget['format'], string>;

/** The list of a block, as it stands there and as it is understood. */
export interface FoundList {
  /** For people: `spec.source.helm.parameters`. */
  readonly path: string;
  /** `undefined` when the block has none, or `null`. */
  readonly entries: readonly unknown[] | undefined;
  readonly lists: InheritedEntries;
}

/**
 * Reads the list that is written. Throws `application-invalid` for another shape than Argo CD's own types have.
 * Unknown fields of an entry are allowed, and stay.
 */
export function findList({ block }: FoundSource, { at, format }: ApplicationTarget): FoundList {
  const path = `${at}.${format}.${LIST_FIELDS[format]}`;
  const entries = block?.[LIST_FIELDS[format]] ?? undefined;
  if (entries !== undefined && !Array.isArray(entries)) throw unreadable(path, 'a list');
  const items: readonly unknown[] = entries ?? [];
  const none = { parameters: [], images: [], env: [] };
  const placed = items.map((value, index) => ({ value, path: `${path}[${index}]` }));
  switch (format) {
    case 'helm':
      return { path, entries, lists: { ...none, parameters: placed.map(parameter) } };
    case 'kustomize':
      return { path, entries, lists: { ...none, images: placed.map(image) } };
    case 'plugin':
      return {
        path,
        entries,
        lists: { ...none, env: placed.map(({ value, path: at }) => named(value, at)) },
      };
  }
}

interface Placed {
  readonly value: unknown;
  readonly path: string;
}

function parameter({ value, path }: Placed): InheritedEntries['parameters'][number] {
  return { ...named(value, path), forceString: isJsonRecord(value) && value['forceString'] === true };
}

function image({ value, path }: Placed): string {
  if (typeof value === 'string') return value;
  throw unreadable(path, 'a text');
}

/** Argo CD's values are texts; what a looser server let through as a number is read as its text. */
function named(entry: unknown, path: string): { readonly name: string; readonly value: string } {
  const { name, value }: JsonRecord = isJsonRecord(entry) ? entry : {};
  if (typeof name !== 'string') throw unreadable(path, 'an entry with a name');
  if (value === undefined || value === null) return { name, value: '' };
  if (typeof value === 'string') return { name, value };
  if (typeof value === 'number' || typeof value === 'boolean') return { name, value: String(value) };
  throw unreadable(`${path}.value`, 'a text');
}
