import { openOpenpgpSigner } from './openpgp-signer.ts';
import { openSshSigner } from './ssh-signer.ts';
import type { SignatureCheck, Signer, SignerEnvironment, SigningOptions } from './signer.ts';

/** The signer of one session, opened when the first commit is to be signed. */
export interface SessionSigner {
  /** `undefined` when commits are not signed. */
  open(signal: AbortSignal): Promise<Signer | undefined>;
  /** How our signatures are known. Only where commits are signed. */
  check(signal: AbortSignal): Promise<SignatureCheck>;
  close(): Promise<void>;
}

/** Whoever asks gets the same signer; one that could not be opened is not tried again. */
export function createSessionSigner(
  signing: SigningOptions | undefined,
  environment: () => Promise<SignerEnvironment>,
): SessionSigner {
  let opened: Promise<Signer> | undefined;
  let checked: Promise<SignatureCheck> | undefined;
  async function open(signal: AbortSignal): Promise<Signer | undefined> {
    if (signing === undefined) return undefined;
    opened ??= environment().then((given) => openSigner(signing, given, signal));
    return opened;
  }
  return {
    open,
    async check(signal) {
      const signer = await open(signal);
      if (signer === undefined) throw new Error('only signed commits are verified');
      checked ??= signer.check(signal);
      return checked;
    },
    async close() {
      await (await opened?.catch(() => undefined))?.close();
      [opened, checked] = [undefined, undefined];
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
