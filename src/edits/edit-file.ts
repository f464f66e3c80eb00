import type { ImageChange } from '../core/change.ts';
import type { FileTarget, ImageSlot } from '../core/policy.ts';
import type { Presence } from '../core/presence.ts';
import { LynceusError } from '../errors.ts';
import { leavesValue, type EditOptions } from './editor.ts';
import { fileKindOf } from './file-kinds.ts';

/**
 * Reads the version of one image from a file; `text` is `undefined` when none of the candidate paths exists. A key that is not
 * there is `absent`. Throws `target-unsupported`, `target-ambiguous`, `key-unsupported` or `key-missing` (a list that
 * is too short) when the file must not be edited.
 */
// oxlint-disable-next-line max-params -- four inputs that belong to nothing common
export function readImage(
  target: FileTarget,
  text: string | undefined,
  slot: ImageSlot,
  options: EditOptions,
): Presence {
  const { editor, label, mayCreateFile } = fileKindOf(target, options);
  if (text !== undefined) return editor.read(label, text, slot);
  const detail = `${label} does not exist`;
  if (!mayCreateFile) return { kind: 'absent', mayCreate: false, detail };
  const presence = editor.read(label, '', slot);
  if (presence.kind === 'present' || !presence.mayCreate) return { kind: 'absent', mayCreate: false, detail };
  return { ...presence, detail };
}

/**
 * The text with all changes made, or the very same string when it has all of them already. `from` is not compared:
 * compare it with `readImage` and `samePresence` first. Either all changes are made or none: throws `target-missing`,
 * `key-missing`, `conflicting-changes` (two changes want different values at one place), `edit-unsafe` (reading the
 * result again did not give what was planned) and everything that `readImage` throws.
 */
// oxlint-disable-next-line max-params -- the same four as readImage
export function editFile(
  target: FileTarget,
  text: string | undefined,
  changes: readonly ImageChange[],
  options: EditOptions,
): string {
  const { editor, label, mayCreateFile } = fileKindOf(target, options);
  if (text === undefined && !mayCreateFile) {
    throw new LynceusError('target-missing', `${label} does not exist`, {
      hint: `check the write-back target and the path of the source${target.kind === 'helm-values' ? ', or set writeBack.createMissing: true to have it made' : ''}`,
    });
  }
  for (const change of changes) {
    if (change.to.tag !== '') continue;
    if (text === undefined || !leavesValue(() => editor.read(label, text, change.slot), change))
      throw emptyTag(label);
  }
  return editor.edit(label, text ?? '', changes);
}

/** An empty tag would blank the file's; nothing that chooses versions ever means that. */
function emptyTag(label: string): LynceusError {
  return new LynceusError(
    'edit-unsafe',
    `${label} was left alone: expected a tag to write, found an empty one`,
  );
}
