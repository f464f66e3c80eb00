/*
 * The byte-exact editors: text in, text out, no disc. A file is parsed, the bytes of what changes are replaced, the
 * result is read again and has to mean what was planned. Nothing is ever written out from a data structure.
 */
export { editFile, readImage } from './edit-file.ts';
export { restoreFile } from './restore-file.ts';
export type { EditOptions } from './editor.ts';
export { candidatePaths, fileRequestOf } from './file-kinds.ts';
export { changedMeanwhile, lostChange } from './refused-changes.ts';
export { plainReason } from './hold-comment.ts';
export { remarkHolds, type HoldReader } from './remark-holds.ts';
export { mayHoldMarks } from './hold-mark.ts';
export { encryptedBy } from './encrypted.ts';
export { layersOfOverrideFile } from './source-layers.ts';
export { overridingLayers } from './overriding-layers.ts';
