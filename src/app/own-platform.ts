import type { Platform } from '../core/image/platform.ts';

/** Names of processors where Node.js and the OCI image specification (Go's GOARCH) differ. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  ppc64: 'ppc64le',
  mipsel: 'mipsle',
};

/**
 * The platform of the updater itself. The system is always Linux: that is where it is deployed, and a `lynceus plan`
 * on somebody's laptop has to say what the daemon in the cluster will do.
 */
export function ownPlatform(architecture: string = process.arch): Platform {
  return { os: 'linux', architecture: ARCHITECTURES[architecture] ?? architecture };
}
