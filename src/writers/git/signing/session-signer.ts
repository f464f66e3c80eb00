import { openOpenpgpSigner } from './openpgp-signer.ts';
import { openSshSigner } from './ssh-signer.ts';
import type { Signer, SignerEnvironment, SigningOptions } from './signer.ts';

/** The signer of one session, opened when the first commit is to be signed. */
export interface SessionSigner {
  /** `undefined` when commits are not signed. */
  open(signal: AbortSignal): Promise<Signer | undefined>;
  close(): Promise<void>;
}

/** Whoever asks gets the same signer; one that could not be opened is not tried again. */
export function createSessionSigner(
  signing: SigningOptions | undefined,
  environment: () => Promise<SignerEnvironment>,
): SessionSigner {
  let opened: Promise<Signer> | undefined;
  return {
    async open(signal) {
      if (signing === undefined) return undefined;
      opened ??= environment().then((given) => openSigner(signing, given, signal));
      return opened;
    },
    async close() {
      await (await opened?.catch(() => undefined))?.close();
      opened = undefined;
    },
  };
}

/** A signer by the method that is configured. Throws `signing-failed` when there is no key to sign with. */
function openSigner(
  options: SigningOptions,
  environment: SignerEnvironment,
  signal: AbortSignal,
): Promise<Signer> {
  switch (options.method) {
    case 'openpgp':
      return openOpenpgpSigner(options, environment, signal);
    case 'ssh':
      return openSshSigner(options, environment, signal);
  }
}
