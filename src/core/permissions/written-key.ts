import type { KeyPart } from './key-meaning.ts';

/** A key of a values file at which a part of an image is to be written. */
export interface WrittenKey {
  /** As an annotation names it. */
  readonly slotPath: string;
  /** As it was found, or would be made. */
  readonly path: string;
  readonly part: KeyPart;
  /** What it has now; `''` when it is empty or not there. */
  readonly text: string;
  /** What the element of a list calls itself that the key is the `value` of: `env[0].value` beside `name: API_TAG`. */
  readonly element?: string;
  /** It is another key that shares the anchor of the image's, so that it is written too. */
  readonly isShared?: true;
}

/** The keys of an image, those of each of its places together. */
export type WrittenKeys = readonly (readonly WrittenKey[])[];
