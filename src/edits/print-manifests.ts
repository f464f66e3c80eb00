import { stringify } from 'yaml';

/** Manifests as the text of a file: one document each. */
export function printManifests(manifests: readonly object[]): string {
  return manifests.map((manifest) => `---\n${stringify(manifest, { lineWidth: 0 })}`).join('');
}
