/*
 * The byte-exact editors: text in, text out, no disc. A file is parsed, the bytes of what changes are replaced, the
 * result is read again and has to mean what was planned. Nothing is ever written out from a data structure.
 */
import type { ImageChange } from '../core/change.ts';
import { formatName } from '../core/image/reference.ts';
import type { FileTarget, ImageSlot, PresentImage } from '../core/policy.ts';
import { alreadySays as saysVersion } from '../core/presence.ts';
import { LynceusError } from '../errors.ts';
import type { Editor, EditOptions, FileEditor, Reading } from './editor.ts';
import { helmValuesEditor } from './helm-values.ts';
import { sameName } from './image-text.ts';
import { kustomizationEditor } from './kustomization.ts';
import { markedFile } from './marked-file.ts';
import { oneDocument } from './one-document.ts';
import { helmOverrideEditor } from './override-helm.ts';
import { kustomizeOverrideEditor } from './override-images.ts';
import { pluginOverrideEditor } from './override-plugin.ts';

/** Whether two readings of a file say the same, to the letter: for "the file still says what it said". */
export { samePresence as sameImage } from '../core/presence.ts';
export type { EditOptions, Reading } from './editor.ts';
export { plainReason } from './hold-comment.ts';

/** What is special about one kind of file. */
interface Kind {
  readonly paths: readonly string[];
  /** What messages call the file. */
  readonly label: string;
  readonly editor: FileEditor;
  /** Whether the file itself may be made. */
  readonly mayCreateFile: boolean;
}

type Kinds = {
  readonly [K in FileTarget['kind']]: (
    target: Extract<FileTarget, { kind: K }>,
    options: EditOptions,
  ) => Kind;
};

const KINDS: Kinds = {
  kustomization: ({ directory }) => ({
    paths: ['kustomization.yaml', 'kustomization.yml', 'Kustomization'].map((name) =>
      joinPath(directory, name),
    ),
    label: `the kustomization in ${directory === '' ? '.' : directory}`,
    editor: oneDocument(kustomizationEditor),
    mayCreateFile: false,
  }),
  'helm-values': ({ path }, options) => ({
    paths: [path],
    label: path,
    editor: oneDocument(helmValuesEditor(options)),
    mayCreateFile: options.createMissing,
  }),
  override: (target) => ({
    paths: [target.path],
    label: target.path,
    editor: oneDocument(overrideEditor(target)),
    mayCreateFile: true,
  }),
  markers: ({ path }) => ({ paths: [path], label: path, editor: markedFile, mayCreateFile: false }),
};

const PATHS_ONLY: EditOptions = { createMissing: false };

/**
 * The paths at which a target may be, the first that exists counts: a kustomization has three names (the order is
 * Kustomize's), everything else has one.
 */
export function candidatePaths(target: FileTarget): readonly string[] {
  return kindOf(target, PATHS_ONLY).paths;
}

/**
 * What a file says of one image; `text` is `undefined` when none of the candidate paths exists. Throws
 * `target-unsupported`, `target-ambiguous`, `key-unsupported` or `key-missing` (a list that is too short) when the
 * file must not be edited. Counter-example: a key that is just not there is a reading, `absent`.
 */
// oxlint-disable-next-line max-params -- one question, four unlike things to know
export function readImage(
  target: FileTarget,
  text: string | undefined,
  slot: ImageSlot,
  options: EditOptions,
): Reading {
  const { editor, label, mayCreateFile } = kindOf(target, options);
  if (text !== undefined) return editor.read(label, text, slot);
  const detail = `${label} does not exist`;
  if (!mayCreateFile) return { kind: 'absent', mayCreate: false, detail };
  const reading = editor.read(label, '', slot);
  return { kind: 'absent', mayCreate: reading.kind === 'absent' && reading.mayCreate, detail };
}

/**
 * The text with all changes made, or the very same string when it says all of them already. `from` is not looked at:
 * compare it with `readImage` and `sameImage` first. Either all changes are made or none: throws `target-missing`,
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
  const { editor, label, mayCreateFile } = kindOf(target, options);
  if (text === undefined && !mayCreateFile) {
    throw new LynceusError('target-missing', `${label} does not exist`, {
      hint: 'check the write-back target and the path of the source',
    });
  }
  for (const { to } of changes) rejectEmptyTag(label, to.tag);
  return editor.edit(label, text ?? '', changes);
}

/** Whether a file that says `present` already says what the change wants: then `editFile` would change nothing. */
export function alreadySays(present: PresentImage, { slot, image, to }: ImageChange): boolean {
  if (present.digest !== to.digest) return false;
  // Kustomize takes a name as it is: there is no other key that could hold its registry.
  if (slot.kind === 'kustomize') {
    const isNamed = !slot.renamed || sameName(present.name ?? '', formatName(image));
    return isNamed && present.tag === to.tag;
  }
  return saysVersion(present, image, to);
}

function kindOf(target: FileTarget, options: EditOptions): Kind {
  // The type of the table gives each row its own kind of target; the compiler does not see that this is the row.
  const row = KINDS[target.kind] as (target: FileTarget, options: EditOptions) => Kind;
  return row(target, options);
}

function overrideEditor({ format, inherited }: Extract<FileTarget, { kind: 'override' }>): Editor {
  switch (format) {
    case 'helm':
      return helmOverrideEditor(inherited.parameters);
    case 'kustomize':
      return kustomizeOverrideEditor(inherited.images);
    case 'plugin':
      return pluginOverrideEditor(inherited.env);
  }
}

/** An empty tag would blank the file's; nothing that chooses versions ever means that. */
function rejectEmptyTag(label: string, tag: string): void {
  if (tag !== '') return;
  throw new LynceusError(
    'edit-unsafe',
    `${label} was left alone: expected a tag to write, found an empty one`,
  );
}

function joinPath(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}
