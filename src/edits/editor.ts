import { isMap, isScalar } from 'yaml';
import type { ImageChange } from '../core/change.ts';
import type { ImageSlot, PresentFault, PresentImage } from '../core/policy.ts';
import { versionText, type Presence } from '../core/presence.ts';
import type { KustomizeSlot } from '../core/source-lists.ts';
import type { HelmSlot } from '../core/written-image.ts';
import { LynceusError } from '../errors.ts';
import { protectedValue } from './encrypted.ts';
import type { HeldLines } from './read-holds.ts';
import type { FileLimits } from '../core/file-limits.ts';
import { describeNode, isBlankValue, startOf, textOfScalar } from './yaml/nodes.ts';
import { formatPath, type YamlPlace } from './yaml/places.ts';
import { refusalAt, type Source } from './yaml/source.ts';
import type { Edit } from './yaml/edit.ts';

/** What the caller allows. */
export interface EditOptions {
  /** Whether a values file, or a key in it, that is not there may be created. */
  readonly createMissing: boolean;
  /** How large a file may be; the defaults unless given. */
  readonly limits?: FileLimits | undefined;
}

/** One kind of file: how the version of an image is read, and which edits set another one. */
export interface Editor {
  read(source: Source, slot: ImageSlot): Presence;
  /** Where a present image is, its version first, then its other values: beside them a person may hold it. */
  versionPlaces(source: Source, slot: ImageSlot): readonly YamlPlace[];
  plan(source: Source, changes: readonly ImageChange[]): readonly Edit[];
}

/** How a file is read and edited as text, holds counted in; throws what the editors of `index.ts` throw. */
export interface FileEditor {
  read(file: string, text: string, slot: ImageSlot): Presence;
  holds(file: string, text: string, slot: ImageSlot): HeldLines;
  edit(file: string, text: string, changes: readonly ImageChange[]): string;
}

/**
 * The single value at a place, `undefined` when there is none. Throws `key-unsupported` for a map or a list, and for
 * a value that is a template, encrypted, or a reference to a secret: overwriting it would cut it off from what feeds it.
 */
export function readScalar(source: Source, { node, path }: YamlPlace): string | undefined {
  if (node === undefined) return undefined;
  const value = isScalar(node) ? textOfScalar(node) : undefined;
  const fed = value?.includes('{{') === true ? 'a template' : protectedValue(value ?? '');
  if (isScalar(node) && fed === undefined) return value;
  const found = fed ?? describeNode(node);
  throw refusalAt(source, startOf(node), {
    code: 'key-unsupported',
    message: `expected a single value at ${formatPath(path)}, found ${found}`,
  });
}

/** An image that was read, with the first fault that its target has: `isLacking && 'incomplete'`. */
export function presentWith(
  image: PresentImage,
  faults: readonly (PresentFault | false)[],
): Extract<Presence, { kind: 'present' }> {
  const fault = faults.find((one) => one !== false) ?? image.fault;
  return { kind: 'present', image: fault === undefined ? image : { ...image, fault } };
}

/** Whether a change holds or releases the version that is there, whose value then stays as it is written. */
export function leavesValue(read: () => Presence, { comment, to }: ImageChange): boolean {
  if (comment === undefined) return false;
  const reading = read();
  return reading.kind === 'present' && versionText(reading.image) === versionText(to);
}

/** The same for what may not be ours: whatever is unusual there is just no text. */
export function peekScalar({ node }: YamlPlace): string | undefined {
  return isScalar(node) ? textOfScalar(node) : undefined;
}

/** Refuses a file whose structure is not that of its kind: it is never replaced. Throws `target-unsupported`. */
export function expectMap(source: Source, place: YamlPlace): void {
  if (isMap(place.node)) return;
  throw unexpectedShape(source, place, 'a map');
}

/** The error for a place of another shape than the kind of file asks for. */
export function unexpectedShape(source: Source, { node, path }: YamlPlace, expected: string): LynceusError {
  return refusalAt(source, startOf(node), {
    code: 'target-unsupported',
    message: `expected ${expected} at ${formatPath(path)}, found ${isBlankValue(node) ? 'nothing' : describeNode(node)}`,
  });
}

/** The error for several elements of a list that mean the same image. */
export function ambiguous(source: Source, places: readonly YamlPlace[], what: string): LynceusError {
  const where = places.map(({ path }) => formatPath(path)).join(' and ');
  return refusalAt(source, startOf(places[0]?.node), {
    code: 'target-ambiguous',
    message: `expected one element for ${what}, found ${where}`,
    hint: 'remove the one that is not meant',
  });
}

/** The error for an image that is described in a way this kind of file does not know. */
export function wrongSlot(file: string, slot: ImageSlot): LynceusError {
  return new LynceusError(
    'target-unsupported',
    `${file}: an image described for ${slot.kind} cannot be written into this kind of file`,
    { hint: 'choose a write-back target that fits the type of the Application' },
  );
}

/** The slot of an image that is described for Helm. Throws `target-unsupported`. */
export function helmSlot(file: string, slot: ImageSlot): HelmSlot {
  if (slot.kind !== 'helm-spec' && slot.kind !== 'helm-parts') throw wrongSlot(file, slot);
  return slot;
}

/** The slot of an image that is described for Kustomize. Throws `target-unsupported`. */
export function kustomizeSlot(file: string, slot: ImageSlot): KustomizeSlot {
  if (slot.kind !== 'kustomize') throw wrongSlot(file, slot);
  return slot;
}
