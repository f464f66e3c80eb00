import { ensureRequirements } from './requirements.ts';
import { unpackedLayer } from './render-tools.ts';

/** Runs once before all test files. */
export function setup(): void {
  ensureRequirements();
  unpackedLayer();
}
