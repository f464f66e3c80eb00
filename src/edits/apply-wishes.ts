import { verifyEdit } from './verify.ts';
import { draftOf, isEmptyDraft, overlayOf } from './yaml/draft.ts';
import { meaningOf } from './yaml/meaning.ts';
import type { Source } from './yaml/source.ts';
import { applySplices } from './yaml/splice.ts';
import { splicesOf } from './yaml/splices-of.ts';
import type { Wish } from './yaml/wishes.ts';

/**
 * The text with the wishes fulfilled; the same string when it fulfils them already. Only the bytes of what changes
 * are touched, and the result is read again before it is given away. Throws `conflicting-changes`,
 * `key-unsupported` or `edit-unsafe`.
 */
export function applyWishes(source: Source, wishes: readonly Wish[]): string {
  const draft = draftOf(source, wishes);
  if (isEmptyDraft(draft)) return source.text;
  const text = applySplices(source, splicesOf(source, draft));
  verifyEdit({ file: source.file, text }, meaningOf(source, overlayOf(draft)));
  return text;
}
