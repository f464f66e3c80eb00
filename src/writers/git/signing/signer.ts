/** How commits are signed, by the configuration. */
export interface SigningOptions {
  readonly method: 'openpgp' | 'ssh';
  /**
   * `openpgp`: id, fingerprint or e-mail address of a key in the keyring; `undefined` is the first secret key of
   * `keyFile`. `ssh`: path of the private key.
   */
  readonly key: string | undefined;
  /** `openpgp` only: file with the secret key, instead of the keyring of `GNUPGHOME`. */
  readonly keyFile: string | undefined;
  /** Asked anew each time, so that it may change while the process runs. */
  readonly passphrase: (signal: AbortSignal) => Promise<string | undefined>;
}

/** How git knows a signature that was made with a key of ours (git-log, `%G?`). */
export interface SignatureCheck {
  /** Settings and environment of the git that verifies. */
  readonly config: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly isOurs: (found: FoundSignature) => boolean;
}

/** What git says of the signature of one commit. */
export interface FoundSignature {
  /** The letter of `%G?`. */
  readonly status: string;
  /** Fingerprint of the primary key; `''` for an SSH key. */
  readonly primary: string;
  /** Fingerprint of the key that made it. */
  readonly key: string;
}

/** Signs what it is given. Throws `signing-failed`. */
export interface Signer {
  /** The signature as text, armour and all, with a line break at its end. */
  sign(payload: Buffer, signal: AbortSignal): Promise<string>;
  /** For the signatures of earlier commits. */
  check(signal: AbortSignal): Promise<SignatureCheck>;
  /** Ends what runs for it. */
  close(): Promise<void>;
}

/** What a signer is given besides its options. */
export interface SignerEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** An empty folder of the signer's own, which nobody else can read and which is removed after use. */
  readonly folder: string;
  /** Longest time for one program, in milliseconds. */
  readonly timeout: number;
}
