import { joinKey } from '../../core/identity/key.ts';
import type { PolicyReading } from '../policy-reading.ts';

/**
 * Where two readings of one Application differ: the path of the first member that does, from its image on; `undefined` when both mean
 * the same. Who says it, and what an image is called, make no difference.
 */
export function findReadingDifference(
  before: PolicyReading,
  after: PolicyReading,
): { readonly alias: string; readonly at: string } | undefined {
  const [problem] = after.problems;
  if (problem !== undefined) return { alias: problem.alias ?? '', at: problem.message };
  if (before.images.length !== after.images.length) return { alias: '', at: 'images' };
  for (const [index, image] of before.images.entries()) {
    const at = differenceAt(comparable(image), comparable(after.images[index]), []);
    if (at !== undefined) return { alias: image.alias, at: at.join('.') };
  }
  return undefined;
}

function comparable(image: object | undefined): unknown {
  return { ...image, updater: undefined, alias: undefined };
}

function differenceAt(one: unknown, other: unknown, path: readonly string[]): readonly string[] | undefined {
  if (Object.is(one, other)) return undefined;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return path;
  const [a, b] = [membersOf(one), membersOf(other)];
  for (const key of new Set([...a.keys(), ...b.keys()])) {
    const at = differenceAt(a.get(key), b.get(key), [...path, key]);
    if (at !== undefined) return at;
  }
  return undefined;
}

function membersOf(value: object): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(value));
}

/** Equal exactly for equal values that a manifest may hold. */
export function contentKey(value: unknown): string {
  if (typeof value !== 'object' || value === null) return joinKey(typeof value, String(value));
  const kind = Array.isArray(value) ? 'list' : 'map';
  return joinKey(kind, ...Object.entries(value).flatMap(([key, member]) => [key, contentKey(member)]));
}
