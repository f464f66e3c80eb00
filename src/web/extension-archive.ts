import { createHash } from 'node:crypto';

/** Put in by the build, in base64; absent when the sources run as they are. */
declare const BUILT_EXTENSION: string | undefined;

/** The tab on Argo CD's page, as argocd-extension-installer takes it. */
export interface ExtensionArchive {
  /** A gzipped tar file. */
  readonly bytes: Uint8Array;
  /** `<sha256>  extension.tar.gz`, as `sha256sum` writes it. */
  readonly checksums: string;
}

/** `undefined` when the sources run as they are: then nothing was bundled. */
export function builtExtension(): ExtensionArchive | undefined {
  return typeof BUILT_EXTENSION === 'string'
    ? extensionArchive(Buffer.from(BUILT_EXTENSION, 'base64'))
    : undefined;
}

export function extensionArchive(bytes: Uint8Array): ExtensionArchive {
  const digest = createHash('sha256').update(bytes).digest('hex');
  return { bytes, checksums: `${digest}  extension.tar.gz\n` };
}
