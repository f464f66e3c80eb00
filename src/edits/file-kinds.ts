import type { FileTarget } from '../core/policy.ts';
import type { Presence } from '../core/presence.ts';
import { applyEdits } from './apply-edits.ts';
import { editComment } from './edit-comment.ts';
import { leavesValue, type Editor, type EditOptions, type FileEditor } from './editor.ts';
import { checkNoMac, checkNothingAdded, checkReadable, isUnderSops, NOT_ADDED } from './encrypted.ts';
import { helmValuesEditor } from './helm-values.ts';
import { heldLines, withHolds } from './read-holds.ts';
import { kustomizationEditor } from './kustomization.ts';
import { markedFile } from './marked-file.ts';
import { helmOverrideEditor } from './override-helm.ts';
import { kustomizeOverrideEditor } from './override-images.ts';
import { pluginOverrideEditor } from './override-plugin.ts';
import type { FileLimits } from '../core/file-limits.ts';
import { openYaml, type Source } from './yaml/source.ts';

/** What is special about one kind of file. */
export interface FileKind {
  readonly paths: readonly string[];
  /** What messages call the file. */
  readonly label: string;
  readonly editor: FileEditor;
  /** Whether the file itself may be created. */
  readonly mayCreateFile: boolean;
}

type FileKinds = {
  readonly [K in FileTarget['kind']]: (
    target: Extract<FileTarget, { kind: K }>,
    options: EditOptions,
  ) => FileKind;
};

const KINDS: FileKinds = {
  kustomization: ({ directory }, options) => ({
    paths: ['kustomization.yaml', 'kustomization.yml', 'Kustomization'].map((name) =>
      directory === '' ? name : `${directory}/${name}`,
    ),
    label: `the kustomization in ${directory === '' ? '.' : directory}`,
    editor: oneDocument(kustomizationEditor, options),
    mayCreateFile: false,
  }),
  'helm-values': ({ path }, options) => ({
    paths: [path],
    label: path,
    editor: oneDocument(helmValuesEditor(options), options),
    mayCreateFile: options.createMissing,
  }),
  override: (target, options) => ({
    paths: [target.path],
    label: target.path,
    editor: oneDocument(overrideEditor(target), options),
    mayCreateFile: true,
  }),
  markers: ({ path }, options) => ({
    paths: [path],
    label: path,
    editor: markedFile(options),
    mayCreateFile: false,
  }),
};

/** The row of a target. */
export function fileKindOf(target: FileTarget, options: EditOptions): FileKind {
  // The type of the table gives each row its own kind of target; the compiler does not see that this is the row.
  const row = KINDS[target.kind] as (target: FileTarget, options: EditOptions) => FileKind;
  return row(target, options);
}

/**
 * The paths at which a target may be, the first that exists counts: a kustomization has three names (the order is
 * Kustomize's), everything else has one.
 */
export function candidatePaths(target: FileTarget): readonly string[] {
  return fileKindOf(target, { createMissing: false }).paths;
}

/**
 * How a target is asked for. Kustomize takes a folder with two kustomization files for a mistake, so the file has to be the
 * only one.
 */
export function fileRequestOf(target: FileTarget): {
  readonly candidates: readonly string[];
  readonly sole?: true;
} {
  const candidates = candidatePaths(target);
  return candidates.length > 1 ? { candidates, sole: true } : { candidates };
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

/** The editor of files that hold one document, with the holds beside its values. */
function oneDocument(editor: Editor, { limits }: EditOptions): FileEditor {
  return {
    read(file, text, slot) {
      const source = openPlain(file, text, limits);
      const reading = editor.read(source, slot);
      if (reading.kind === 'absent') return reading.mayCreate ? withoutAdding(source, reading) : reading;
      return withHolds(reading, [source], (one) => editor.versionPlaces(one, slot));
    },
    holds(file, text, slot) {
      const source = openYaml(file, text, { limits });
      return heldLines([source], (one) => editor.versionPlaces(one, slot));
    },
    edit(file, text, changes) {
      const source = openPlain(file, text, limits);
      const written = changes.filter(
        (change) => !leavesValue(() => editor.read(source, change.slot), change),
      );
      const edits = editor.plan(source, written);
      checkNothingAdded(source, edits);
      return changes.reduce(
        (so, { slot, comment }) => {
          if (comment === undefined) return so;
          return editComment(
            { file, text: so, limits },
            (edited) => editor.versionPlaces(edited, slot),
            comment,
          );
        },
        applyEdits(source, edits),
      );
    },
  };
}

function openPlain(file: string, text: string, limits: FileLimits | undefined): Source {
  checkReadable(file, text);
  const source = openYaml(file, text, { limits });
  checkNoMac(source);
  return source;
}

function withoutAdding(source: Source, absent: Extract<Presence, { kind: 'absent' }>): Presence {
  if (!isUnderSops(source)) return absent;
  return { ...absent, mayCreate: false, detail: `${absent.detail}, and ${NOT_ADDED}` };
}
