import { verifyEdit } from './verify.ts';
import { draftOf, isEmptyDraft, overlayOf } from './yaml/draft.ts';
import { meaningOf } from './yaml/meaning.ts';
import type { Source } from './yaml/source.ts';
import { applySplices } from './yaml/splice.ts';
import { planSplices } from './yaml/plan-splices.ts';
import type { Edit } from './yaml/edit.ts';

/**
 * The text with the edits fulfilled; the same string when it fulfils them already. Only the bytes of what changes
 * are touched, and the result is read again before it is given away. Throws `conflicting-changes`,
 * `key-unsupported` or `edit-unsafe`.
 */
export function applyEdits(source: Source, edits: readonly Edit[]): string {
  const draft = draftOf(source, edits);
  if (isEmptyDraft(draft)) return source.text;
  const text = applySplices(source, planSplices(source, draft));
  verifyEdit({ file: source.file, text, limits: source.limits }, meaningOf(source, overlayOf(draft)));
  return text;
}
