import type { ImageChange } from '../../src/core/change.ts';
import type { ImageSlot } from '../../src/core/policy.ts';
import { LynceusError } from '../../src/errors.ts';
import type { FileEditor } from '../../src/writers/replay.ts';

/** The smallest editor there is: a file of `key: tag` lines, whatever the target says it is. */
export const lineEditor: FileEditor = {
  candidatePaths(target) {
    if (target.kind !== 'kustomization') return [target.path];
    const folder = target.directory === '' ? '' : `${target.directory}/`;
    return [`${folder}kustomization.yaml`, `${folder}kustomization.yml`];
  },
  readImage(_target, text, slot, { createMissing }) {
    const key = keyOf(slot);
    const tag = text === undefined ? undefined : lineOf(key).exec(text)?.[1];
    if (tag === undefined) return { kind: 'absent', mayCreate: createMissing, detail: `there is no ${key}` };
    if (tag === 'BROKEN') throw new LynceusError('key-unsupported', `${key} cannot be read`);
    const [version = '', hold] = tag.split(' # lynceus: hold ');
    const image = { name: undefined, tag: version, digest: undefined };
    return { kind: 'present', image, ...(hold === undefined ? {} : { hold }) };
  },
  editFile(_target, text, changes) {
    return changes.reduce(editLine, text ?? '');
  },
  sameImage: (a, b) => a.tag === b.tag,
  alreadySays: (present, { to }) => present.tag === to.tag,
};

function editLine(text: string, { slot, to }: ImageChange): string {
  if (to.tag === 'UNWRITABLE') throw new LynceusError('edit-unsafe', 'the edit would change something else');
  const key = keyOf(slot);
  const line = `${key}: ${to.tag}`;
  return lineOf(key).test(text) ? text.replace(lineOf(key), line) : `${text}${line}\n`;
}

function keyOf(slot: ImageSlot): string {
  if (slot.kind !== 'helm-spec') throw new Error(`this editor knows helm-spec only, not ${slot.kind}`);
  return slot.spec.path;
}

function lineOf(key: string): RegExp {
  return new RegExp(`^${key}: (.*)$`, 'm');
}
