import type { Fresh, Leaf } from './fresh.ts';
import type { Place } from './places.ts';

/** One thing that shall be different in a file. Two equal wishes are one; two that contradict are refused. */
export type Wish =
  /** A value that is there says something else (or the same, which then nobody else may contradict). */
  | { readonly kind: 'set'; readonly place: Place; readonly leaf: Leaf }
  /** A map, or a place that is empty, gets a new entry; further keys make maps in maps. */
  | { readonly kind: 'add'; readonly place: Place; readonly keys: readonly string[]; readonly value: Fresh }
  /** A list, or a place that is empty, gets new elements. */
  | { readonly kind: 'append'; readonly place: Place; readonly items: readonly Fresh[] }
  /** An entry goes away. */
  | { readonly kind: 'drop'; readonly place: Place }
  /** An entry gets another key and another value where it stands. */
  | { readonly kind: 'rename'; readonly place: Place; readonly key: string; readonly leaf: Leaf };

/** A string as a leaf. */
export function text(value: string): Leaf {
  return { kind: 'text', text: value };
}
