import { openOpenpgpSigner } from './openpgp-signer.ts';
import { openSshSigner } from './ssh-signer.ts';
import type { Signer, SignerSurroundings, SigningOptions } from './signer.ts';

/** A signer by the method that is configured. Throws `signing-failed` when there is no key to sign with. */
export function openSigner(
  options: SigningOptions,
  surroundings: SignerSurroundings,
  signal: AbortSignal,
): Promise<Signer> {
  switch (options.method) {
    case 'openpgp':
      return openOpenpgpSigner(options, surroundings, signal);
    case 'ssh':
      return openSshSigner(options, surroundings, signal);
  }
}
