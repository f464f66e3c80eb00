import { openSigner } from './open-signer.ts';
import type { Signer, SignerSurroundings, SigningOptions } from './signer.ts';

/** The signer of one session, opened when the first commit is to be signed. */
export interface SessionSigner {
  /** `undefined` when commits are not signed. */
  open(signal: AbortSignal): Promise<Signer | undefined>;
  close(): Promise<void>;
}

/** Whoever asks gets the same signer; one that could not be opened is not tried again. */
export function createSessionSigner(
  signing: SigningOptions | undefined,
  surroundings: () => Promise<SignerSurroundings>,
): SessionSigner {
  let opened: Promise<Signer> | undefined;
  return {
    async open(signal) {
      if (signing === undefined) return undefined;
      opened ??= surroundings().then((around) => openSigner(signing, around, signal));
      return opened;
    },
    async close() {
      await (await opened?.catch(() => undefined))?.close();
      opened = undefined;
    },
  };
}
