import type { NewContent, Leaf } from './new-content.ts';
import type { YamlPlace } from './places.ts';

/** One change of a YAML file. Two equal edits are one; two that contradict are refused. */
export type Edit =
  /** A value that is there is replaced (or stays the same, and then no other edit may contradict it). */
  | {
      readonly kind: 'set';
      readonly place: YamlPlace;
      readonly leaf: Leaf;
      /** The field is a string, so that a plain number gets quotes also where it would print the same. */
      readonly asString?: true;
    }
  /** A map, or a place that is empty, gets a new entry; further keys make maps in maps. */
  | {
      readonly kind: 'add';
      readonly place: YamlPlace;
      readonly keys: readonly string[];
      readonly value: NewContent;
    }
  /** A list, or a place that is empty, gets new elements. */
  | { readonly kind: 'append'; readonly place: YamlPlace; readonly items: readonly NewContent[] }
  /** An entry goes away. */
  | { readonly kind: 'remove'; readonly place: YamlPlace }
  /** An entry gets another key and another value where it stands. */
  | { readonly kind: 'rename'; readonly place: YamlPlace; readonly key: string; readonly leaf: Leaf };

/** A string as a leaf. */
export function text(value: string): Leaf {
  return { kind: 'text', text: value };
}
