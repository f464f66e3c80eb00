import { applyWishes } from './apply-wishes.ts';
import { editComment } from './edit-comment.ts';
import type { Editor, FileEditor } from './editor.ts';
import { readHold } from './hold-comment.ts';
import { openYaml } from './yaml/source.ts';

/** The editor of files that hold one document, with the holds beside its values. */
export function oneDocument(editor: Editor): FileEditor {
  return {
    read(file, text, slot) {
      const source = openYaml(file, text);
      const reading = editor.read(source, slot);
      if (reading.kind === 'absent') return reading;
      const hold = readHold(source, editor.versionPlaces(source, slot));
      return hold === undefined ? reading : { ...reading, hold };
    },
    edit(file, text, changes) {
      const source = openYaml(file, text);
      const after = applyWishes(source, editor.plan(source, changes));
      return changes.reduce((so, { slot, comment }) => {
        if (comment === undefined) return so;
        return editComment({ file, text: so }, (edited) => editor.versionPlaces(edited, slot), comment);
      }, after);
    },
  };
}
