import type { HoldComment } from '../core/change.ts';
import { LynceusError } from '../errors.ts';
import { plainReason, readHold, removeHold, writeHold } from './hold-comment.ts';
import { verifyEdit } from './verify.ts';
import { meaningOf } from './yaml/meaning.ts';
import type { YamlPlace } from './yaml/places.ts';
import { openYaml, type Source } from './yaml/source.ts';
import type { TextFile } from './yaml/text-checks.ts';

/**
 * Puts a hold beside a version or takes it away; the meaning of the text stays the same. Throws `key-unsupported` where no
 * comment can stand, and `edit-unsafe` when the result does not read as it should.
 */
export function editComment(
  { file, text, limits }: TextFile,
  versionPlaces: (source: Source) => readonly YamlPlace[],
  comment: HoldComment,
): string {
  const source = openYaml(file, text, { limits });
  const places = versionPlaces(source);
  const after =
    comment.kind === 'held' ? writeHold(source, places, comment.reason) : removeHold(source, places);
  if (after === text) return text;
  verifyEdit({ file, text: after, limits }, meaningOf(source));
  const edited = openYaml(file, after, { limits });
  const now = readHold(edited, versionPlaces(edited))?.reason;
  if (now === (comment.kind === 'held' ? plainReason(comment.reason) : undefined)) return after;
  throw new LynceusError('edit-unsafe', `${file} was left alone: a comment cannot stand beside this value`, {
    hint: 'hold the image with the annotation <alias>.hold',
  });
}
