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

/** Signs what it is given. Throws `signing-failed`. */
export interface Signer {
  /** The signature as text, armour and all, with a line break at its end. */
  sign(payload: Buffer, signal: AbortSignal): Promise<string>;
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
