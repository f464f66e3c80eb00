import { readFileSync } from 'node:fs';

/** Put in by the build; absent when the sources run as they are. */
declare const BUILT_VERSION: string | undefined;

/** Version of this program, as in package.json: `0.1.0`. */
export const VERSION: string = typeof BUILT_VERSION === 'string' ? BUILT_VERSION : readPackageVersion();

function readPackageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest)
    return String(manifest.version);
  throw new Error('no version in package.json');
}
