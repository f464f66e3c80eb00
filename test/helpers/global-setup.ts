import { ensureRequirements } from './requirements.ts';
import { unpackedLayer } from './render-tools.ts';
import { createRunFolder, hasRunFolder } from './run-folder.ts';

/** Runs before all test files, for each group of them; what it returns runs in the end. */
export function setup(): (() => void) | undefined {
  if (hasRunFolder()) return undefined;
  ensureRequirements();
  unpackedLayer();
  return createRunFolder();
}
